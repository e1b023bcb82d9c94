"""The record: sealed, read back, refused in a sentence where it is damaged or of a newer version."""

from __future__ import annotations

import hashlib
import json
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _damage import limit
from _records import document, merged, without_result

from pocketseg.core import record
from pocketseg.core._record_checks import SCHEMA_VERSION
from pocketseg.core._schema import known_part, printable, schema
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import RecordError
from pocketseg.core.record import append_record, kept_ids, read_record, read_records, record_id, sealed

PUBLISHED = ROOT / "conformance" / "schema" / "record.schema.json"


def resealed(content: dict[str, Any]) -> str:
    """Seal whatever it is, as a program would that does not check what it writes."""
    text = json.dumps({**content, "seal": "0" * 64})
    before = '"seal": "'
    return text.replace(before + "0" * 64, before + hashlib.sha256(text.encode()).hexdigest(), 1)


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """Return a document with another value at a place, which may be new; ... removes what is there."""
    found: Any = (made := document(turns=6, runs=3, photos=3))
    *steps, last = [int(s) if s.isdigit() else s for s in pointer.strip("/").split("/")]
    for step in steps:
        found = found[step]
    if value is ...:
        del found[last]
    else:
        found[last] = value
    return made


# ---- what is read ----------------------------------------------------------------------------------------------------


def test_the_schemas_of_the_wheel_are_those_of_conformance() -> None:
    packaged = ROOT / "pocketseg" / "core" / "schema"
    published = {path.name: path.read_bytes() for path in PUBLISHED.parent.iterdir()}
    assert {path.name: path.read_bytes() for path in packaged.iterdir()} == published


def test_the_schema_is_one_and_bounds_every_number_text_and_list() -> None:
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(json.loads(PUBLISHED.read_text()))
    bounds = {"integer": {"minimum", "maximum"}, "number": {"minimum", "maximum"}, "array": {"maxItems", "items"}}

    def look(part: dict[str, Any], where: str) -> None:
        kinds = [part["type"]] if isinstance(part.get("type"), str) else part.get("type", [])
        for kind in kinds:
            assert bounds.get(kind, set()) <= part.keys(), where
            if kind == "string":
                assert "maxLength" in part or re.search(r"[}\]]\$$|Z\$$|\)\$$", part["pattern"]), where
            if kind == "object":
                assert "additionalProperties" in part, where
        for name, inside in part.get("properties", {}).items():
            look(inside, f"{where}/{name}")
        if "properties" in part:
            assert part["additionalProperties"] is False and set(part["required"]) <= part["properties"].keys(), where
        if "items" in part:
            look(part["items"], f"{where}/*")

    look(schema("record"), "")


@pytest.mark.parametrize(
    "made", [document(), document(turns=3), document(photos=3), without_result(), without_result("refused")]
)
def test_a_sealed_record_is_one_line_that_reads_back(made: dict[str, Any]) -> None:
    text = sealed(made)
    assert "\n" not in text and text.startswith('{"schema_version":"1.0","seal":"')
    found = read_record(text)
    assert {**found, "seal": made["seal"]} == made and read_record(text.encode() + b"\r\n") == found
    assert sealed(found) == text, "sealing again gives the same seal"


def test_the_seal_is_as_the_page_says_whatever_blanks_and_order_a_writer_has() -> None:
    text = json.dumps(dict(sorted(document().items())), indent=1)
    with_seal = text.replace('"seal": "' + "0" * 64, '"seal": "' + hashlib.sha256(text.encode()).hexdigest())
    assert read_record(with_seal)["seal"] != "0" * 64
    with pytest.raises(RecordError, match="its seal does not fit"):
        read_record(with_seal.replace("\n", "\r\n"))
    with pytest.raises(RecordError, match="no seal"):
        read_record(json.dumps({k: v for k, v in document().items() if k != "seal"}))


def test_an_id_names_the_run_and_the_place() -> None:
    assert record_id(document(run="f" * 32, place=7)) == "f" * 32 + "/7"


