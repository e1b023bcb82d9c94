"""Every set of cases, by the name of its file, with the function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scripts.conformance import (
    archives,
    bundles,
    class_maps,
    confusion,
    decode,
    engines,
    golden,
    manifests,
    method,
    preprocessing,
    raw_memory,
    records,
    runs,
    turns,
    yuv,
)
from scripts.conformance.arrays import Store, text_of

SETS: dict[str, Callable[[Store], dict[str, Any]]] = {
    "preprocessing": preprocessing.cases,
    "exif": turns.exif,
    "camera": turns.camera,
    "yuv": yuv.cases,
    "decode": decode.cases,
    "raw_memory": raw_memory.cases,
    "class_maps": class_maps.cases,
    "confusion": confusion.cases,
    "golden": golden.cases,
    "runs": runs.cases,
    "archives": archives.cases,
    "engines": engines.cases,
    "bundles": bundles.cases,
    "manifests": manifests.cases,
    "records": records.cases,
    "method": lambda store: method.cases(),
}


def made(name: str) -> dict[str, bytes]:
    """Return a set: its files by their path below conformance/cases."""
    store = Store(name)
    text = text_of(SETS[name](store))
    return {f"{name}.json": text.encode(), **store.files}
