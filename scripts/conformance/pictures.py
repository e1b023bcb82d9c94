"""Pictures for cases: noise, in which every pixel shows its position, and crops of the embedded photos."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt

from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.data.photos import read_image

Pixels = npt.NDArray[np.uint8]


def noise(name: str, *shape: int) -> Pixels:
    """Return bytes drawn from a seed, the same everywhere."""
    drawn = random.Random(name).randbytes(int(np.prod(shape)))
    return np.frombuffer(drawn, np.uint8).reshape(shape).copy()


def reals(name: str, *shape: int) -> npt.NDArray[np.float64]:
    """Return numbers from -8 to 8 in steps of 1/64, exact in every float type."""
    chance = random.Random(name)
    drawn = [chance.randint(-512, 512) / 64 for _ in range(int(np.prod(shape)))]
    return np.array(drawn).reshape(shape)


def photo(place: int = 0) -> Pixels:
    """Return an embedded training photo, H,W,3."""
    return read_image(sample_photos().image_path(sample_ids("train")[place]))


def cut(image: Pixels, top: int, left: int, height: int, width: int) -> Pixels:
    """Return a part of a photo."""
    return np.ascontiguousarray(image[top : top + height, left : left + width])
