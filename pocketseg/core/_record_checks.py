"""What a record may say: its schema (schema/record.schema.json, by jsonschema), and what JSON Schema cannot ask for.

Long lists of numbers are compared with their bounds here, at once: jsonschema takes some microseconds a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

SCHEMA_VERSION = "1.0"
MAJOR, MINOR = map(int, SCHEMA_VERSION.split("."))
READS = ("schema/record.schema.json",)
_SCHEMA = Path(__file__).with_name("schema") / "record.schema.json"
MOST_RUNS = 1_000_000  # of one record
_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})")
_LONGEST = 300  # of what a message quotes
# controls, line and paragraph separators, what turns the direction of text, halves of characters
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NUMBERS: dict[str, set[type]] = {"number": {int, float}, "integer": {int}}


def printable(text: str, longest: int = _LONGEST) -> str:
    """Return a text that is safe on a terminal and allowed in a record: one line, no controls, at most `longest`."""
    return _UNPRINTABLE.sub("?", " ".join(text.split()))[:longest]


def version_of(document: dict[str, Any]) -> tuple[int, int]:
    """Return a document's major and minor version. Raises ValueError."""
    given = document.get("schema_version")
    found = _VERSION.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise ValueError("it says no schema_version such as 1.0")
    return int(found[1]), int(found[2])


def check(document: dict[str, Any], version: tuple[int, int]) -> None:
    """Refuse what the schema and docs/record.md do not allow. Raises ValueError.

    Of a minor version that is newer than ours, the fields that our schema does not name are left out before.
    """
    if version[1] > MINOR:
        document = known_part(document, schema())
    error = next(_validator().iter_errors(document), None)
    if error is not None:
        raise ValueError(_sentence(error))
    for where, text in _texts(document):
        if _UNPRINTABLE.search(text):
            raise ValueError(f"{where} has characters that do not print")
    _check_runs(document)
    _check_quality(document)
    _check_status(document)
    if (pointer := _unexplained(document)) is not None:
        raise ValueError(f"{printable(pointer)} is null and `unknown` does not say why")


@cache
def schema() -> dict[str, Any]:
    """Return the schema, each reference replaced by what it refers to."""
    read: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))
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
    """Return a copy of a value without the fields that its part of the schema does not name."""
    if isinstance(value, dict) and "properties" in part:
        named = part["properties"]
        return {k: known_part(v, named[k]) for k, v in value.items() if k in named}
    if isinstance(value, list) and "properties" in part.get("items", {}):
        return [known_part(v, part["items"]) for v in value]
    return value


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator, validators

    kinds = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole)
    return validators.extend(Draft202012Validator, {"items": _items}, type_checker=kinds)(schema())


def _is_whole(checker: Any, value: Any) -> bool:
    """Say whether a number was written without a fraction: 1.0 would be a float to us."""
    return isinstance(value, int) and not isinstance(value, bool)


def _items(validator: Any, items: dict[str, Any], value: Any, part: dict[str, Any]) -> Iterator[Any]:
    """Check a list's items: numbers with bounds at once, all else, and what is wrong, as jsonschema does."""
    from jsonschema import Draft202012Validator

    if items.keys() == {"type", "minimum", "maximum"} and isinstance(value, list):
        plain = set(map(type, value)) <= _NUMBERS.get(items["type"], set())
        if plain and (not value or (min(value) >= items["minimum"] and max(value) <= items["maximum"])):
            return
    yield from Draft202012Validator.VALIDATORS["items"](validator, items, value, part)


def _sentence(error: Any) -> str:
    """Say in a sentence what a jsonschema error found and where."""
    where = "".join(f"/{_step(step)}" for step in error.absolute_path) or "it"
    said = repr(error.instance)[:60]
    if error.validator == "pattern":
        return printable(f"{where} is {said}, which has not the form of such a text")
    if error.validator in ("minimum", "maximum"):
        side = "less" if error.validator == "minimum" else "greater"
        return printable(f"{where} is {said}, {side} than the {error.validator} of {error.validator_value:,}")
    if error.validator in ("maxItems", "maxLength", "maxProperties"):
        return printable(f"{where} is longer than {error.validator_value:,}")
    return printable(f"{where}: {error.message}")


