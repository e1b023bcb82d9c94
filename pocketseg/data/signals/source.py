"""Where signals come from: files that a user names (`poses=FILE`, `persons=FILE`), or the data set's own folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.core.files import sha256_file
from pocketseg.data.photos import PhotoSet, Pixels, read_image
from pocketseg.data.signals.joints import Points, common, nobody
from pocketseg.data.signals.persons_file import PersonsFile
from pocketseg.data.signals.poses_file import read_poses

FROM_DATA = "data"
_FILES = ("poses", "persons")


class SignalSource(Protocol):
    """Joints, silhouettes and dense pose of photos by id. They are made from photos alone: no source reads masks."""

    @property
    def sha256(self) -> Mapping[str, str]:
        """The digest of each file that the signals come from, by its part of --signals."""

    def points(self, photo_id: str) -> Points:
        """The joints of the main person, 17 x 2 fractions; NaN where not found, or where there is no person."""

    def person(self, photo_id: str) -> Pixels | None:
        """The silhouette, h,w uint8 of any size; None where no person was found."""

    def parts(self, photo_id: str) -> Pixels | None:
        """DensePose's parts, h,w uint8 of any size, 0 to 24; None where the photo has no dense pose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFiles:
    """Signals from files in the layouts of poses_file.py and persons_file.py; each file may be missing."""

    poses: Mapping[str, Points] = field(default_factory=dict, repr=False)
    persons: PersonsFile | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)

    def points(self, photo_id: str) -> Points:
        found = self.poses.get(photo_id)
        return nobody() if found is None else found

    def person(self, photo_id: str) -> Pixels | None:
        return None if self.persons is None else self.persons.person(photo_id)

    def parts(self, photo_id: str) -> Pixels | None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsOfData:
    """Signals that lie beside the photos, as in Dress Code: keypoints, and dense pose, whose parts form the person."""

    photos: PhotoSet
    sha256: Mapping[str, str] = field(default_factory=dict)

    def points(self, photo_id: str) -> Points:
        joints = self.photos.keypoints(photo_id)
        if joints is None:
            return nobody()
        height_px, width_px = read_image(self.photos.image_path(photo_id)).shape[:2]
        return common((joints[:, :2] / np.array([width_px, height_px])).astype(np.float32))

    def person(self, photo_id: str) -> Pixels | None:
        parts = self.parts(photo_id)
        return None if parts is None else np.where(parts > 0, np.uint8(255), np.uint8(0))

    def parts(self, photo_id: str) -> Pixels | None:
        dense = self.photos.dense_pose(photo_id)
        return None if dense is None or not dense.parts.any() else dense.parts


def open_signals(named: Sequence[str], photos: PhotoSet) -> SignalSource:
    """Open what --signals names: `poses=FILE` and `persons=FILE`, or `data` for the data set's own folders.

    Raises UsageError for an unknown name or one given twice, DataError for a file that cannot be used.
    """
    if FROM_DATA in named:
        if len(named) > 1:
            raise UsageError(f"--signals {FROM_DATA} takes all signals from the data", hint="leave the others out")
        return SignalsOfData(photos=photos)
    files: dict[str, Path] = {}
    for text in named:
        part, equals, path = text.partition("=")
        if part not in _FILES or not path:
            if equals and part not in _FILES:
                raise UnknownNameError("part of --signals", part, _FILES)
            raise UsageError(
                f"--signals {text!r} does not name a file", hint=f"write poses=FILE, persons=FILE or {FROM_DATA}"
            )
        if part in files:
            raise UsageError(f"--signals {part} is given twice", hint="one file holds all photos")
        files[part] = Path(path)
    return SignalFiles(
        poses=read_poses(files["poses"]) if "poses" in files else {},
        persons=PersonsFile(files["persons"]) if "persons" in files else None,
        sha256={part: sha256_file(path) for part, path in sorted(files.items())},
    )
