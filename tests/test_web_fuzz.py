"""Thousands of damaged files: the browser page refuses what Python does, by the same names, and reads the same."""

from __future__ import annotations

import collections
import hashlib
import json
import random
import struct
from pathlib import Path
from typing import Any

import pytest
from _conformance import cases
from _contract_fuzz import EITHER, KINDS, Kind, named_by, takes
from _web_core import checked
from test_conformance_records import bytes_of

from pocketseg.core.record import read_record

pytestmark = [pytest.mark.web, pytest.mark.timeout(600)]
COUNT = {"records": 2000}  # of other kinds half as many


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("build")


def _hash(value: Any) -> str:
    """Return the hash of a document's values, whoever read it: see web_harness/src/cases/check.ts."""
    found = hashlib.sha256()
    _feed(found, value)
    return found.hexdigest()


def _feed(found: Any, value: Any) -> None:
    if isinstance(value, dict):
        found.update(b"{")
        for name, inside in sorted((_units(name), inside) for name, inside in value.items()):
            found.update(f"{name}:".encode())
            _feed(found, inside)
        found.update(b"}")
    elif isinstance(value, list | tuple):
        found.update(b"[")
        for inside in value:
            _feed(found, inside)
        found.update(b"]")
    elif isinstance(value, str):
        found.update(f'"{_units(value)};'.encode())
    elif value is None or isinstance(value, bool):
        found.update(b"null;" if value is None else b"true;" if value else b"false;")
    else:
        found.update(f"#{struct.pack('>d', value + 0.0).hex()};".encode())


def _units(text: str) -> str:
    return text.encode("utf-16-be", "surrogatepass").hex()


def _said_by_python(kind: Kind, data: bytes) -> Any:
    """Return the values that the second implementation reads, in the form that the page is asked for."""
    if kind.asked == "manifests":
        return json.loads(data)  # its second reader gives an error alone
    found = kind.second(data)
    if kind.asked == "archives":
        return {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    if kind.asked == "runs":
        height_px, width_px = found.shape
        return {"height_px": height_px, "width_px": width_px, "classes": hashlib.sha256(found.data).hexdigest()}
    return found[0] if kind.asked == "bundles" else found


_HALVES = [pytest.param(name, marks=pytest.mark.xdist_group(f"web-fuzz-{at % 2}")) for at, name in enumerate(KINDS)]


@pytest.mark.parametrize("name", _HALVES)
def test_the_page_gives_damaged_files_the_names_of_errors_that_python_gives(
    name: str, tmp_path: Path, build: Path
) -> None:
    kind, ends = KINDS[name], collections.Counter[str]()
    count = COUNT.get(kind.asked, 1000)
    files = [kind.make(random.Random(f"{name} {seed}")) for seed in range(count)]
    for number, (data, answer) in enumerate(zip(files, checked(kind.asked, files, tmp_path, build), strict=True)):
        said, _, values = answer.partition(" ")
        wanted = named_by(kind.second, data)
        assert said == wanted or (said, wanted) in EITHER, data
        assert takes(kind.product, tmp_path / f"{kind.asked}-{number}") == (said == "read"), (said, data)
        if said == "read":
            assert values == _hash(_said_by_python(kind, data)), data
        ends[said] += 1
    assert count - ends["read"] >= count // 4 and len(ends) >= 5, ends


def test_what_the_page_seals_python_reads_as_the_same_document(tmp_path: Path, build: Path) -> None:
    own = [case for case in cases("records")["cases"] if case["name"] != "newer-minor"]
    texts = checked("reseal", [bytes_of(case) for case in own], tmp_path, build)
    for case, text in zip(own, texts, strict=True):
        found = read_record(text)
        assert found.pop("seal") in text and found.pop("schema_version")
        assert found == {k: v for k, v in case["is"].items() if k not in ("seal", "schema_version")}
