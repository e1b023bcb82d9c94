"""The photos that a sweep trains, chooses and scores on, and hashes that tell when they or their labels change."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import models
from benchmark.photos import ScoredPhotos, part_of, photos_hash, sample_part
from compress._budget import open_budget
from pocketseg.core.errors import SplitError
from pocketseg.core.files import sha256_json
from pocketseg.data.embedded import sample_photos, sample_split
from pocketseg.data.labelled import check_parts, need_labels
from pocketseg.data.photos import PhotoSet, open_photos
from pocketseg.data.seen import learnt_held_out, seen_by
from pocketseg.data.split import Split, check_present, find_split

if TYPE_CHECKING:
    from pocketseg.sweep.plan import Cell, Sweep


def photos_of(sweep: Sweep, part: str) -> ScoredPhotos:
    """Open one part of the sweep's photos for scoring. Raises DataError, and SplitError where that part is empty."""
    return part_of(sweep.data, part, sweep.split_file) if sweep.data else sample_part(part)


def _opened(sweep: Sweep) -> tuple[PhotoSet, Split]:
    """Open the sweep's photos and their split; the test photos stay closed."""
    if not sweep.data:
        return sample_photos(), sample_split()
    photos = open_photos(sweep.data)
    return photos, find_split(photos, sweep.split_file, ("train",))


def seen_notes(sweep: Sweep, cells: Sequence[Cell]) -> list[str]:
    """Return a sentence for each network that has learnt from photos the sweep scores. Raises CheckpointError."""
    photos, split = _opened(sweep)
    said = []
    for name, model in dict.fromkeys((cell.name, cell.model) for cell in cells):
        metadata = models.read_metadata(models.locate(model))
        if learnt := learnt_held_out(metadata, photos, split):
            said.append(f"{name} has learnt from {learnt}, so scores on those are optimistic")
        elif unknown := seen_by(metadata, [split]).unknown:
            said.append(
                f"{name} was trained on split {', '.join(unknown)}, which is not available here, so it is unknown "
                "whether any of these photos is among its training photos"
            )
    return said


def test_photos_hash(sweep: Sweep) -> str:
    """Return the hash of the test photos and of the files of their labels, opening none; empty where the split has
    none.

    Raises SplitError where the data lacks some of them.
    """
    photos, split = _opened(sweep)
    if not (ids := split.ids("test")):
        return ""
    check_present(split, photos, ("test",))
    labels = {photos.labelled_at(i)[0] for i in ids}
    changed = [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in sorted(labels) if path.is_file()]
    return sha256_json([dict(split.photos["test"]), changed, dataclasses.asdict(photos.mapping)])[:16]


def data_hash(sweep: Sweep) -> str:
    """Return the hash of the data that a sweep uses.

    It covers the split, which fixes the photos byte for byte; the labels that files are scored on; and everything that
    steps may learn from. Raises DataError, and SplitError where there are no validation photos.
    """
    learns = True
    if sweep.data:
        photos = open_photos(sweep.data)
        need_labels(photos)
        split = find_split(photos, sweep.split_file, ("train", "val"))
        if not split.ids("val"):
            raise SplitError(
                f"split {split.name} has no validation photos, on which files are compared",
                hint="make a split that has some: pocketseg data split FORMAT:PATH --out FILE",
            )
        check_parts(photos, {part: split.ids(part) for part in ("train", "val")})
        learns = bool(split.ids("train"))
    scored = photos_of(sweep, "val")
    return sha256_json([scored.hash, photos_hash(scored), open_budget(sweep.budget).hash if learns else ""])
