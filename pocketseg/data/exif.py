"""The EXIF orientation of a photo: its value, and how an array over the stored pixels is turned by it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from pocketseg.data.decode import UNREADABLE

UPRIGHT = 1
_SIDEWAYS = (5, 6, 7, 8)  # height and width are swapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A photo's size as stored, and the EXIF orientation (1 to 8; 1: upright) that turns it."""

    height_px: int
    width_px: int
    orientation: int = UPRIGHT

    @property
    def size_px(self) -> tuple[int, int]:
        """Return the stored height and width."""
        return self.height_px, self.width_px

    @property
    def upright_px(self) -> tuple[int, int]:
        """Return height and width after turning."""
        return (self.width_px, self.height_px) if self.orientation in _SIDEWAYS else self.size_px

    @property
    def keeps_size(self) -> bool:
        """Return whether a mask over the stored pixels has the size of the turned photo."""
        return self.size_px == self.upright_px


def read_stored(path: Path) -> Stored | None:
    """Return what a photo's header says, without decoding it; None where it cannot be read: reading the photo says
    why."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            said = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
            turned = said if isinstance(said, int) and 1 <= said <= 8 else UPRIGHT
            return Stored(height_px=image.height, width_px=image.width, orientation=turned)
    except UNREADABLE:  # read_image says why
        return None


def turn(values: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """Return H,W values over stored pixels turned to lie over the upright photo (EXIF 2.32, tag 274)."""
    turns: dict[int, Callable[[npt.NDArray[Any]], npt.NDArray[Any]]] = {
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.T,
        6: lambda a: np.rot90(a, -1),
        7: lambda a: a[::-1, ::-1].T,
        8: lambda a: np.rot90(a),
    }
    return np.ascontiguousarray(turns[orientation](values)) if orientation in turns else values
