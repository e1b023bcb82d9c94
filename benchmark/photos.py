"""The labelled photos that files are scored on: a part of a data set, and the hash that tells one from another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.files import sha256_json
from pocketseg.data.embedded import sample_ids, sample_photos, sample_split_hash
from pocketseg.data.labelled import labels_hash, need_labels
from pocketseg.data.photos import PhotoSet, digest, open_photos
from pocketseg.data.split import part_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPhotos:
    """What is scored on. name, split, hash: how rows call the data, the part and what froze it."""

    photos: PhotoSet
    ids: tuple[str, ...]
    name: str
    split: str = ""
    hash: str = ""


def part_of(spec: str, part: str, split_file: Path | None) -> ScoredPhotos:
    """Open a part of `FORMAT:PATH` for scoring: train, val, test or all. Raises UsageError, DataError, SplitError."""
    photos = open_photos(spec)
    need_labels(photos)
    ids, split_hash = part_ids(photos, part, split_file)
    return ScoredPhotos(photos=photos, ids=ids, name=spec, split=part, hash=split_hash)


def sample_part(part: str) -> ScoredPhotos:
    """Open the embedded photos of a part for scoring."""
    return ScoredPhotos(
        photos=sample_photos(), ids=sample_ids(part), name="embedded sample", split=part, hash=sample_split_hash()
    )


def photos_hash(data: ScoredPhotos) -> str:
    """Hash what scores are of: the photos, their labels byte for byte, and what makes classes of these."""
    facts = {
        "images": [[i, digest(data.photos.image_path(i))] for i in data.ids],
        "labels": labels_hash(data.photos, data.ids),
    }
    return sha256_json(facts)[:16]
