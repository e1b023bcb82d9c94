"""The page's plots as inline SVG: scatter with a logarithmic x axis, strips of raw latencies, and their course."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

SHAPES = 5
PALETTE = 8
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 18, 14, 46


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One mark of a scatter plot. color, shape: indices of the target and the model. hollow: quantised."""

    x: float
    y: float
    label: str
    target: str
    model: str
    color: int
    shape: int
    hollow: bool


@dataclass(frozen=True, slots=True)
class _Axis:
    """A range of values on a range of pixels."""

    low: float
    high: float
    start_px: float
    end_px: float

    def px(self, value: float) -> float:
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
) -> str:
    """Draw points over log x and linear y. front: x and y of the Pareto front, from the left."""
    logs = [math.log10(p.x) for p in points]
    ys = [p.y for p in points]
    margin = max(0.06 * (max(logs) - min(logs)), 0.05)
    x_axis = _Axis(min(logs) - margin, max(logs) + margin, _LEFT, width_px - _RIGHT)
    step = _step(max(ys) - min(ys))
    low, high = math.floor(min(ys) / step - 0.3) * step, math.ceil(max(ys) / step + 0.3) * step
    y_axis = _Axis(max(low, 0.0) if min(ys) > 0 else low, high, height_px - _BOTTOM, _TOP)
    parts = [f'<svg viewBox="0 0 {width_px} {height_px}" role="group" aria-label="{escape(name)}">']
    parts += _x_ticks(x_axis, height_px) + _y_ticks(y_axis, step, width_px)
    middle_x, middle_y = (_LEFT + width_px - _RIGHT) / 2, (height_px - _BOTTOM + _TOP) / 2
    parts.append(f'<text class="label" x="{middle_x}" y="{height_px - 8}">{escape(x_label)}</text>')
    turned = f'transform="rotate(-90 14 {middle_y})"'
    parts.append(f'<text class="label" x="14" y="{middle_y}" {turned}>{escape(y_label)}</text>')
    if front:
        parts.append(_front(front, x_axis, y_axis))
    parts += [_mark(p, x_axis.px(log), y_axis.px(p.y)) for p, log in zip(points, logs, strict=True)]
    return "".join([*parts, "</svg>"])


def marker(shape: int, x: float, y: float, radius: float) -> str:
    """Draw one of SHAPES marks around a point: circle, square, triangle, diamond, cross."""
    r = radius
    if shape % SHAPES == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"/>'
    corners = (
        ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        ((0, -1.2), (1.1, 0.8), (-1.1, 0.8)),
        ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
        ((-0.4, -1.1), (0.4, -1.1), (0.4, -0.4), (1.1, -0.4), (1.1, 0.4), (0.4, 0.4),
         (0.4, 1.1), (-0.4, 1.1), (-0.4, 0.4), (-1.1, 0.4), (-1.1, -0.4), (-0.4, -0.4)),
    )[shape % SHAPES - 1]  # fmt: skip
    return f'<polygon points="{" ".join(f"{x + dx * r:.1f},{y + dy * r:.1f}" for dx, dy in corners)}"/>'


def strip(latencies_ms: Sequence[float], p50_ms: float, p90_ms: float | None, low_ms: float, high_ms: float) -> str:
    """Draw every raw latency as a tick on a log axis from low_ms to high_ms that all strips share."""
    width, height = 320, 22
    axis = _Axis(math.log10(low_ms) - 0.02, math.log10(high_ms) + 0.02, 2, width - 2)
    at = sorted({round(axis.px(math.log10(v)) * 2) / 2 for v in latencies_ms if v > 0})
    ticks = "".join(f"M{x:g} 5v12" for x in at)
    marks = f'<path class="p50" d="M{axis.px(math.log10(p50_ms)):.1f} 1v20"/>'
    if p90_ms:
        marks += f'<path class="p90" d="M{axis.px(math.log10(p90_ms)):.1f} 1v20"/>'
    label = f"{len(latencies_ms)} runs, {min(latencies_ms):.2f} to {max(latencies_ms):.2f} ms"
    return (
        f'<svg class="strip" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">'
        f'<path class="rail" d="M0 11h{width}"/><path class="ticks" d="{ticks}"/>{marks}</svg>'
    )


