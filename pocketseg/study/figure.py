"""The figure of a study's answer: for each arm its differences by fold, their mean, and the three intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from pocketseg.report import plots

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM, _ROW = 900, 310, 24, 56, 46, 62
_INTERVALS = (  # of an arm's facts: key, what the legend calls it, colour, and the distance from the row's middle
    ("t_interval", "t over folds", "#1b4f72", -10),
    ("groups_interval", "groups of photos", "#2e86c1", 2),
    ("both_interval", "folds and groups", "#85929e", 14),
)
_PARTS = 6  # of the axis, about
_AXIS = "difference from the photo alone, in points of mIoU"
_VERDICTS = {"helps": "#1e8449", "harms": "#c0392b"}


def draw(arms: Mapping[str, Mapping[str, Any]], title: str, about: Mapping[str, str]) -> str:
    """Return an SVG that any browser shows; differences are in points, a hundredth of mIoU. about: arms in words."""
    ends = [100 * v for arm in arms.values() for key, *_ in _INTERVALS for v in arm[key]]
    ends += [100 * v for arm in arms.values() for v in arm["difference"]]
    step = plots.nice_step(max(*ends, 0.0) - min(*ends, 0.0), _PARTS)
    low, high = math.floor(min(*ends, 0.0) / step) * step, math.ceil(max(*ends, 0.0) / step) * step
    high = high if high > low else low + step
    height = _TOP + _ROW * len(arms) + _BOTTOM

    def x(points: float) -> float:
        return _LEFT + (points - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        f'font-family="sans-serif" font-size="12" role="img" aria-label="{escape(title)}">'
        f'<rect width="100%" height="100%" fill="white"/><text x="12" y="18" font-size="14">{escape(title)}</text>',
        *_legend(),
    ]
    foot = height - _BOTTOM
    for k in range(round((high - low) / step) + 1):
        value = low + k * step
        is_zero = abs(value) < step / 2
        tick = "0" if is_zero else f"{value:+g}"
        parts.append(
            f'<path d="M{x(value):.1f} {_TOP}V{foot}" stroke="{"#333" if is_zero else "#ddd"}"/>'
            f'<text x="{x(value):.1f}" y="{foot + 16}" text-anchor="middle">{tick}</text>'
        )
    for place, (name, arm) in enumerate(arms.items()):
        parts += _row(about[name], arm, _TOP + _ROW * place + _ROW / 2, x)
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle:.1f}" y="{height - 10}" text-anchor="middle">{_AXIS}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _row(name: str, arm: Mapping[str, Any], y: float, x: Any) -> list[str]:
    color = _VERDICTS.get(arm["verdict"], "#333")
    parts = [
        f'<text x="12" y="{y:.1f}">{escape(name)}</text>'
        f'<text x="12" y="{y + 15:.1f}" fill="{color}" font-size="11">{escape(arm["verdict"])}</text>'
    ]
    for key, _, stroke, offset in _INTERVALS:
        low, high = (x(100 * v) for v in arm[key])
        at = y + offset
        parts.append(
            f'<path d="M{low:.1f} {at:.1f}H{high:.1f}M{low:.1f} {at - 3:.1f}v6M{high:.1f} {at - 3:.1f}v6" '
            f'stroke="{stroke}" stroke-width="1.6" fill="none"/>'
        )
    parts += [
        f'<circle cx="{x(100 * v):.1f}" cy="{y - 20:.1f}" r="3" fill="none" stroke="#555"/>' for v in arm["difference"]
    ]
    mean = x(100 * arm["mean"])
    parts.append(f'<path d="M{mean:.1f} {y - 15:.1f}l4 5l-4 5l-4 -5z" fill="{color}"/>')
    return parts


def _legend() -> list[str]:
    parts = ['<circle cx="18" cy="36" r="3" fill="none" stroke="#555"/><text x="28" y="40">a fold</text>']
    parts.append('<path d="M86 31l4 5l-4 5l-4 -5z" fill="#333"/><text x="98" y="40">mean</text>')
    place = 150
    for _, name, stroke, _ in _INTERVALS:
        parts.append(
            f'<path d="M{place} 36h22m-22 -3v6m22 -6v6" stroke="{stroke}" stroke-width="1.6" fill="none"/>'
            f'<text x="{place + 30}" y="40">95 %, {name}</text>'
        )
        place += 190
    return parts
