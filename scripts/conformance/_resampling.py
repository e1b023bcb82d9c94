"""Resizing in double precision, one addition after another, so that every machine gets the same: right and
wrong ways.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scripts.conformance.arrays import Array

Places = Callable[[int, int], Array]  # of so many pixels and wanted ones: where each wanted one lies among them


def half_pixel(count: int, size: int) -> Array:
    """Return positions with the pixels' centres aligned: the rule."""
    return np.clip((np.arange(size) + 0.5) * count / size - 0.5, 0, count - 1)


def corners(count: int, size: int) -> Array:
    """Return positions with the pixels' corners aligned."""
    return np.minimum(np.arange(size) * count / size, count - 1)


def aligned(count: int, size: int) -> Array:
    """Return positions with the corner pixels aligned."""
    return np.arange(size) * ((count - 1) / max(1, size - 1))


def bilinear(planes: Array, height_px: int, width_px: int, places: Places = half_pixel) -> Array:
    """Return planes (C,h,w) at another size, each value interpolated from four."""
    found = planes.astype(np.float64)
    for axis, size in ((2, width_px), (1, height_px)):
        place = places(found.shape[axis], size)
        low = place.astype(int)
        high = np.minimum(low + 1, found.shape[axis] - 1)
        share = (place - low).reshape([-1 if k == axis else 1 for k in range(3)])
        found = found.take(low, axis) * (1 - share) + found.take(high, axis) * share
    return found


def triangle(planes: Array, height_px: int, width_px: int) -> Array:
    """Return planes (C,h,w) at another size, by a filter as wide as the reduction, without rounding."""
    found = planes.astype(np.float64)
    for axis, size in ((2, width_px), (1, height_px)):
        lines = np.moveaxis(found, axis, 0)
        found = np.moveaxis(np.stack([_weighed(lines, k, size) for k in range(size)]), 0, axis)
    return found


def _weighed(lines: Array, place: int, size: int) -> Array:
    scale = len(lines) / size
    wide = max(scale, 1.0)
    center = (place + 0.5) * scale
    weights = {j: max(0.0, 1 - abs((j - center + 0.5) / wide)) for j in range(len(lines))}
    total = sum(weights.values())
    found = np.zeros(lines.shape[1:])
    for j, weight in weights.items():
        if weight:
            found = found + lines[j] * (weight / total)
    return found


def nearest(classes: Array, height_px: int, width_px: int) -> Array:
    """Return a class map (h,w) at another size by nearest neighbour, as if scores were resized so."""
    rows, columns = (np.arange(m) * n // m for n, m in zip(classes.shape, (height_px, width_px), strict=True))
    found: Array = classes[rows][:, columns]
    return found
