"""The names beside the marks of a plot, placed so that none covers a mark or another name."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_LETTER_PX, _LINE_PX = 6.4, 12.0  # of a name on a wide screen, about
_MARK_PX = 8.0
_ON_A_PHONE = 1.6  # by what names are larger in a plot that is drawn small

Named = tuple[str, float, float, str]  # a mark's name, its x and y, and the attributes that the filter reads


def names(named: Sequence[Named], left_px: float, width_px: float) -> str:
    """Return the names near their marks, once for a wide screen and once, larger, for a phone.

    A name for which there is no room is left out.

    named: every mark of the plot, since a mark without a name also takes room.
    """
    drawn = ""
    for kind, scale in (("names", 1.0), ("names large", _ON_A_PHONE)):
        texts = "".join(_placed(named, left_px, width_px, scale))
        drawn += f'<g class="{kind}" aria-hidden="true">{texts}</g>' if texts else ""
    return drawn


def _placed(named: Sequence[Named], left_px: float, width_px: float, scale: float) -> list[str]:
    taken = [(x - _MARK_PX, y - _MARK_PX, x + _MARK_PX, y + _MARK_PX) for _, x, y, _ in named]
    parts = []
    high, near = _LINE_PX * scale, _MARK_PX + 3
    for name, x, y, data in named:
        if not name:
            continue
        wide = _LETTER_PX * scale * len(name)
        beside = ((x - wide / 2, y - near - high), (x + near, y - high - 4), (x - near - wide, y - high - 4),
                  (x + near, y + 4), (x - wide / 2, y + near))  # fmt: skip
        for left, top in beside:
            box = (left, top, left + wide, top + high)
            inside = box[0] > left_px and box[1] > 0 and box[2] < width_px - 2
            if inside and not any(_overlap(box, other) for other in taken):
                middle, base = left + wide / 2, top + high * 0.83
                parts.append(f'<text class="name" {data}x="{middle:.1f}" y="{base:.1f}">{escape(name)}</text>')
                taken.append(box)
                break
    return parts


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    """Return whether two boxes (left, top, right, bottom) overlap."""
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]
