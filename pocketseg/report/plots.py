"""The page's plots as inline SVG: marks over a logarithmic x axis, and lines over epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from pocketseg.report.marks import PALETTE, marker, verdict_sign
from pocketseg.report.names import names

_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 18, 40, 48
_CROWDED = 60  # points; the bars of more are drawn faintly


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One mark of a scatter plot.

    Attributes:
        color, shape: indices of the target and the model.
        hollow: whether the file is quantised.
        low, high: ends of a vertical bar through the mark, in y's unit; None for no bar.
        x_low, x_high: ends of a horizontal bar, in x's unit.
        pale: whether it matters less than the others.
        details: lines that appear beside it when it is pointed at; without them the label does.
        name: written beside it.
        sign: the verdict that is drawn over it.
        verdict, row: by which the page's filter finds it.
    """

    x: float
    y: float
    label: str
    target: str
    model: str
    color: int
    shape: int
    hollow: bool
    low: float | None = None
    high: float | None = None
    x_low: float | None = None
    x_high: float | None = None
    pale: bool = False
    details: tuple[str, ...] = ()
    name: str = ""
    sign: str = ""
    verdict: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a plot.

    Attributes:
        points: x and y of each point.
        color: index of the line's colour.
        solid_from: x before which points are faint.
    """

    points: Sequence[tuple[float, float]]
    label: str
    color: int
    solid_from: float = -math.inf


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values on a range of pixels."""

    low: float
    high: float
    start_px: float
    end_px: float

    def px(self, value: float) -> float:
        """Return the pixel position of a value."""
        return self.start_px + (value - self.low) / (self.high - self.low) * (self.end_px - self.start_px)


def scatter(
    points: Sequence[Point],
    front: Sequence[tuple[float, float]],
    *,
    width_px: int,
    height_px: int,
    x_label: str,
    y_label: str,
    name: str,
    description: str = "",
) -> str:
    """Return points drawn over a logarithmic x axis and a linear y axis.

    Args:
        front: x and y of the Pareto front, from left to right.
        description: of the picture, for screen readers.
    """
    logs = [math.log10(p.x) for p in points]
    ys = [y for p in points for y in (p.y, p.low, p.high) if y is not None]
    ends = [*logs, *(math.log10(x) for p in points for x in (p.x_low, p.x_high) if x)]
    margin = max(0.06 * (max(ends) - min(ends)), 0.05)
    x_axis = Axis(min(ends) - margin, max(ends) + margin, _LEFT, width_px - _RIGHT)
    y_axis, step = _y_axis(ys, height_px)
    kind = ' class="crowded"' if len(points) > _CROWDED else ""
    parts = [f'<svg{kind} viewBox="0 0 {width_px} {height_px}" role="group" aria-label="{escape(name)}">']
    if description:
        parts.append(f"<title>{escape(name)}</title><desc>{escape(description)}</desc>")
    parts += _x_ticks(x_axis, height_px) + _y_ticks(y_axis, step, width_px)
    parts += _labels(x_label, y_label, width_px, height_px)
    if front:
        parts.append(_front(front, x_axis, y_axis))
    parts += [_mark(point, x_axis, y_axis, is_first=at == 0) for at, point in enumerate(points)]
    placed = [(p.name, x_axis.px(log), y_axis.px(p.y), _data(p)) for p, log in zip(points, logs, strict=True)]
    parts.append(names(placed, _LEFT, width_px))
    return "".join([*parts, "</svg>"])


def lines(series: Sequence[Series], *, width_px: int, height_px: int, x_label: str, y_label: str, name: str) -> str:
    """Return lines drawn over linear axes. The x values are whole numbers, such as epochs."""
    xs = [x for one in series for x, _ in one.points]
    x_axis = Axis(min(xs), max(*xs, min(xs) + 1), _LEFT, width_px - _RIGHT)
    y_axis, step = _y_axis([y for one in series for _, y in one.points], height_px)
    parts = [f'<svg viewBox="0 0 {width_px} {height_px}" role="group" aria-label="{escape(name)}">']
    parts += _y_ticks(y_axis, step, width_px)
    x_step = max(1, round(nice_step(x_axis.high - x_axis.low)))
    for value in range(math.ceil(x_axis.low / x_step) * x_step, math.floor(x_axis.high) + 1, x_step):
        parts += _x_tick(x_axis.px(value), f"{value}", height_px)
    parts += _labels(x_label, y_label, width_px, height_px)
    parts += [_curve(one, x_axis, y_axis, is_first=at == 0) for at, one in enumerate(series)]
    return "".join([*parts, "</svg>"])


def _curve(one: Series, x_axis: Axis, y_axis: Axis, *, is_first: bool) -> str:
    """Return a line with a labelled mark at its end."""
    faint = [p for p in one.points if p[0] <= one.solid_from]  # up to the first solid point: no gap
    drawn = ""
    for part, kind in ((faint, " faint"), ([p for p in one.points if p[0] >= one.solid_from], "")):
        path = " ".join(f"{x_axis.px(x):.1f},{y_axis.px(y):.1f}" for x, y in part)
        drawn += f'<polyline class="curve{kind}" points="{path}"/>' if part else ""
    x, y = one.points[-1]
    return (
        f'<g class="point c{one.color % PALETTE}" {_reached(is_first)} role="img" '
        f'data-model="{escape(one.label)}" aria-label="{escape(f"{one.label}: {y:.4f} at {x:g}")}">'
        f"<title>{escape(one.label)}</title>{drawn}{marker(one.color, x_axis.px(x), y_axis.px(y), 4)}</g>"
    )


