"""Cases of the class map file (.runs): maps with their one file, and damaged files with the error each must cause."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

from pocketseg.core import runs
from scripts.conformance.arrays import Array, Store
from scripts.conformance.pictures import noise

ERRORS = {
    "no-class-map": "it does not begin with PSCM",
    "other-version": "its version is not 1",
    "beyond-bounds": "height or width is 0, or there are more than 100,000,000 pixels",
    "truncated": "it ends within its header or a run, or before its map is full",
    "not-canonical": "two neighbouring runs have one class, or a length is 0 or not in its shortest form",
    "too-long": "its runs have more pixels than its map",
}
_CUT = (0, 3, 4, 5, 8, 12, 13, 14)


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    return {
        "about": "docs/bundle.md, class map files; bytes must be equal both ways",
        "errors": ERRORS,
        "cases": [_case(store, name, classes) for name, classes in _maps().items()],
        "refused": [{"name": name, "bytes": data.hex(), "error": error} for name, data, error in damaged()],
    }


def _case(store: Store, name: str, classes: Array) -> dict[str, Any]:
    data = np.frombuffer(runs.encode(classes), np.uint8)
    return {"name": name, "map": store.given(classes, f"{name}-map"), "runs": store.given(data, name)}


def _maps() -> dict[str, Array]:
    long = np.repeat(np.arange(6, dtype=np.uint8), [127, 128, 129, 16383, 16384, 49])
    blobs = np.add.outer(np.arange(21) // 4, np.arange(34) // 5).astype(np.uint8) % 4
    return {
        "one-pixel": np.array([[7]], np.uint8),
        "one-run": np.full((3, 5), 2, np.uint8),
        "void": np.full((2, 1), 255, np.uint8),
        "lengths-of-one-two-and-three-bytes": long.reshape(100, -1),
        "every-class": np.arange(256, dtype=np.uint8).reshape(8, 32),
        "every-pixel-another": np.indices((5, 9)).sum(0).astype(np.uint8) % 2,
        "noise": noise("runs", 9, 4) % 3,
        "over-rows": np.array([[0, 0, 1], [1, 1, 1], [1, 2, 2], [2, 0, 0]], np.uint8),
        "blobs": blobs,
        "row": noise("row", 1, 23) % 2,
        "column": noise("column", 23, 1) % 2,
    }


def damaged() -> list[tuple[str, bytes, str]]:
    """Return damaged files, each with one thing wrong: name, bytes, error."""
    whole = runs.encode(np.array([[0, 0, 3], [3, 3, 3]], np.uint8))  # two runs: 2 of 0, 4 of 3

    def file(body: str, height: int = 2, width: int = 3, version: int = 1) -> bytes:
        return struct.pack("<4sBII", b"PSCM", version, height, width) + bytes.fromhex(body)

    return [
        *((f"cut-after-{n}", whole[:n], "truncated" if n >= 4 else "no-class-map") for n in _CUT),
        ("cut-within-a-length", file("0080"), "truncated"),
        ("cut-after-a-class", file("000203"), "truncated"),
        ("one-pixel-missing", file("00020303"), "truncated"),
        ("no-runs", file(""), "truncated"),
        ("other-letters", b"PSCN" + whole[4:], "no-class-map"),
        ("small-letters", b"pscm" + whole[4:], "no-class-map"),
        ("a-byte-before", b"\n" + whole, "no-class-map"),
        ("version-0", file("00020304", version=0), "other-version"),
        ("version-2", file("00020304", version=2), "other-version"),
        ("height-0", file("", height=0), "beyond-bounds"),
        ("width-0", file("", width=0), "beyond-bounds"),
        ("too-many-pixels", file("0001", height=10_001, width=10_000), "beyond-bounds"),
        ("both-sizes-of-32-bits", file("0001", height=0xFFFFFFFF, width=0xFFFFFFFF), "beyond-bounds"),
        ("big-endian-size", whole[:5] + struct.pack(">II", 2, 3) + whole[13:], "beyond-bounds"),
        ("one-class-in-two-runs", file("0001" + "0001" + "0304"), "not-canonical"),
        ("length-0-first", file("0100" + "00020304"), "not-canonical"),
        ("length-0-last", file("00020304" + "0500"), "not-canonical"),
        ("longer-form", file("008200" + "0304"), "not-canonical"),
        ("longer-form-of-128", file("00808100", height=1, width=128), "not-canonical"),
        ("a-run-more", file("00020304" + "0501"), "too-long"),
        ("last-run-too-long", file("00020305"), "too-long"),
        ("length-of-28-bits", file("00ffffff7f"), "too-long"),
        ("length-of-64-bits", file("00ffffffffffffffffff01"), "too-long"),
    ]
