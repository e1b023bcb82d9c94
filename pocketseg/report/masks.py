"""Masks as pictures: the classes of a photo as a palette PNG, and laid over the photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from pocketseg.core.classes import colors
from pocketseg.core.files import write_encoded
from pocketseg.data.photos import Pixels

MASK_END, OVERLAY_END = "-mask.png", "-overlay.jpg"
_OPACITY = 0.55
_STRIP_PIXELS = 1 << 22


def shares(mask: Pixels, classes: tuple[str, ...]) -> dict[str, float]:
    """Return the share of the photo that each class covers, except the first, the background."""
    counts = np.zeros(max(len(classes), 256), np.int64)
    for strip in _strips(mask):  # counting takes eight bytes a pixel
        counts += np.bincount(mask[strip].reshape(-1), minlength=len(counts))
    return {name: float(counts[i]) / mask.size for i, name in enumerate(classes) if i > 0}


def write_masks(out: Path, stem: str, image: Pixels, mask: Pixels, classes: tuple[str, ...]) -> Path:
    """Write STEM-mask.png (palette, class indices) and STEM-overlay.jpg at the image's size; return the mask's path."""
    table = np.array(colors(len(classes)), np.uint8)
    path = out / f"{stem}{MASK_END}"
    picture = Image.fromarray(mask, mode="P")
    picture.putpalette(table.reshape(-1).tolist())
    write_encoded(path, lambda stream: picture.save(stream, format="PNG"))
    small = mask
    if mask.shape != image.shape[:2]:
        size = (image.shape[1], image.shape[0])
        small = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST))
    painted = Image.fromarray(_painted(image, small, table))
    write_encoded(out / f"{stem}{OVERLAY_END}", lambda stream: painted.save(stream, format="JPEG", quality=90))
    return path


def _painted(image: Pixels, mask: Pixels, table: Pixels) -> Pixels:
    """Return a photo with the classes' colours laid over it."""
    painted = np.empty_like(image)
    for strip in _strips(mask):
        blend, part = image[strip].astype(np.float32), mask[strip]
        garment = part > 0
        blend[garment] = (1 - _OPACITY) * blend[garment] + _OPACITY * table[part[garment]]
        painted[strip] = blend.round().astype(np.uint8)
    return painted


def _strips(mask: Pixels) -> list[slice]:
    """Return slices of rows, of about _STRIP_PIXELS pixels each."""
    rows = max(1, _STRIP_PIXELS // mask.shape[1])
    return [slice(start, start + rows) for start in range(0, mask.shape[0], rows)]
