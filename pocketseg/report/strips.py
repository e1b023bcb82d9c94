"""Raw latencies as small pictures: every run on an axis, and their course from the first run to the last."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pocketseg.report.plots import Axis


def strip(latencies_ms: Sequence[float], p50_ms: float, p90_ms: float | None, low_ms: float, high_ms: float) -> str:
    """Return every raw latency as a tick on a logarithmic axis from low_ms to high_ms, the same in all strips."""
    width, height = 320, 22
    axis = Axis(math.log10(low_ms) - 0.02, math.log10(high_ms) + 0.02, 2, width - 2)
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
    """Return latencies in the order of the runs, on their own scale, so that drift and outliers are visible."""
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
