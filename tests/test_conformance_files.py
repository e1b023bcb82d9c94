"""Class map files and zips: a second implementation reaches every case, and the product refuses alike."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _conformance import array, cases, expect
from _conformance_files import decoded, encoded, unzipped, zipped
from _conformance_outputs import Refused

from pocketseg.core import runs
from pocketseg.core.archive import Archive, write_archive
from pocketseg.core.errors import BundleError

RUNS, ARCHIVES = cases("runs"), cases("archives")
SENTENCES = {  # of the product, by the error's name
    "no-class-map": "is not a class map file",
    "other-version": "of version",
    "beyond-bounds": "beyond bounds",
    "truncated": r"truncated|an archive has 22 to",
    "not-canonical": "not canonical",
    "too-long": "too long",
    "end-record": "end record|bytes left over|directory is truncated",
    "zip64": "is zip64",
    "compressed": "compressed",
    "encrypted": "encrypted",
    "data-descriptor": "data descriptor",
    "flags": "has flags",
    "two-sizes": "two sizes",
    "extra-field": "extra field",
    "comment": "has a comment",
    "made-by": "made on another",
    "attributes": "has attributes",
    "time": "has a time",
    "other-disk": "another disk",
    "local-header": "the local header",
    "gap": "a gap",
    "not-sorted": "not sorted",
    "same-name": "is there twice|is a file and a folder",
    "wrong-crc": "CRC",
    "name-not-ascii": "beyond ASCII",
    "name-backslash": "backslash",
    "name-absolute": "is absolute",
    "name-folder": "is a folder",
    "name-dots": "an empty part",
    "name-too-long": "is longer than",
    "name-characters": "has a part that is not",
}


@pytest.mark.parametrize("case", RUNS["cases"], ids=lambda case: case["name"])
def test_a_map_has_one_file_and_the_file_one_map(case: dict[str, Any]) -> None:
    data, given = array(case["runs"]).data, array(case["map"])
    assert encoded(given) == data
    expect(decoded(data), {**case, "faults": {}}, "map")
    pixels = np.frombuffer(given.data, np.uint8).reshape(given.shape)
    assert runs.encode(pixels) == data and np.array_equal(runs.decode(data), pixels)


@pytest.mark.parametrize("case", RUNS["refused"], ids=lambda case: case["name"])
def test_a_damaged_map_is_refused_for_its_reason(case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["bytes"])
    with pytest.raises(Refused) as caught:
        decoded(data)
    assert str(caught.value) == case["error"]
    with pytest.raises(BundleError, match=SENTENCES[case["error"]]):
        runs.decode(data)


@pytest.mark.parametrize("case", ARCHIVES["cases"], ids=lambda case: case["name"])
def test_files_have_one_zip_and_the_zip_its_files(case: dict[str, Any], tmp_path: Path) -> None:
    data = array(case["bytes"]).data
    files = {name: bytes.fromhex(content) for name, content in case["files"].items()}
    assert unzipped(data) == files and (zipped(files) == data) is case["written"]
    assert (write_archive(tmp_path / "a.zip", files).read_bytes() == data) is case["written"]
    assert _opened(tmp_path / "b.zip", data) == files


@pytest.mark.parametrize("case", ARCHIVES["refused"], ids=lambda case: case["name"])
def test_any_other_zip_is_refused_for_its_reason(case: dict[str, Any], tmp_path: Path) -> None:
    data = array(case["bytes"]).data
    with pytest.raises(Refused) as caught:
        unzipped(data)
    assert str(caught.value) == case["error"]
    with pytest.raises(BundleError, match=SENTENCES[case["error"]]):
        _opened(tmp_path / "a.zip", data)


@pytest.mark.parametrize("name", ["runs", "archives"])
def test_each_error_has_a_case(name: str) -> None:
    assert {case["error"] for case in cases(name)["refused"]} == set(cases(name)["errors"])


def test_what_is_written_by_zipfile_is_refused(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a", b"1")
    with pytest.raises(Refused, match=re.escape("made-by")):
        unzipped((tmp_path / "a.zip").read_bytes())


def _opened(path: Path, data: bytes) -> dict[str, bytes]:
    path.write_bytes(data)
    with Archive(path) as found:
        return {name: found.read(name, 1 << 20) for name in found.names}
