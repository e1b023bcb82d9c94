"""Thousands of damaged files: Swift refuses what Python does, by the same names.

The harness's own tests damage and read them, and leave each with what came of it below ios_harness/.build/left/fuzz.
"""

from __future__ import annotations

import base64
import collections
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _conformance_bundles import opened
from _conformance_files import decoded, unzipped
from _conformance_outputs import Refused

from pocketseg.core import runs
from pocketseg.core.archive import Archive
from pocketseg.core.bundle import open_bundle
from pocketseg.core.errors import BundleError, RecordError
from pocketseg.core.manifest import parse_manifest
from pocketseg.core.record import read_record

LEFT = Path(__file__).resolve().parents[1] / "ios_harness" / ".build" / "left" / "fuzz"
# Of a file with two things wrong either may be named: the headers of all entries are read before the CRC of the first,
# and a number such as 1e308 is no whole one, or too large a one.
EITHER = {
    ("wrong-type", "out-of-bounds"),
    *((said, "wrong-crc") for said in (
        "attributes", "comment", "compressed", "data-descriptor", "encrypted", "end-record", "extra-field", "flags",
        "gap", "local-header", "made-by", "name-absolute", "name-backslash", "name-characters", "name-dots",
        "name-not-ascii", "not-sorted", "other-disk", "same-name", "time", "two-sizes", "zip64",
    )),
}  # fmt: skip
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not LEFT.is_dir(), reason="the iOS harness's own tests have left nothing: run `make test-ios`"),
]


def _fuzzed(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield what Swift said of each damaged file, `read` or the name of an error, and the file."""
    for line in (LEFT / f"{name}.txt").read_text(encoding="ascii").splitlines():
        said, _, content = line.partition("\t")
        yield said, base64.b64decode(content)


def _read_archive(path: Path) -> None:
    with Archive(path) as archive:
        for name in archive.names:
            archive.read(name, 1 << 20)


def _read_bundle(path: Path) -> None:
    with open_bundle(path) as bundle:
        bundle.verify()
        for place in range(len(bundle.content["artifacts"])):
            bundle.artifact(place)


def _read_map(path: Path) -> None:
    runs.decode(path.read_bytes())


def _read_manifest(path: Path) -> None:
    parse_manifest(path.read_bytes(), "it")


def _read_record(path: Path) -> None:
    read_record(path.read_bytes())


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("archives", _read_archive), ("runs", _read_map), ("bundles", _read_bundle), ("contents", _read_bundle),
        ("documents-of-bundles", _read_bundle), ("manifests", _read_manifest), ("manifests-bytes", _read_manifest),
        ("records", _read_record), ("documents", _read_record),
    ],
)  # fmt: skip
def test_swift_takes_what_python_takes_and_no_other(tmp_path: Path, name: str, read: Callable[[Path], None]) -> None:
    path, ends = tmp_path / "given", collections.Counter[bool]()
    for said, data in _fuzzed(name):
        path.write_bytes(data)
        try:
            read(path)
        except (BundleError, RecordError, ValueError):
            is_read = False
        else:
            is_read = True
        assert is_read == (said == "read"), (said, data)
        ends[is_read] += 1
    assert ends.total() == 2000 and ends[False] >= 1000


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("archives", unzipped), ("runs", decoded), ("bundles", opened), ("contents", opened),
        ("documents-of-bundles", opened),
    ],
)  # fmt: skip
def test_swift_gives_the_names_of_errors_that_python_gives(name: str, read: Callable[[bytes], Any]) -> None:
    seen = set()
    for said, data in _fuzzed(name):
        try:
            read(data)
        except Refused as error:
            seen.add(said)
            assert said == str(error) or (said, str(error)) in EITHER, data
        except ValueError:
            assert said == "not-json", (said, data)
    assert len(seen) >= 6
