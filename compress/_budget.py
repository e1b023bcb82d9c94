"""Photos, split and number of passes that steps may train with, checked and hashed before any work."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import models
from pocketseg.core.errors import SplitError, UsageError
from pocketseg.core.files import sha256_file, sha256_json, write_json
from pocketseg.data.embedded import FOLDER, sample_split
from pocketseg.data.labelled import check_parts, need_labels
from pocketseg.data.mapping import check_classes
from pocketseg.data.photos import PhotoSet, digest, open_photos
from pocketseg.data.seen import learnt_held_out
from pocketseg.data.split import Split, find_split, is_within, to_json

MAX_DROP = 0.002  # of mIoU: 0.2 points
EPOCHS = 5  # the default: small, so that an export takes minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What was asked for.

    Attributes:
        data: `FORMAT:PATH`, or empty for the training photos of the embedded sample.
        epochs: passes over the training photos for each step; 0 means no training.
        settings: changes to the training recipe.
        teachers: released names or weights files that steps learn from besides their own teacher.
        max_drop: of mIoU over validation photos, 0 to 1, that w8a8:mixed may lose in simulated rounding.
    """

    data: str = ""
    split_file: Path | None = None
    epochs: int = EPOCHS
    seed: int = 1
    accelerator: str = "auto"
    precision: str = "32-true"
    threads: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    teachers: tuple[str, ...] = ()
    max_drop: float = MAX_DROP

    def __post_init__(self) -> None:
        if self.epochs < 0:
            raise UsageError(f"epochs must not be negative, but is {self.epochs}")
        if not 0 <= self.max_drop < 1:
            raise UsageError(
                f"the drop of mIoU must be from 0 to below 1, not {self.max_drop}", hint="--max-drop 0.002"
            )
        if self.split_file is not None and not self.data:
            raise UsageError("--split-file needs --data", hint="the embedded photos come with their split")


@dataclass(frozen=True, slots=True, kw_only=True)
class Photos:
    """The budget's photos, opened: `spec` opens them again. hash: over bytes of photos and labels, and classes."""

    photos: PhotoSet
    split: Split
    spec: str
    name: str
    hash: str
    unlabelled: int

    def split_file(self, folder: Path) -> Path:
        """Write the split to the place where training reads it."""
        return write_json(folder / "split.json", to_json(self.split))


def open_budget(budget: Budget) -> Photos:
    """Open the photos and their split. Raises DataError, SplitError, UsageError."""
    return _opened(budget.data, budget.split_file)


@functools.lru_cache(maxsize=2)  # a sweep asks for every cell
def _opened(data: str, split_file: Path | None) -> Photos:
    spec = data or f"folder:{FOLDER}"
    photos = open_photos(spec)
    need_labels(photos)
    split = find_split(photos, split_file, ("train", "val")) if data else sample_split()
    for part in ("train", "val"):
        if not split.ids(part):
            raise SplitError(
                f"split {split.name} has no {part} photos", hint="a step trains on train and chooses on val"
            )
    if data:
        check_parts(photos, {part: split.ids(part) for part in ("train", "val")})
    labelled = [*split.ids("train"), *split.ids("val")]
    found = {
        "format": photos.format,
        "mapping": dataclasses.asdict(photos.mapping),
        "split": split.hash,
        "labels": [_hash_of(path) for path in sorted({photos.mask_path(i) for i in labelled})],
        "unlabelled": [digest(photos.image_path(i)) for i in sorted(photos.unlabelled_ids)],
    }
    return Photos(
        photos=photos,
        split=split,
        spec=spec,
        name=photos.format if data else "embedded",
        hash=sha256_json(found)[:16],
        unlabelled=len([i for i in photos.unlabelled_ids if i not in split.never]),
    )


def _hash_of(path: Path) -> str:
    """Return the hash of a file of labels; a missing one is refused later, where it is read."""
    return sha256_file(path) if path.is_file() else ""


def check_fits(loaded: models.Loaded, photos: Photos) -> None:
    """Refuse photos that do not fit the network. Raises UsageError.

    These are photos of other classes, photos under a split other than the network's, because its training photos may be
    validation photos there, and held-out photos that an earlier training of the network used.
    """
    check_classes(loaded.name, loaded.spec.classes, str(photos.photos.root), photos.photos.classes)
    seen = loaded.metadata.get("split_hash", "")
    if seen and not is_within(photos.split, seen):
        raise UsageError(
            f"{loaded.name} was trained on split {seen}, but its steps would train on split {photos.split.hash}",
            hint="give --data (and --split-file) with the photos that it was trained on",
        )
    if learnt := learnt_held_out(loaded.metadata, photos.photos, photos.split):
        raise UsageError(
            f"{loaded.name} was trained on {learnt}, which a step chooses on or holds out",
            hint="use the split of all its trainings, or a network that never saw these photos",
        )
