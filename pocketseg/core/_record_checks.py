"""What a record may contain: its schema (schema/record.schema.json), and the rules that JSON Schema cannot express."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pocketseg.core._schema import check_schema, known_part, printable, schema, step_text

SCHEMA_VERSION = "1.4"
MAJOR, MINOR = map(int, SCHEMA_VERSION.split("."))
MOST_RUNS = 1_000_000  # timed runs in one record


def check(document: dict[str, Any], version: tuple[int, int]) -> None:
    """Refuse what the schema and docs/record.md do not allow. Raises ValueError.

    In a document of a newer minor version, fields that our schema does not name are ignored.
    """
    is_newer = version[1] > MINOR
    check_schema(document, "record", is_newer=is_newer)
    if is_newer:
        document = known_part(document, schema("record"))
    _check_runs(document)
    _check_quality(document)
    _check_status(document)
    if (pointer := _unexplained(document)) is not None:
        raise ValueError(f"{printable(pointer)} is null and `unknown` does not say why")


def _check_runs(document: dict[str, Any]) -> None:
    total = 0
    for place, turn in enumerate(document["turns"]):
        count = len(turn["execute_ms"])
        total += count
        for name in ("at_ms", "pre_ms", "post_ms"):
            if turn[name] is not None and len(turn[name]) != count:
                raise ValueError(f"/turns/{place} has {count} execute_ms and {len(turn[name])} {name}")
        _check_cores(f"/turns/{place}/device", turn.get("device"))
    if total > MOST_RUNS:
        raise ValueError(f"it has more than {MOST_RUNS:,} runs")
    found = document["statistics"]
    if found is not None and (found["turns"], found["runs"]) != (len(document["turns"]), total):
        raise ValueError(f"/statistics are of {found['runs']} runs in {found['turns']} turns, and there are {total} "
                         f"in {len(document['turns'])}")  # fmt: skip


def _check_cores(where: str, device: dict[str, Any] | None) -> None:
    """Refuse core frequencies whose cores differ from those a turn ran on: each share belongs to one core.

    Raises ValueError.
    """
    if device is None or device["frequency_share"] is None:
        return
    cores, shares = device["cores"], device["frequency_share"]
    if cores is None or len(cores) != len(shares):
        seen = "no cores" if cores is None else f"{len(cores)} cores"
        raise ValueError(f"{where} has {len(shares)} frequency_share and {seen}")


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
    """Return the JSON pointer of a null that has no reason, or None where each has one; `*` stands for any list index.

    The last step is escaped as in RFC 6901: `~` is written ~0 and `/` is written ~1.
    """
    reasons = document["unknown"]
    starred = [entry.split("/") for entry in reasons if "*" in entry]
    for steps in _nulls(document):
        exact = "/" + "/".join(map(step_text, steps))
        if exact in reasons:
            continue
        general = "/" + "/".join("*" if isinstance(step, int) else step_text(step) for step in steps)
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
    return all(said == step_text(step) or (said == "*" and isinstance(step, int)) for said, step in pairs)