# ---- what is refused -------------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[str, Any, str]] = {
    "a text for a number": ("/statistics/p50_ms", "4", "not of type 'number'"),
    "true for a count": ("/statistics/turns", True, "not of type 'integer'"),
    "a count with a fraction": ("/run/place", 1.0, "not of type 'integer'"),
    "a time below 0": ("/turns/0/execute_ms", [-1.0, 1.0, 1.0], "less than the minimum"),
    "a text among times": ("/turns/2/execute_ms", [1.0, "1", 1.0], "/turns/2/execute_ms/1"),
    "a null among times": ("/turns/2/at_ms", [1.0, None, 1.0], "/turns/2/at_ms/1"),
    "true among times": ("/turns/2/at_ms", [1.0, True, 1.0], "/turns/2/at_ms/1"),
    "a fraction of a pixel": ("/quality/photos/0/confusion", [[1, 0.5], [0, 1]], "/quality/photos/0/confusion/0/1"),
    "a size of 10^30 bytes": ("/artifact/size_bytes", 10**30, "greater than the maximum"),
    "a time of 4,000 digits": ("/turns/0/wall_ms", 10**4000, "greater than the maximum"),
    "times of 4,000 digits": ("/turns/0/at_ms", [10**4000] * 3, "greater than the maximum"),
    "a ratio of 2": ("/statistics/miou", 2, "greater than the maximum"),
    "another kind": ("/kind", "toaster", "not one of"),
    "a moment in words": ("/run/started_at", "yesterday", "does not have the required form"),
    "a moment without a zone": ("/run/started_at", "2026-01-02T03:04:05", "does not have the required form"),
    "half a hash": ("/artifact/sha256", "a" * 32, "does not have the required form"),
    "a hash with a line's end": ("/artifact/sha256", "a" * 64 + "\n", "do not print"),
    "a missing table": ("/device", ..., "'device' is a required property"),
    "a missing field": ("/device/soc", ..., "'soc' is a required property"),
    "a field too many": ("/device/serial", "1234", "'serial' was unexpected"),
    "a field too many at the top": ("/colour", "red", "'colour' was unexpected"),
    "a name with a folder": ("/artifact/file", "../../etc/passwd", "does not have the required form"),
    "a name with a drive": ("/artifact/file", "c:\\x", "does not have the required form"),
    "a name that colours the terminal": ("/device/model", "\x1b[31mphone", "does not have the required form"),
    "a name that turns the text": ("/artifact/model", "gpj.\u202eexe", "does not have the required form"),
    "a name of 10,000 letters": ("/artifact/model", "m" * 10_000, "longer than 255"),
    "an empty name": ("/artifact/model", "", "too short|non-empty"),
    "half a character": ("/device/maker", "\ud800", "do not print"),
    "a list as name": ("/artifact/model", ["m"], "not of type 'string'"),
    "two lengths of samples": ("/turns/1/at_ms", [0.0], "3 execute_ms and 1 at_ms"),
    "statistics of other runs": ("/statistics/runs", 5, "are of 5 runs in 6 turns, and there are 18"),
    "a confusion of other classes": ("/quality/photos/2/confusion", [[1]], "is not 2 x 2"),
    "a class twice": ("/quality/classes", ["mug", "mug"], "a name twice"),
    "a reason of an ok file": ("/reason", "it crashed", "status is ok and its reason 'it crashed'"),
    "a verdict without its reason": ("/verdict", "INVALID", "INVALID with 0 reasons"),
    "a good verdict with a reason": ("/verdict_reasons", ["hm"], "VALID with 1 reasons"),
    "a null without its reason": ("/device/cpu", None, "/device/cpu is null and `unknown` does not say why"),
    "a null table without its reason": ("/golden", None, "/golden is null"),
    "a null among turns": ("/turns/3/cpu_ms", None, "/turns/3/cpu_ms is null"),
    "an empty reason": ("/unknown", {"/device/soc": ""}, "/unknown/~1device~1soc"),
    "a reason for no pointer": ("/unknown", {"soc": "why"}, "soc"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_a_record_may_not_say_is_one_sentence(what: str) -> None:
    pointer, value, message = WRONG[what]
    with pytest.raises(RecordError, match=message) as caught:
        read_record(resealed(changed(pointer, value)), "that.json")
    assert caught.value.message.startswith("that.json is not a valid record: ") and caught.value.hint
    assert caught.value.message.isprintable() and len(caught.value.message) < 400 and caught.value.exit_code == 3


def test_sealing_refuses_what_could_not_be_read_again() -> None:
    for wrong in (changed("/statistics/p50_ms", float("nan")), changed("/kind", {1, 2}), changed("/device/cpu", None)):
        with pytest.raises(RecordError, match="made here"):
            sealed(wrong)


def test_a_reason_may_stand_for_every_place_in_a_list_and_for_one() -> None:
    made = changed("/turns/3/cpu_ms", None)
    for pointer in ("/turns/3/cpu_ms", "/turns/*/cpu_ms"):
        assert read_record(sealed(merged(made, {"unknown": {pointer: "not counted"}})))
    for pointer in ("/turns/4/cpu_ms", "/*/3/cpu_ms", "/turns/*", "/turns/*/cpu"):
        with pytest.raises(RecordError, match="/turns/3/cpu_ms is null"):
            sealed(merged(made, {"unknown": {pointer: "not counted"}}))


def test_a_reason_is_found_for_a_class_whose_name_has_a_slash() -> None:
    made = merged(document(), {"quality": {"classes": ["background", "cup/mug"]}})
    made["statistics"]["iou"] = {"background": 0.9, "cup/mug": None}
    made["unknown"]["/statistics/iou/cup~1mug"] = "no label holds it"
    assert read_record(sealed(made))["statistics"]["iou"]["cup/mug"] is None


# ---- versions --------------------------------------------------------------------------------------------------------


def newer() -> dict[str, Any]:
    made = document(schema_version="1.7", sensors=[{"name": "\x07", "value": None}])
    made["device"]["npu_tops"] = 40
    made["turns"][0]["before"]["cache_ms"] = None
    made["quality"]["photos"][0]["seconds"] = "1"
    return made


def test_fields_of_a_newer_minor_version_are_kept_and_not_looked_at() -> None:
    found = read_record(resealed(newer()))
    assert found["device"]["npu_tops"] == 40 and found["sensors"][0]["value"] is None
    assert known_part(newer(), schema("record")) == document(schema_version="1.7")
    with pytest.raises(RecordError, match="unexpected"):
        read_record(resealed({**newer(), "schema_version": SCHEMA_VERSION}))


def test_what_is_known_of_a_newer_minor_version_is_checked_all_the_same() -> None:
    for pointer, value, message in (("/device/cores", "2", "not of type"), ("/device/cpu", None, "is null")):
        made = {**changed(pointer, value), "schema_version": "1.7", "sensors": 1}
        with pytest.raises(RecordError, match=message):
            read_record(resealed(made))


@pytest.mark.parametrize("content", [document(schema_version="2.0"), {"schema_version": "2.0", "all": "new"}])
def test_a_newer_major_version_says_what_to_update(content: dict[str, Any]) -> None:
    with pytest.raises(RecordError, match=r"version 2\.0, and this program reads 1\.x") as caught:
        read_record(resealed(content))
    assert "update pocketseg" in caught.value.hint


@pytest.mark.parametrize("version", [None, 1, 1.0, "1", "one.zero", "1.0.0", "-1.0", "0.9", "1" * 5000])
def test_a_version_that_no_program_wrote_is_refused(version: Any) -> None:
    with pytest.raises(RecordError):
        read_record(resealed({**document(), "schema_version": version}))


# ---- damage ----------------------------------------------------------------------------------------------------------

WHOLE = sealed(document(turns=6, runs=4, photos=3)).encode()
HOSTILE: tuple[Any, ...] = (
    None, True, -1, 10**400, 1e308, -0.0, "", "x" * 5000, "../../x", "\x1b]0;x\x07", "\u202e", "\ud83d", "%s%n{0}",
    [], [[]], {}, {"a": None}, [None] * 50, {"/" * 50: "/"}, [{"$ref": "#"}], {"__class__": 1},
)  # fmt: skip


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _flip(data: bytes, chance: random.Random) -> bytes:
    found = bytearray(data)
    found[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(found)


def _insert(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(1, len(data) - 1)
    return data[:place] + chance.randbytes(chance.choice((1, 3, 50))) + data[place:]


def _nest(data: bytes, chance: random.Random) -> bytes:
    depth = chance.choice((40, 70, 5000, 200_000))
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return b'{"schema_version":"1.0","seal":' + opening * depth + b"1" + closing * chance.choice((0, depth)) + b"}"


def _number(data: bytes, chance: random.Random) -> bytes:
    places = [found.span() for found in re.finditer(rb"(?<=[:,\[])-?[0-9][0-9.e+-]*(?=[,\]}])", data)]
    start, end = chance.choice(places)
    new = chance.choice(
        (b"1e999", b"-1e999", b"NaN", b"-Infinity", b"9" * 400, b"9" * 5000, b"0x10", b"1_0", b"1e-999")
    )
    return data[:start] + new + data[end:]


def _hostile(data: bytes, chance: random.Random) -> bytes:
    """Put something else anywhere, under a seal that fits."""
    found: Any = (made := json.loads(data))
    while True:
        steps = list(found) if isinstance(found, dict) else list(range(len(found)))
        step = chance.choice(steps)
        inside = found[step]
        if not inside or not isinstance(inside, dict | list) or chance.random() < 0.3:
            break
        found = inside
    new = chance.choice([value for value in HOSTILE if type(value) is not type(inside)])
    how = chance.random()
    if isinstance(found, dict) and how < 0.2:
        found[chance.choice(("\x1b[2J", "x" * 3000, "", "seal", "../x"))] = new
    elif how < 0.3:
        del found[step]
    else:
        found[step] = new
    return resealed(made).encode("utf-8", "surrogatepass")


DAMAGE: tuple[Callable[[bytes, random.Random], bytes], ...] = (_cut, _flip, _insert, _nest, _number, _hostile)


@pytest.mark.parametrize("how", DAMAGE, ids=lambda how: how.__name__.strip("_"))
def test_damaged_records_are_a_named_error_and_nothing_else(how: Callable[[bytes, random.Random], bytes]) -> None:
    harmless = 0
    with limit():
        for number in range(170):
            data = how(WHOLE, random.Random(f"{how.__name__} {number}"))
            try:
                found = read_record(data, "x")
            except RecordError as error:
                assert str(error).replace("\n", "").isprintable() and len(str(error)) < 600
            else:
                harmless += 1
                assert how is _hostile or found == read_record(WHOLE), data[:200]
    assert harmless <= (60 if how is _hostile else 0), "what is changed under a seal that fits may be allowed"


@pytest.mark.parametrize("number", range(8))
def test_each_flipped_bit_of_some_bytes_is_found(number: int) -> None:
    for place in range(number, len(WHOLE), 97):
        data = bytearray(WHOLE)
        data[place] ^= 1 << number
        with pytest.raises(RecordError):
            read_record(bytes(data))


def test_a_record_of_many_megabytes_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "MOST_BYTES", 1000)
    with pytest.raises(RecordError, match="larger than 1,000 bytes"):
        read_record(WHOLE)


def test_a_text_is_made_printable() -> None:
    assert printable("a\n b\x1b[31m\u202e \ud800") == "a b?[31m? ?" and len(printable("x" * 999)) == 300


# ---- records.jsonl ---------------------------------------------------------------------------------------------------


def test_a_last_line_that_a_kill_left_torn_is_left_out_and_then_removed(tmp_path: Path) -> None:
    path = tmp_path / "new" / "records.jsonl"
    assert read_records(path) == [] and kept_ids(path) == set()
    for place in range(2):
        append_record(path, document(place=place, turns=6))
    whole = path.read_bytes()
    second = whole.index(b"\n") + 1
    for cut in (2, 1000, len(whole) - second - 1):
        path.write_bytes(whole[:-cut])
        assert [record_id(d)[-1] for d in read_records(path)] == ["0"]
        append_record(path, document(place=2, turns=6))
        assert [record_id(d)[-1] for d in read_records(path)] == ["0", "2"]
        assert path.read_bytes().count(b"\n") == 2


def test_a_last_record_that_only_lacks_its_end_stays(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    append_record(path, document(turns=6))
    path.write_bytes(path.read_bytes()[:-1])
    assert len(read_records(path)) == 1
    append_record(path, document(place=1, turns=6))
    assert len(read_records(path)) == 2 and len(kept_ids(path)) == 2


def test_a_damaged_line_is_named_wherever_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    line = sealed(document(turns=6))
    for content, number in (
        (f"{line}\n\n{line.replace('4', '5', 3)}\n{line}\n", 3),
        (f"{line}\n{line[:-30]}\n", 2),
        (f"{line}\n{line.replace('VALID', 'valid')}", 2),
        ("[1, 2]\n", 1),
    ):
        path.write_text(content)
        with pytest.raises(RecordError, match=f"line {number} of .*jsonl is not a valid record") as caught:
            read_records(path)
        assert (caught.value.path, caught.value.line) == (path, number)


def test_a_file_of_records_that_cannot_be_read_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "records.jsonl").mkdir()
    with pytest.raises(RecordError, match="cannot be read"):
        read_records(tmp_path / "records.jsonl")
    monkeypatch.setattr(record, "MOST_BYTES", 1000)
    (tmp_path / "long.jsonl").write_bytes(WHOLE + b"\n" + WHOLE)
    with pytest.raises(RecordError, match=r"line 1 of .* larger than 1,000 bytes"):
        read_records(tmp_path / "long.jsonl")


def test_twenty_records_of_a_hundred_kilobytes_are_read_within_seconds(tmp_path: Path) -> None:
    text = sealed(document(turns=100, runs=60, photos=32))
    assert len(text) > 100_000
    start = time.process_time()
    for _ in range(20):
        read_record(text)
    assert time.process_time() - start < 4  # about one where nothing else runs


# ---- its page --------------------------------------------------------------------------------------------------------


def _pointers(part: dict[str, Any], where: str = "") -> set[str]:
    """List what a part of the schema names: its leaves, and the tables that may be null."""
    if "properties" in part:
        found = set().union(*(_pointers(inside, f"{where}/{name}") for name, inside in part["properties"].items()))
        return found | ({where} if where in ("/yardstick/best", "/accelerator/planned") else set())
    if "properties" in part.get("items", {}):
        return _pointers(part["items"], f"{where}/*")
    return {where.replace("/state/end/", "/state/start/")}


@pytest.mark.documents
def test_each_field_of_the_schema_stands_in_the_page_and_no_other() -> None:
    page = (ROOT / "docs" / "record.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `/")]
    named = [pointer for row in rows for pointer in re.findall(r"`(/[^`]+)`", row)]
    assert len(named) == len(set(named)) and set(named) == _pointers(schema("record"))


@pytest.mark.documents
def test_the_page_says_when_each_field_is_null() -> None:
    page = (ROOT / "docs" / "record.md").read_text(encoding="utf-8")
    said = {}
    for line in page.splitlines():
        if line.startswith("| `/"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            for pointer in re.findall(r"`(/[^`]+)`", cells[0]):
                said[pointer] = bool(cells[-1])
    null = {p for p in said if "null" in _part(p).get("type", "") or None in _part(p).get("enum", ())}
    assert {pointer for pointer, when in said.items() if when} == null


def _part(pointer: str) -> dict[str, Any]:
    part = schema("record")
    for step in pointer.strip("/").split("/"):
        part = part["items"] if step == "*" else part["properties"][step]
    return part
