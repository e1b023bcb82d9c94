"""The labelled photos on which files are scored: a part of a data set, and the hash that identifies it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.core.files import sha256_json
from pocketseg.data.embedded import sample_ids, sample_photos, sample_split, sample_split_hash
from pocketseg.data.labelled import labels_hash, need_labels
from pocketseg.data.photos import PhotoSet, digest, open_photos
from pocketseg.data.signals.source import SignalSource
from pocketseg.data.split import SPLITS, Split, part_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPhotos:
    """The photos to score on.

    Attributes:
        name, split, hash: the names of the data and of the part in rows, and the hash of the split.
        chosen_by: the split by which the photos were chosen; None if all are scored or no split is known.
        signals: of the photos, for networks and files that take them beside the photo; None where none are given.
    """

    photos: PhotoSet
    ids: tuple[str, ...]
    name: str
    split: str = ""
    hash: str = ""
    chosen_by: Split | None = None
    signals: SignalSource | None = None


def part_of(spec: str, part: str, split_file: Path | None) -> ScoredPhotos:
    """Open a part of `FORMAT:PATH` for scoring: train, val, test or all. Raises UsageError, DataError, SplitError."""
    photos = open_photos(spec)
    need_labels(photos)
    ids, split = part_ids(photos, part, split_file)
    return ScoredPhotos(
        photos=photos, ids=ids, name=spec, split=part, hash=split.hash if split else "", chosen_by=split
    )


def sample_part(part: str) -> ScoredPhotos:
    """Open the embedded photos of a part for scoring."""
    return ScoredPhotos(
        photos=sample_photos(), ids=sample_ids(part), name="embedded sample", split=part, hash=sample_split_hash(),
        chosen_by=sample_split(),
    )  # fmt: skip


def scored_photos(spec: str, part: str, split_file: Path | None) -> ScoredPhotos:
    """Return the photos that a file is scored on: from `FORMAT:PATH`, or the embedded ones for an empty spec.

    part: train, val, test or all. Raises UsageError, UnknownNameError, DataError, SplitError.
    """
    if spec:
        return part_of(spec, part, split_file)
    if split_file is not None:
        raise UsageError("--split-file needs --data", hint="the embedded photos come with their own split")
    if part not in (*SPLITS, "all"):
        raise UnknownNameError("split", part, (*SPLITS, "all"))
    sample = sample_photos()
    if part == "all":
        return ScoredPhotos(photos=sample, ids=tuple(sample.ids), name="embedded", split=part, hash=sample_split_hash())
    return dataclasses.replace(sample_part(part), name="embedded")


def photos_hash(data: ScoredPhotos) -> str:
    """Return the hash of all that scores depend on: the photos and labels byte for byte, and the mapping to classes."""
    facts = {
        "images": [[i, digest(data.photos.image_path(i))] for i in data.ids],
        "labels": labels_hash(data.photos, data.ids),
    }
    return sha256_json(facts)[:16]
