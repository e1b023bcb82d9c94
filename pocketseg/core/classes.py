"""The four garment classes: names, order and display colours."""

from __future__ import annotations

CLASSES = ("background", "upper_body", "lower_body", "full_body")
COLORS_RGB: tuple[tuple[int, int, int], ...] = ((0, 0, 0), (230, 85, 60), (50, 120, 220), (60, 170, 90))
IGNORE_INDEX = 255  # mask pixels that neither training nor scoring counts


def colors(count: int) -> tuple[tuple[int, int, int], ...]:
    """Give `count` RGB colours (0..255); the first four are the garment classes' own."""
    extra = tuple(
        ((i * 67 + 40) % 216 + 40, (i * 149 + 80) % 216 + 40, (i * 211 + 20) % 216 + 40)
        for i in range(4, max(count, 4))
    )
    return (COLORS_RGB + extra)[:count]