def course(latencies_ms: Sequence[float]) -> str:
    """Draw latencies in the order of the runs, on their own scale: drift and outliers show."""
    width, height, most = 200, 22, 200
    values = np.asarray(latencies_ms, np.float64)
    if len(values) > most:  # the largest of each stretch: an outlier must not vanish
        values = np.array([part.max() for part in np.array_split(values, most)])
    spread = float(values.max() - values.min()) or 1.0
    path = " ".join(
        f"{i * (width - 2) / max(1, len(values) - 1) + 1:.1f},{height - 2 - (v - values.min()) / spread * 18:.1f}"
        for i, v in enumerate(values)
    )
    return (
        f'<svg class="course" viewBox="0 0 {width} {height}" role="img" aria-label="latency from first to last run">'
        f'<polyline points="{path}"/></svg>'
    )


def _mark(point: Point, x: float, y: float) -> str:
    hollow = " hollow" if point.hollow else ""
    return (
        f'<g class="point c{point.color % PALETTE}{hollow}" tabindex="0" role="img" '
        f'data-target="{escape(point.target)}" data-model="{escape(point.model)}" aria-label="{escape(point.label)}">'
        f"<title>{escape(point.label)}</title>{marker(point.shape, x, y, 6.5)}</g>"
    )


def _front(front: Sequence[tuple[float, float]], x_axis: _Axis, y_axis: _Axis) -> str:
    """Draw the front as stairs: up to a point's x, the best IoU is that of the point before."""
    at = [(x_axis.px(math.log10(x)), y_axis.px(y)) for x, y in front]
    path = f"M{at[0][0]:.1f} {y_axis.start_px:.1f}V{at[0][1]:.1f}"
    path += "".join(f"H{x:.1f}V{y:.1f}" for x, y in at[1:]) + f"H{x_axis.end_px:.1f}"
    return f'<path class="front" d="{path}"/>'


def _x_ticks(axis: _Axis, height_px: int) -> list[str]:
    values = [m * 10.0**e for e in range(math.floor(axis.low) - 1, math.ceil(axis.high) + 1) for m in (1, 2, 5)]
    shown = [v for v in values if axis.low <= math.log10(v) <= axis.high]
    if len(shown) < 2:  # less than an octave: whole numbers of a small step
        step = _step(10**axis.high - 10**axis.low)
        first = math.ceil(10**axis.low / step)
        shown = [k * step for k in range(first, math.floor(10**axis.high / step) + 1)]
    parts = []
    for value in shown:
        x = axis.px(math.log10(value))
        parts.append(f'<path class="grid" d="M{x:.1f} {_TOP}V{height_px - _BOTTOM}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{height_px - _BOTTOM + 17}">{value:.6g}</text>')
    return parts


def _y_ticks(axis: _Axis, step: float, width_px: int) -> list[str]:
    parts = []
    digits = max(1, -math.floor(math.log10(step) + 1e-9))
    for k in range(math.ceil(axis.low / step - 1e-9), math.floor(axis.high / step + 1e-9) + 1):
        y = axis.px(k * step)
        parts.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{width_px - _RIGHT}"/>')
        parts.append(f'<text class="tick y" x="{_LEFT - 8}" y="{y + 4:.1f}">{k * step:.{digits}f}</text>')
    return parts


def _step(span: float) -> float:
    """Give a step of 1, 2 or 5 times a power of ten that divides a range into about five."""
    if span <= 1e-6:
        return 0.01
    raw = span / 5
    power = 10.0 ** math.floor(math.log10(raw))
    return float(next(m for m in (1, 2, 5, 10) if m * power >= raw) * power)
