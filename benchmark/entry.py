"""A file to measure, and whether labelled photos can score it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.further import check_given
from benchmark.photos import ScoredPhotos
from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.types import Artifact
from pocketseg.data.faults import reported
from pocketseg.data.labelled import part_name, raised
from pocketseg.data.mapping import check_classes
from pocketseg.data.mask_facts import MaskFacts, facts, verdict
from pocketseg.data.photos import read_pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file to measure: its manifest's content, its path (manifest.json beside it), its runtime's name."""

    artifact: Artifact
    path: Path
    runtime: str


def as_described(artifact: Artifact) -> dict[str, Any]:
    """Return what a manifest says of how its file is fed and read: the same bytes, described otherwise, score
    otherwise."""
    return {
        "inputs": [dataclasses.asdict(tensor) for tensor in artifact.inputs],
        "outputs": [dataclasses.asdict(tensor) for tensor in artifact.outputs],
        "input_px": [artifact.input_height_px, artifact.input_width_px],
        "classes": list(artifact.classes),
    }


def check_entries(entries: Sequence[Entry], data: ScoredPhotos) -> None:
    """Refuse files that cannot be scored on a data set, without reading its photos. Raises UsageError."""
    if not data.ids:
        raise UsageError(f"{data.name} has no photos to score")
    for entry in entries:
        check_classes(str(entry.path), entry.artifact.classes, data.name, data.photos.classes)
        check_given(entry.artifact, data)


def check_threads(threads: int) -> None:
    """Refuse a number of threads on which no file can run. Raises UsageError."""
    if threads < 1:
        raise UsageError(f"a file cannot run on {threads} threads", hint="give --threads 1 or more")


def check_photos(
    entries: Sequence[Entry],
    data: ScoredPhotos,
    progress: Callable[[str, int, int], None],
    warn: Callable[[str], None],
) -> None:
    """Read all photos, and refuse those on which the files cannot be scored. Raises UsageError, DataError.

    warn: called with a sentence on labels whose meaning stays open.
    """
    check_entries(entries, data)
    masks: list[MaskFacts] = []
    faults: list[DataError] = []
    for place, photo_id in enumerate(data.ids):
        with reported(faults.append):
            _, mask = read_pair(data.photos, photo_id)
            masks.append(facts(data.photos, photo_id, mask))
        progress("checking that the photos can be read", place + 1, len(data.ids))
    for note in raised(verdict(data.photos, masks, faults, part_name(data.split or "all"))):
        warn(note)
