"""Whether a run's validation score still rose at its end: the slope over its last quarter, against its noise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pocketseg.study.statistics import t_quantile

_QUARTER = 4
_LEAST_FREE = 1  # degrees of freedom


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """The slope of validation mIoU per epoch, with its 95 % interval. epochs: over how many."""

    slope: float
    low: float
    high: float
    epochs: int

    @property
    def said(self) -> str:
        """Return whether it rose, fell, or neither is shown, with the figures."""
        found = "still rose" if self.low > 0 else "fell" if self.high < 0 else "no trend shown"
        figures = f"{100 * self.slope:+.3f} points an epoch, {100 * self.low:+.3f} to {100 * self.high:+.3f}"
        return f"{found} ({figures}; last {self.epochs} epochs)"


def rise(epochs: Sequence[Mapping[str, float]]) -> Rise | None:
    """Return the slope over the last quarter of the epochs; None where they are too few for a slope and its noise.

    Scores at different input sizes cannot be compared, so each size has a level of its own; the slope is common.
    """
    last = epochs[-math.ceil(len(epochs) / _QUARTER) :]
    sizes = [(row["height_px"], row["width_px"]) for row in last]
    levels = list(dict.fromkeys(sizes))
    free = len(last) - len(levels) - 1
    if free < _LEAST_FREE:
        return None
    x, y = (np.array([row[key] for row in last], float) for key in ("epoch", "val_miou"))
    for level in levels:
        of_level = np.array([size == level for size in sizes])
        x[of_level] -= x[of_level].mean()
        y[of_level] -= y[of_level].mean()
    spread = float(x @ x)
    if spread == 0.0:
        return None
    slope = float(x @ y) / spread
    error = math.sqrt(float(np.square(y - slope * x).sum()) / free / spread)
    t = t_quantile(0.95, free)
    return Rise(slope=slope, low=slope - t * error, high=slope + t * error, epochs=len(last))
