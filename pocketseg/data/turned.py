"""A data set whose masks lie over the photos' stored pixels: EXIF turns each mask as it turns its photo."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pocketseg.data.exif import UPRIGHT, read_stored, turn
from pocketseg.data.faults import Report, refuse
from pocketseg.data.mapping import ClassMapping
from pocketseg.data.spec import Masks

if TYPE_CHECKING:
    from pocketseg.data.photos import DensePose, PhotoSet, Pixels


@dataclass(frozen=True, slots=True)
class TurnedPhotos:
    """A PhotoSet like `stored`, but with its labels turned upright."""

    stored: PhotoSet

    @property
    def format(self) -> str:
        return self.stored.format

    @property
    def root(self) -> Path:
        return self.stored.root

    @property
    def mapping(self) -> ClassMapping:
        """Return the mapping, which includes how masks lie, so that hashes of it differ."""
        return dataclasses.replace(self.stored.mapping, masks=Masks.UNTURNED)

    @property
    def classes(self) -> tuple[str, ...]:
        return self.stored.classes

    @property
    def assumption(self) -> str:
        return self.stored.assumption

    @property
    def ids(self) -> Sequence[str]:
        return self.stored.ids

    @property
    def unlabelled_ids(self) -> Sequence[str]:
        return self.stored.unlabelled_ids

    def image_path(self, photo_id: str) -> Path:
        return self.stored.image_path(photo_id)

    def mask_path(self, photo_id: str) -> Path:
        return self.stored.mask_path(photo_id)

    def labelled_at(self, photo_id: str) -> tuple[Path, int | None]:
        return self.stored.labelled_at(photo_id)

    def labels(self, photo_id: str, report: Report = refuse) -> Pixels:
        """Return the label ids over the upright photo, H,W."""
        return turn(self.stored.labels(photo_id, report), self._orientation(photo_id))

    def mask(self, photo_id: str) -> Pixels:
        """Return the class indices over the upright photo, H,W."""
        return turn(self.stored.mask(photo_id), self._orientation(photo_id))

    def keypoints(self, photo_id: str) -> npt.NDArray[np.float32] | None:
        return self.stored.keypoints(photo_id)

    def dense_pose(self, photo_id: str) -> DensePose | None:
        return self.stored.dense_pose(photo_id)

    def check_extras(self, photo_id: str, size_px: tuple[int, int] | None, report: Report) -> None:
        """Compare what lies beside the labels with the photo's stored size."""
        found = read_stored(self.image_path(photo_id))
        self.stored.check_extras(photo_id, size_px if found is None else found.size_px, report)

    def _orientation(self, photo_id: str) -> int:
        found = read_stored(self.image_path(photo_id))
        return UPRIGHT if found is None else found.orientation
