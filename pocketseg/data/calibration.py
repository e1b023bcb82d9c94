"""Photos that calibrate a file's number ranges and on which it is compared with its network: training photos only."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.files import sha256_json
from pocketseg.data.embedded import sample_ids, sample_photos, sample_split_hash
from pocketseg.data.photos import Pixels, digest, open_photos, read_image
from pocketseg.data.spec import without_folders
from pocketseg.data.split import Split, find_split
from pocketseg.data.training_photos import (
    TrainingPhotos,
    every_photo,
    held_out_of,
    may_be_of,
    training_photos,
    with_originals,
)

COUNT = 32
PARITY_COUNT = 8
EMBEDDED = "embedded"  # the value of --calibration for the photos that ship with the project
Item = TypeVar("Item")


class Part(enum.Enum):
    """Which photos of the user's own data calibrate: those in training, or all, where none of them will ever be
    scored."""

    TRAIN = "train"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Photos for calibration.

    Attributes:
        spec: `FORMAT:PATH`; `embedded` for the embedded photos, or empty where they were not asked for by name.
        files, digests: of each photo, in order.
        hash: over the digests.
        split_hash: of the split in force, empty without one.
        notes: what a user should know about the choice.
    """

    spec: str
    files: tuple[Path, ...]
    digests: tuple[str, ...]
    hash: str
    split_hash: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_embedded(self) -> bool:
        """Return whether these are the photos that ship with the project."""
        return self.spec in ("", EMBEDDED)

    @property
    def source(self) -> str:
        """Return the name of the photos for a manifest, which travels with its file."""
        return "embedded training photos" if self.is_embedded else without_folders(self.spec)

    def images(self) -> Iterator[Pixels]:
        """Yield the photos, each H,W,3 uint8 RGB. Raises DataError for one whose bytes have changed."""
        for file, expected in zip(self.files, self.digests, strict=True):
            if digest(file) != expected:
                raise DataError(f"photo {file} changed while it was in use", hint="start again", path=file)
            yield read_image(file)

    def fewer(self, count: int) -> Calibration:
        """Return at most `count` of the photos, evenly spaced."""
        chosen = evenly(range(len(self.files)), count)
        digests = tuple(self.digests[k] for k in chosen)
        return dataclasses.replace(
            self, files=tuple(self.files[k] for k in chosen), digests=digests, hash=_hash(digests)
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values for the process that converts; paths become absolute."""
        return {
            "spec": self.spec,
            "files": [str(file.resolve()) for file in self.files],
            "digests": list(self.digests),
            "split_hash": self.split_hash,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Calibration:
        """Return the photos that `to_json` described."""
        digests = tuple(content["digests"])
        return cls(
            spec=content["spec"],
            files=tuple(map(Path, content["files"])),
            digests=digests,
            hash=_hash(digests),
            split_hash=content["split_hash"],
        )


def evenly(items: Sequence[Item], count: int) -> list[Item]:
    """Return at most `count` of the items, evenly spaced."""
    step = max(1.0, len(items) / count)
    return [items[int(k * step)] for k in range(min(count, len(items)))]


def golden_photo() -> Calibration:
    """Return the embedded training photo for which a manifest keeps output values that an app must reproduce."""
    photos, (first, *_) = sample_photos(), sample_ids("train")
    path = photos.image_path(first)
    digests = (digest(path),)
    return Calibration(spec="", files=(path,), digests=digests, hash=_hash(digests), split_hash=sample_split_hash())


def parity_photos(calibration: Calibration) -> Calibration:
    """Return those of the calibration photos on which a file is compared with its network."""
    return calibration.fewer(PARITY_COUNT)


def open_calibration(
    spec: str = "",
    count: int = COUNT,
    split_file: Path | None = None,
    part: Part = Part.TRAIN,
    held_out_by: Sequence[Split] = (),
) -> Calibration:
    """Return at most `count` photos, evenly spaced over the ids: training photos under the split in force.

    Args:
        spec: `FORMAT:PATH`.
        count: how many photos at most.
        split_file: of the photos of spec; pocketseg/data/training_photos.py says what holds without one.
        part: training photos, or all.
        held_out_by: splits of other data in use, whose validation and test photos are left out too.

    Raises:
        UsageError, DataError, SplitError: where the names or the split do not fit.
    """
    if count < 1:
        raise UsageError(f"calibration needs at least 1 photo, not {count}", hint=f"the default is {COUNT}")
    if spec in ("", EMBEDDED):
        if part is Part.ALL or split_file is not None:
            raise UsageError(
                "--split-file and --calibration-split apply only to your own photos",
                hint="give --calibration FORMAT:PATH (or --data FORMAT:PATH) too",
            )
        return _embedded(spec, count, held_out_by)
    if part is Part.ALL and split_file is not None:
        raise UsageError(
            "--calibration-split all takes every photo, whatever a split file says",
            hint="leave out one of --calibration-split and --split-file",
        )
    photos = open_photos(spec)
    found = every_photo(photos, held_out_by) if part is Part.ALL else training_photos(photos, split_file, held_out_by)
    if not found.digests:
        raise DataError(
            f"{spec} has no photo to calibrate on",
            hint="calibration uses only training photos, and all of these are held out for validation or test",
            path=photos.root,
        )
    return _calibration(spec, [photos.image_path(i) for i in found.digests], found, count)


def calibration_for(
    spec: str, data: str, split_file: Path | None, count: int = COUNT, part: Part = Part.TRAIN
) -> Calibration:
    """Return the photos that --calibration names (spec), else the training photos of --data, else the embedded ones.

    No photo that the split of data holds out calibrates, whichever folder it lies in.

    Args:
        spec: the value of --calibration, or None.
        data: the value of --data, or None.
        split_file: of data, and of spec's photos where it knows them.
        count: how many photos at most.
        part: training photos, or all.

    Raises:
        UsageError, DataError, SplitError: where the names or the split do not fit.
    """
    if not data or data == spec:
        return open_calibration(spec, count, split_file, part)
    if not spec:
        return open_calibration(data, count, split_file, part)
    scored = open_photos(data)
    split = with_originals(find_split(scored, split_file, ("train",)), scored)
    of_spec = spec != EMBEDDED and part is Part.TRAIN and may_be_of(split, open_photos(spec))
    return open_calibration(spec, count, split_file if of_spec else None, part, [split])


def _embedded(spec: str, count: int, held_out_by: Sequence[Split]) -> Calibration:
    photos = sample_photos()
    held_out = set(held_out_of(held_out_by))
    digests = {i: digest(photos.image_path(i)) for i in sample_ids("train")}
    digests = {i: d for i, d in digests.items() if d not in held_out}
    found = TrainingPhotos(digests=digests, split_hash=sample_split_hash())
    return _calibration(spec, [photos.image_path(i) for i in digests], found, count)


def _calibration(spec: str, files: Sequence[Path], found: TrainingPhotos, count: int) -> Calibration:
    digests = tuple(found.digests.values())
    whole = Calibration(
        spec=spec,
        files=tuple(files),
        digests=digests,
        hash=_hash(digests),
        split_hash=found.split_hash,
        notes=found.notes,
    )
    return whole.fewer(count)


def _hash(digests: Sequence[str]) -> str:
    return sha256_json(list(digests))[:16]
