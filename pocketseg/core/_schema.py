"""Documents validated against a JSON schema of this folder by jsonschema, and safe quoting of what they contain.

Long lists of numbers are compared with their bounds here, all at once: jsonschema takes microseconds for each number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pocketseg.core._schema_columns import surely_fit
from pocketseg.core._unprintable import UNPRINTABLE

READS = ("schema/*.json",)
_FOLDER = Path(__file__).with_name("schema")
_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})")
_LONGEST = 300  # characters of a document that a message quotes
_NUMBERS: dict[str, set[type]] = {"number": {int, float}, "integer": {int}}


def printable(text: str, longest: int = _LONGEST) -> str:
    """Return a text that is safe on a terminal and allowed in a record: one line, no control characters, at most
    `longest`."""
    return UNPRINTABLE.sub("?", " ".join(text.split()))[:longest]


def version_of(document: dict[str, Any]) -> tuple[int, int]:
    """Return a document's major and minor version. Raises ValueError."""
    given = document.get("schema_version")
    found = _VERSION.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise ValueError("it says no schema_version such as 1.0")
    return int(found[1]), int(found[2])


def check_schema(document: dict[str, Any], name: str, *, is_newer: bool) -> None:
    """Refuse what the schema does not allow, and texts that do not print.

    Args:
        document: the JSON value.
        name: of the schema, such as `record`.
        is_newer: the document has a newer minor version than ours; fields that our schema does not name are ignored.

    Raises:
        ValueError: in a sentence that names the place.
    """
    if is_newer:
        document = known_part(document, schema(name))
    if not surely_fit([document], schema(name)):
        error = next(_validator(name).iter_errors(document), None)
        if error is not None:
            raise ValueError(_sentence(error))
    for where, text in _texts(document):
        if UNPRINTABLE.search(text):
            raise ValueError(f"{where} has characters that do not print")


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a schema with every reference replaced by what it refers to."""
    read: dict[str, Any] = json.loads((_FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    parts: dict[str, Any] = read.pop("$defs")

    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return whole(parts[value["$ref"].removeprefix("#/$defs/")])
            return {k: whole(v) for k, v in value.items()}
        return [whole(v) for v in value] if isinstance(value, list) else value

    found: dict[str, Any] = whole(read)
    return found


def known_part(value: Any, part: dict[str, Any]) -> Any:
    """Return a copy of a value without the fields that its schema does not name."""
    if isinstance(value, dict) and "properties" in part:
        named = part["properties"]
        return {k: known_part(v, named[k]) for k, v in value.items() if k in named}
    if isinstance(value, list) and "properties" in part.get("items", {}):
        return [known_part(v, part["items"]) for v in value]
    return value


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator, validators

    kinds = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole)
    return validators.extend(Draft202012Validator, {"items": _items}, type_checker=kinds)(schema(name))


def _is_whole(checker: Any, value: Any) -> bool:
    """Return whether a number was written without a fraction: 1.0 would be a float to us."""
    return isinstance(value, int) and not isinstance(value, bool)


def _items(validator: Any, items: dict[str, Any], value: Any, part: dict[str, Any]) -> Iterator[Any]:
    """Check a list's items: bounded numbers all at once, everything else as jsonschema does."""
    from jsonschema import Draft202012Validator

    if items.keys() == {"type", "minimum", "maximum"} and isinstance(value, list):
        plain = set(map(type, value)) <= _NUMBERS.get(items["type"], set())
        if plain and (not value or (min(value) >= items["minimum"] and max(value) <= items["maximum"])):
            return
    yield from Draft202012Validator.VALIDATORS["items"](validator, items, value, part)


def _sentence(error: Any) -> str:
    """Return a sentence that says what a jsonschema error found, and where."""
    where = "".join(f"/{step_text(step)}" for step in error.absolute_path) or "it"
    said = repr(error.instance)[:60]
    if error.validator == "pattern":
        return printable(f"{where} is {said}, which does not have the required form")
    if error.validator in ("minimum", "maximum"):
        side = "less" if error.validator == "minimum" else "greater"
        return printable(f"{where} is {said}, {side} than the {error.validator} of {error.validator_value:,}")
    if error.validator in ("maxItems", "maxLength", "maxProperties"):
        return printable(f"{where} is longer than {error.validator_value:,}")
    return printable(f"{where}: {error.message}")


def _texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a document, field names included, with its JSON pointer."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for name, inside in value.items():
            yield f"a name in {where or 'it'}", name
            yield from _texts(inside, f"{where}/{name}")
    elif isinstance(value, list) and not (value and type(value[0]) in (int, float)):
        for place, inside in enumerate(value):
            yield from _texts(inside, f"{where}/{place}")


def step_text(step: str | int) -> str:
    """Return a step escaped as a part of a JSON pointer (RFC 6901)."""
    return str(step).replace("~", "~0").replace("/", "~1")
