"""Whether values surely are as a JSON schema says, seen at once where jsonschema looks at each: a record has thousands.

Values of one place in a document are compared together: all readings of all turns, all hashes of all photos.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

_KINDS: dict[str, frozenset[type]] = {
    "number": frozenset({int, float}),
    "integer": frozenset({int}),
    "boolean": frozenset({bool}),
    "string": frozenset({str}),
    "array": frozenset({list}),
    "object": frozenset({dict}),
}
_NOTES = frozenset({"$schema", "$id", "$comment", "title", "description"})  # they refuse nothing


def surely_fit(values: Sequence[Any], part: Mapping[str, Any]) -> bool:
    """Return True only if every value is as the schema says; False says nothing: a keyword may be unknown here."""
    if part.keys() - _NOTES == {"enum"}:
        return set(map(type, values)) <= {str, type(None)} and set(values) <= set(part["enum"])
    kinds = part.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    if "null" in kinds:
        values = [value for value in values if value is not None]
        kinds.remove("null")
    if len(kinds) != 1 or kinds[0] not in _KINDS or not set(map(type, values)) <= _KINDS[kinds[0]]:
        return False
    rules = {**_BOUNDS.get(kinds[0], {}), **_PARTS.get(kinds[0], {})}
    if not part.keys() - _NOTES - {"type"} <= rules.keys():
        return False
    return not values or all(rules[name](values, part) for name in part if name in rules)


def _other_properties(values: Sequence[dict[str, Any]], part: Mapping[str, Any]) -> bool:
    names = frozenset(part.get("properties", {}))
    others = [value[name] for value in values for name in value.keys() - names]
    return not others or (
        isinstance(part["additionalProperties"], dict) and surely_fit(others, part["additionalProperties"])
    )


def _has_required(values: Sequence[dict[str, Any]], part: Mapping[str, Any]) -> bool:
    names = frozenset(part["required"])
    return all(value.keys() >= names for value in values)


def _have_properties(values: Sequence[dict[str, Any]], part: Mapping[str, Any]) -> bool:
    return all(
        surely_fit([value[name] for value in values if name in value], inside)
        for name, inside in part["properties"].items()
    )


def _matches(values: Sequence[str], part: Mapping[str, Any]) -> bool:
    search = re.compile(part["pattern"]).search
    return all(search(value) for value in values)


_Rule = Callable[[Sequence[Any], Mapping[str, Any]], bool]
_LENGTHS: dict[str, dict[str, _Rule]] = {
    kind: {
        f"min{what}": lambda values, part, name=f"min{what}": min(map(len, values)) >= part[name],  # type: ignore[misc]
        f"max{what}": lambda values, part, name=f"max{what}": max(map(len, values)) <= part[name],  # type: ignore[misc]
    }
    for kind, what in (("string", "Length"), ("array", "Items"), ("object", "Properties"))
}
_ORDER: dict[str, _Rule] = {
    "minimum": lambda values, part: min(values) >= part["minimum"],
    "maximum": lambda values, part: max(values) <= part["maximum"],
}
_BOUNDS: dict[str, dict[str, _Rule]] = {**_LENGTHS, "number": _ORDER, "integer": _ORDER}
_PARTS: dict[str, dict[str, _Rule]] = {
    "string": {"pattern": _matches},
    "array": {"items": lambda values, part: surely_fit(list(chain.from_iterable(values)), part["items"])},
    "object": {
        "properties": _have_properties,
        "required": _has_required,
        "additionalProperties": _other_properties,
        "propertyNames": lambda values, part: surely_fit(list(chain.from_iterable(values)), part["propertyNames"]),
    },
}
