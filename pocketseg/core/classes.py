"""The four garment classes: names, order and display colours."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

CLASSES = ("background", "upper_body", "lower_body", "full_body")
COLORS_RGB: tuple[tuple[int, int, int], ...] = ((0, 0, 0), (230, 85, 60), (50, 120, 220), (60, 170, 90))
IGNORE_INDEX = 255  # label pixels that neither training nor scoring counts

_MORE_RGB = (  # distinct from one another and from the first four
    (240, 200, 40), (150, 70, 190), (70, 210, 230), (240, 130, 200), (140, 90, 40), (180, 220, 90), (128, 128, 128),
    (0, 90, 90), (250, 160, 90), (120, 0, 50), (20, 40, 140), (200, 180, 240), (90, 90, 0), (0, 220, 150),
)  # fmt: skip


def foreground(classes: Sequence[str]) -> str:
    """Return what to call the pixels of all classes but the first: `garment` for the garment classes."""
    return "garment" if tuple(classes) == CLASSES else "foreground"


def colors(count: int) -> tuple[tuple[int, int, int], ...]:
    """Return `count` RGB colours (0..255); the first four are the garment classes' own."""
    known = COLORS_RGB + _MORE_RGB
    wheel = (colorsys.hsv_to_rgb(i * 0.618034 % 1, 0.5 + 0.4 * (i % 2), 0.55 + 0.4 * (i % 3) / 2) for i in range(count))
    extra = tuple((round(r * 255), round(g * 255), round(b * 255)) for r, g, b in wheel)
    return (known + extra)[:count]
