"""Thumbnails for the page: a photo, its label, and each file's mask painted over it, as data URIs."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmark.device import usable_cores
from pocketseg.core.classes import CLASSES, IGNORE_INDEX, colors
from pocketseg.core.errors import UsageError
from pocketseg.core.metrics import confusion

Pixels = npt.NDArray[np.uint8]

WIDTH_PX = 240  # shown smaller, and as large where one picture is enlarged
_OPACITY = 0.6
_JPEG_QUALITY = 80
_HATCH_PX = 6
_HATCH_RGB = ((120, 120, 120), (200, 200, 200))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GalleryPhoto:
    """A photo with its label and each file's mask.

    Attributes:
        image: H,W,3.
        label: H,W; 255 is ignored.
        masks: class maps, H,W, by caption (`model target recipe`).
    """

    photo_id: str
    image: Pixels
    label: Pixels
    masks: dict[str, Pixels]

    def __post_init__(self) -> None:
        size = self.image.shape[:2]
        for what, pixels in {"label": self.label, **self.masks}.items():
            if pixels.shape != size:
                raise UsageError(f"{what} of photo {self.photo_id} is {pixels.shape}; the photo is {size}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """One picture of the gallery.

    Attributes:
        miou: over this photo only; None for the photo and the label.
        shares: share of the photo that each class covers, by class index; None for the photo itself.
    """

    caption: str
    uri: str
    width_px: int
    height_px: int
    miou: float | None = None
    shares: dict[int, float] | None = None


def thumbnails(photo: GalleryPhoto) -> list[Thumbnail]:
    """Return the pictures of the photo, its label and its masks, the masks in their given order."""
    image = _small(photo.image, Image.Resampling.LANCZOS)
    pictures = [_thumbnail("photo", image), _painted("label", image, photo.label)]

    def painted(caption: str) -> Thumbnail:
        mask = photo.masks[caption]
        return replace(_painted(caption, image, mask), miou=photo_miou(mask, photo.label))

    with ThreadPoolExecutor(usable_cores()) as pool:  # Pillow and NumPy let threads work side by side
        return [*pictures, *pool.map(painted, photo.masks)]


def _thumbnail(caption: str, pixels: Pixels) -> Thumbnail:
    height, width = pixels.shape[:2]
    return Thumbnail(caption=caption, uri=_jpeg_uri(pixels), width_px=width, height_px=height)


def _painted(caption: str, image: Pixels, mask: Pixels) -> Thumbnail:
    painted = overlay(image, _small(mask, Image.Resampling.NEAREST))
    counts = np.bincount(mask.reshape(-1), minlength=256)
    shares = {int(i): float(counts[i]) / mask.size for i in np.flatnonzero(counts) if i != IGNORE_INDEX}
    return replace(_thumbnail(caption, painted), shares=shares)


def overlay(image: Pixels, mask: Pixels) -> Pixels:
    """Return a class map (H,W) painted over a grey copy of its photo (H,W,3); ignored pixels are hatched."""
    shade = image.mean(axis=2, keepdims=True)  # H,W,1
    found = [int(c) for c in np.flatnonzero(np.bincount(mask.reshape(-1), minlength=256))]
    named = colors(max(len(CLASSES), *(c + 1 for c in found if c != IGNORE_INDEX), 1))
    painted = np.repeat(shade, 3, axis=2)
    for c in found:
        if 0 < c < IGNORE_INDEX:
            pixels = mask == c
            painted[pixels] = (1 - _OPACITY) * shade[pixels] + _OPACITY * np.asarray(named[c], np.float64)
    rows, columns = np.nonzero(mask == IGNORE_INDEX)
    painted[rows, columns] = np.asarray(_HATCH_RGB, np.float64)[(rows + columns) // (_HATCH_PX // 2) % 2]
    return painted.round().astype(np.uint8)


def photo_miou(mask: Pixels, label: Pixels) -> float:
    """Return the mean IoU over the classes in one photo's label, by the rules of core.metrics, but without torch."""
    labelled = label[label != IGNORE_INDEX]
    counts = confusion(mask, label, 1 + int(max(mask.max(initial=0), labelled.max(initial=0))))
    union = counts.sum(0) + counts.sum(1) - counts.diagonal()
    occurs = counts.sum(1) > 0
    return float((counts.diagonal()[occurs] / union[occurs]).mean()) if occurs.any() else 0.0


def within_budget(photos: Sequence[GalleryPhoto], budget_bytes: int) -> list[list[Thumbnail]]:
    """Return the thumbnails of as many of the first photos as fit into `budget_bytes` of data URIs."""
    made: list[list[Thumbnail]] = []
    for photo in photos:
        pictures = thumbnails(photo)
        budget_bytes -= sum(len(p.uri) for p in pictures)
        if budget_bytes < 0:
            break
        made.append(pictures)
    return made


def _small(pixels: Pixels, resampling: Image.Resampling) -> Pixels:
    height, width = pixels.shape[:2]
    size = (min(width, WIDTH_PX), max(1, round(height * min(width, WIDTH_PX) / width)))
    return np.asarray(Image.fromarray(pixels).resize(size, resampling), np.uint8)


def _jpeg_uri(pixels: Pixels) -> str:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode()
