"""Records: a second implementation of docs/record.md, with the published schema, finds what the product finds."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from typing import Any

import pytest
from _conformance import cases, errors

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import RecordError
from pocketseg.core.record import read_record

FOUND = cases("records")
MINOR = 4
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
SENTENCES = {  # of the product, by the error's name
    "not-json": "is not a valid record",
    "not-a-table": "no table",
    "no-version": "says no schema_version",
    "other-version": r"of version .*, and this program reads 1\.x",
    "seal": "seal",
    "missing": "required property",
    "unknown-field": "unexpected",
    "wrong-type": "is not of type",
    "out-of-bounds": "than the|longer|too short|non-empty",
    "bad-value": "does not have the required form|not one of",
    "does-not-print": "do not print|does not have the required form",
    "samples": r"execute_ms and \d+ |frequency_share and (no|\d+) cores",
    "statistics": "statistics are of",
    "classes": "a name twice|confusion is not",
    "status": "its status is",
    "verdict": "its verdict is",
    "null": "is null and `unknown` does not say why",
}


class Wrong(Exception):
    """An error, by its name."""


def bytes_of(case: dict[str, Any]) -> bytes:
    return bytes.fromhex(case["bytes"]) if "bytes" in case else case["text"].encode()


def read(data: bytes) -> dict[str, Any]:
    """Return what a record says. Raises Wrong."""
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
    except ValueError as error:
        raise Wrong("not-json") from error
    if not isinstance(found, dict):
        raise Wrong("not-a-table")
    said = found.get("schema_version")
    version = re.fullmatch(r"([0-9]+)\.([0-9]+)", said) if isinstance(said, str) else None
    if version is None:
        raise Wrong("no-version")
    if version[1] != "1":
        raise Wrong("other-version")
    _check_seal(data, found.get("seal"))
    known = _known(found, schema()) if int(version[2]) > MINOR else found
    _check_schema(known)
    if any(UNPRINTABLE.search(text) for text in _texts(known)):
        raise Wrong("does-not-print")
    _check_parts(known)
    return found


def _check_seal(data: bytes, seal: Any) -> None:
    if not isinstance(seal, str) or not re.fullmatch("[0-9a-f]{64}", seal) or data.count(f'"{seal}"'.encode()) != 1:
        raise Wrong("seal")
    whole = data[data.index(b"{") : data.rindex(b"}") + 1].replace(seal.encode(), b"0" * 64)
    if hashlib.sha256(whole).hexdigest() != seal:
        raise Wrong("seal")


@cache
def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "conformance/schema/record.schema.json").read_text(encoding="utf-8"))
    return found


def _known(value: Any, part: dict[str, Any]) -> Any:
    """Leave out what a newer minor version added."""
    if "$ref" in part:
        part = schema()["$defs"][part["$ref"].rpartition("/")[2]]
    if isinstance(value, dict) and "properties" in part:
        return {k: _known(v, part["properties"][k]) for k, v in value.items() if k in part["properties"]}
    if isinstance(value, list) and "items" in part:
        return [_known(v, part["items"]) for v in value]
    return value


def _check_schema(known: dict[str, Any]) -> None:
    if error := next(errors(schema(), known), None):
        raise Wrong(_named(error))


def _named(error: Any) -> str:
    if error.validator == "pattern" and UNPRINTABLE.search(error.instance):
        return "does-not-print"
    if error.validator == "minLength":
        return "out-of-bounds"
    return {
        "required": "missing", "additionalProperties": "unknown-field", "type": "wrong-type", "pattern": "bad-value",
        "enum": "bad-value",
    }.get(error.validator, "out-of-bounds")  # fmt: skip


def _check_parts(known: dict[str, Any]) -> None:
    runs = 0
    for turn in known["turns"]:
        runs += len(turn["execute_ms"])
        if any(turn[n] is not None and len(turn[n]) != len(turn["execute_ms"]) for n in ("at_ms", "pre_ms", "post_ms")):
            raise Wrong("samples")
        device = turn.get("device", {})
        shares = device.get("frequency_share")
        if shares is not None and (device["cores"] is None or len(device["cores"]) != len(shares)):
            raise Wrong("samples")
    statistics, quality = known["statistics"], known["quality"]
    if statistics is not None and (statistics["turns"], statistics["runs"]) != (len(known["turns"]), runs):
        raise Wrong("statistics")
    if quality is not None:
        count = len(quality["classes"])
        sizes = {n for photo in quality["photos"] for n in (len(photo["confusion"]), *map(len, photo["confusion"]))}
        if len(set(quality["classes"])) < count or not sizes <= {count}:
            raise Wrong("classes")
    ok = known["status"] == "ok"
    if ok == bool(known["reason"]) or (not ok and (known["turns"] or known["verdict"] is not None)):
        raise Wrong("status")
    if (known["verdict"] in ("UNSTABLE", "INVALID")) != bool(known["verdict_reasons"]):
        raise Wrong("verdict")
    if not all(_has_reason(pointer, known["unknown"]) for pointer in _nulls(known, "")):
        raise Wrong("null")


def _nulls(value: Any, where: str) -> list[str]:
    if value is None:
        return [where]
    if isinstance(value, dict):
        parts = [(key.replace("~", "~0").replace("/", "~1"), inside) for key, inside in value.items()]
    else:
        parts = [(str(k), inside) for k, inside in enumerate(value)] if isinstance(value, list) else []
    return [pointer for key, inside in parts for pointer in _nulls(inside, f"{where}/{key}")]


def _has_reason(pointer: str, unknown: dict[str, str]) -> bool:
    steps = pointer.split("/")
    for entry in unknown:
        said = entry.split("/")
        if len(said) == len(steps) and all(
            a == b or (a == "*" and b.isdigit()) for a, b in zip(said, steps, strict=True)
        ):
            return True
    return False


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [*value, *(text for inside in value.values() for text in _texts(inside))]
    return [text for inside in value for text in _texts(inside)] if isinstance(value, list) else []


def _refuse(text: str) -> float:
    raise ValueError(text)


@pytest.mark.parametrize("case", FOUND["cases"], ids=lambda case: case["name"])
def test_a_record_says_what_it_says_whoever_reads_it(case: dict[str, Any]) -> None:
    assert read(bytes_of(case)) == case["is"] == read_record(bytes_of(case))


@pytest.mark.parametrize("case", FOUND["refused"], ids=lambda case: case["name"])
def test_a_damaged_record_is_refused_by_product_and_rules_for_one_reason(case: dict[str, Any]) -> None:
    with pytest.raises(Wrong) as caught:
        read(bytes_of(case))
    assert str(caught.value) == case["error"]
    with pytest.raises(RecordError, match=SENTENCES[case["error"]]):
        read_record(bytes_of(case))


def test_each_error_has_a_case() -> None:
    assert {case["error"] for case in FOUND["refused"]} == set(FOUND["errors"])
