"""Thousands of damaged files: each reads to what its bytes say in the one canonical form, or is a BundleError."""

from __future__ import annotations

import collections
import random
from pathlib import Path

import numpy as np
import pytest
from _damage import limit
from _fuzz import at_most, crafted_archive, crafted_runs, damaged

from pocketseg.core.archive import Archive, check_name, write_archive
from pocketseg.core.errors import BundleError
from pocketseg.core.runs import MOST_PIXELS, decode, encode

pytestmark = pytest.mark.phones
COUNT = 1_000  # of each kind of file
FILES = {
    "artifacts/0/manifest.json": b'{"target": "tflite"}',
    "artifacts/0/model.tflite": bytes(range(200)),
    "bundle.json": b'{"schema_version": "1.0"}',
    "labels/0.runs": encode(np.eye(5, dtype=np.uint8)),
    "z": b"",
}


def read_all(path: Path, out: Path) -> dict[str, bytes]:
    """Read every file of an archive in both ways."""
    with Archive(path) as archive:
        found = {name: archive.read(name, 1 << 16) for name in archive.names}
        for name, data in found.items():
            assert archive.extract(name, out / check_name(name)).read_bytes() == data
    return found


def outside(folder: Path) -> list[str]:
    """List what lies in a folder but for what was extracted, and every link."""
    found = [p for p in folder.rglob("*") if p.is_symlink() or "out" not in p.relative_to(folder).parts[:1]]
    return sorted(p.relative_to(folder).as_posix() for p in found)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_archive_is_the_same_or_refused(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    original = write_archive(tmp_path / "right.zip", FILES).read_bytes()
    others = [
        write_archive(tmp_path / "other.zip", {"a": b"1", "bundle.json": b"{}"}).read_bytes(),
        FILES["bundle.json"],
    ]
    (tmp_path / "other.zip").unlink()
    path = tmp_path / "given.zip"
    ends: collections.Counter[str] = collections.Counter()
    with limit(), at_most(4 << 20):
        for number in range(COUNT // 4):
            path.write_bytes(data := damaged(original, rng, others))
            try:
                found = read_all(path, tmp_path / "out" / str(number))
            except BundleError as error:
                assert error.hint and len(str(error)) < 1000
                ends["refused"] += 1
            else:
                assert found == FILES or data in others
                assert data == original or data in others
                ends["read"] += 1
    assert ends["refused"] > 0.9 * COUNT / 4
    assert outside(tmp_path) == ["given.zip", "right.zip"]


@pytest.mark.parametrize("seed", range(4))
def test_an_archive_of_any_headers_is_canonical_or_refused(tmp_path: Path, seed: int) -> None:
    rng = random.Random(100 + seed)
    path = tmp_path / "given.zip"
    ends: collections.Counter[str] = collections.Counter()
    with limit(), at_most(4 << 20):
        for number in range(COUNT // 4):
            path.write_bytes(data := crafted_archive(FILES, rng))
            try:
                found = read_all(path, tmp_path / "out" / str(number))
            except BundleError:
                ends["refused"] += 1
            else:
                again = write_archive(tmp_path / "again.zip", found).read_bytes()  # type: ignore[arg-type]
                assert again == data
                (tmp_path / "again.zip").unlink()
                ends["read"] += 1
    assert min(ends["refused"], ends["read"]) > 0.1 * COUNT / 4
    assert outside(tmp_path) == ["given.zip"]


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_class_map_is_canonical_or_refused(seed: int) -> None:
    rng = random.Random(200 + seed)
    pixels = np.random.default_rng(seed)
    originals = [encode(pixels.integers(0, 3, (11, 13), dtype=np.uint8)), encode(np.zeros((70, 50), np.uint8)),
                 encode(np.repeat(pixels.integers(0, 256, 9), 130)[None].astype(np.uint8))]  # fmt: skip
    ends: collections.Counter[str] = collections.Counter()
    with limit():
        for number in range(COUNT // 2):
            data = damaged(rng.choice(originals), rng, originals) if number % 2 else crafted_runs(rng)
            try:
                with at_most(int(2.2 * MOST_PIXELS)):
                    found = decode(data)
            except BundleError as error:
                assert error.hint and len(str(error)) < 1000
                ends["refused"] += 1
            else:
                assert encode(found) == data
                ends["read"] += 1
    assert min(ends["refused"], ends["read"]) > 0.05 * COUNT / 2