def _texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a document, names of fields too, with the place that it stands in."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for name, inside in value.items():
            yield f"a name in {where or 'it'}", name
            yield from _texts(inside, f"{where}/{name}")
    elif isinstance(value, list) and not (value and type(value[0]) in (int, float)):
        for place, inside in enumerate(value):
            yield from _texts(inside, f"{where}/{place}")


def _check_runs(document: dict[str, Any]) -> None:
    total = 0
    for place, turn in enumerate(document["turns"]):
        count = len(turn["execute_ms"])
        total += count
        for name in ("at_ms", "pre_ms", "post_ms"):
            if turn[name] is not None and len(turn[name]) != count:
                raise ValueError(f"/turns/{place} has {count} execute_ms and {len(turn[name])} {name}")
    if total > MOST_RUNS:
        raise ValueError(f"it has more than {MOST_RUNS:,} runs")
    found = document["statistics"]
    if found is not None and (found["turns"], found["runs"]) != (len(document["turns"]), total):
        raise ValueError(f"/statistics are of {found['runs']} runs in {found['turns']} turns, and there are {total} "
                         f"in {len(document['turns'])}")  # fmt: skip


def _check_quality(document: dict[str, Any]) -> None:
    if document["quality"] is None:
        return
    classes = document["quality"]["classes"]
    if len(set(classes)) < len(classes):
        raise ValueError("/quality/classes has a name twice")
    for place, photo in enumerate(document["quality"]["photos"]):
        if {len(photo["confusion"]), *map(len, photo["confusion"])} != {len(classes)}:
            raise ValueError(f"/quality/photos/{place}/confusion is not {len(classes)} x {len(classes)}")


def _check_status(document: dict[str, Any]) -> None:
    status, verdict = document["status"], document["verdict"]
    if (status == "ok") != (document["reason"] == ""):
        raise ValueError(f"its status is {status} and its reason {printable(document['reason'], 40)!r}")
    if status != "ok" and (document["turns"] or verdict is not None):
        raise ValueError(f"its status is {status}, and it has turns or a verdict")
    if (verdict in ("UNSTABLE", "INVALID")) != bool(document["verdict_reasons"]):
        raise ValueError(f"its verdict is {verdict or 'null'} with {len(document['verdict_reasons'])} reasons")


def _unexplained(document: dict[str, Any]) -> str | None:
    """Give the JSON pointer of a null that has no reason, None where each has one; `*` stands for any place in a list.

    The last step of RFC 6901: `~` is written ~0 and `/` is written ~1.
    """
    reasons = document["unknown"]
    starred = [entry.split("/") for entry in reasons if "*" in entry]
    for steps in _nulls(document):
        exact = "/" + "/".join(map(_step, steps))
        if exact in reasons:
            continue
        general = "/" + "/".join("*" if isinstance(step, int) else _step(step) for step in steps)
        if general not in reasons and not any(_matches(entry, steps) for entry in starred):
            return exact
    return None


def _nulls(value: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if value is None:
        yield steps
    elif isinstance(value, dict):
        for name, inside in value.items():
            yield from _nulls(inside, (*steps, name))
    elif isinstance(value, list) and not (value and type(value[0]) in (int, float)):
        for place, inside in enumerate(value):
            yield from _nulls(inside, (*steps, place))


def _matches(entry: list[str], steps: tuple[str | int, ...]) -> bool:
    if len(entry) != len(steps) + 1:
        return False
    pairs = zip(entry[1:], steps, strict=True)
    return all(said == _step(step) or (said == "*" and isinstance(step, int)) for said, step in pairs)


def _step(step: str | int) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")