def _reached(is_first: bool) -> str:
    """Return the attribute for the Tab key: it stops at the first mark of a plot; the arrow keys go on from there."""
    return f'tabindex="{0 if is_first else -1}"'


def _labels(x_label: str, y_label: str, width_px: int, height_px: int) -> list[str]:
    """Return the names of the axes. The y axis has its name above it."""
    middle = (_LEFT + width_px - _RIGHT) / 2
    return [
        f'<text class="label" x="{middle}" y="{height_px - 6}">{escape(x_label)}</text>',
        f'<text class="label y" x="4" y="16">{escape(y_label)}</text>',
    ]


def _y_axis(ys: Sequence[float], height_px: int) -> tuple[Axis, float]:
    """Return a linear axis that covers the values, and the step of its ticks."""
    step = nice_step(max(ys) - min(ys))
    low, high = math.floor(min(ys) / step - 0.3) * step, math.ceil(max(ys) / step + 0.3) * step
    return Axis(max(low, 0.0) if min(ys) > 0 else low, high, height_px - _BOTTOM, _TOP), step


def _mark(point: Point, x_axis: Axis, y_axis: Axis, *, is_first: bool) -> str:
    kinds = (" hollow" if point.hollow else "") + (" pale" if point.pale else "")
    details = f'data-details="{escape(chr(10).join(point.details))}" ' if point.details else ""
    x, y, bars = x_axis.px(math.log10(point.x)), y_axis.px(point.y), ""
    if point.low is not None and point.high is not None:
        low, high = y_axis.px(point.low), y_axis.px(point.high)
        bars += f"M{x:.1f} {low:.1f}V{high:.1f}M{x - 5:.1f} {low:.1f}h10M{x - 5:.1f} {high:.1f}h10"
    if point.x_low and point.x_high:
        low, high = x_axis.px(math.log10(point.x_low)), x_axis.px(math.log10(point.x_high))
        bars += f"M{low:.1f} {y:.1f}H{high:.1f}M{low:.1f} {y - 5:.1f}v10M{high:.1f} {y - 5:.1f}v10"
    through = f'<path class="spread" d="{bars}"/>' if bars else ""
    return (
        f'<g class="point c{point.color % PALETTE}{kinds}" {_reached(is_first)} role="img" {details}{_data(point)}'
        f'aria-label="{escape(point.label)}"><title>{escape(point.label)}</title>{through}'
        f"{marker(point.shape, x, y, 6.5)}{verdict_sign(point.sign, x, y, 6.5)}</g>"
    )


def _data(point: Point) -> str:
    """Return the attributes by which the filter and the legend find a mark."""
    known = {"target": point.target, "model": point.model, "verdict": point.verdict, "row": point.row}
    return "".join(f'data-{name}="{escape(text)}" ' for name, text in known.items() if text)


def _front(front: Sequence[tuple[float, float]], x_axis: Axis, y_axis: Axis) -> str:
    """Return the front as stairs: between two points, the best IoU is that of the left one."""
    at = [(x_axis.px(math.log10(x)), y_axis.px(y)) for x, y in front]
    path = f"M{at[0][0]:.1f} {y_axis.start_px:.1f}V{at[0][1]:.1f}"
    path += "".join(f"H{x:.1f}V{y:.1f}" for x, y in at[1:]) + f"H{x_axis.end_px:.1f}"
    return f'<path class="front" d="{path}"/>'


def _x_ticks(axis: Axis, height_px: int) -> list[str]:
    values = [m * 10.0**e for e in range(math.floor(axis.low) - 1, math.ceil(axis.high) + 1) for m in (1, 2, 5)]
    shown = [v for v in values if axis.low <= math.log10(v) <= axis.high]
    if len(shown) < 2:  # less than an octave: whole numbers of a small step
        step = nice_step(10**axis.high - 10**axis.low)
        first = math.ceil(10**axis.low / step)
        shown = [k * step for k in range(first, math.floor(10**axis.high / step) + 1)]
    parts = []
    for value in shown:
        parts += _x_tick(axis.px(math.log10(value)), f"{value:.6g}", height_px)
    return parts


def _x_tick(x: float, text: str, height_px: int) -> list[str]:
    return [
        f'<path class="grid" d="M{x:.1f} {_TOP}V{height_px - _BOTTOM}"/>',
        f'<text class="tick" x="{x:.1f}" y="{height_px - _BOTTOM + 18}">{text}</text>',
    ]


def _y_ticks(axis: Axis, step: float, width_px: int) -> list[str]:
    parts = []
    digits = max(1, -math.floor(math.log10(step) + 1e-9))
    for k in range(math.ceil(axis.low / step - 1e-9), math.floor(axis.high / step + 1e-9) + 1):
        y = axis.px(k * step)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{width_px - _RIGHT}"/>')
        parts.append(f'<text class="tick y" x="{_LEFT - 8}" y="{y + 4:.1f}">{k * step:.{digits}f}</text>')
    return parts


def nice_step(span: float, parts: int = 5) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that divides a range into about so many parts."""
    if span <= 1e-6:
        return 0.01
    raw = span / parts
    power = 10.0 ** math.floor(math.log10(raw))
    return float(next(m for m in (1, 2, 5, 10) if m * power >= raw) * power)
