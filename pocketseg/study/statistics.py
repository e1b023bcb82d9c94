"""Student's t and Holm's correction, from their formulas: few folds need both, and no library is needed for them.

Sources: Abramowitz, Stegun, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4 (t for whole degrees of freedom);
Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_HALVINGS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TTest:
    """The mean of some values with its interval, and the two-sided p of the hypothesis that it is 0."""

    mean: float
    low: float
    high: float
    p: float


def t_test(values: Sequence[float], confidence: float) -> TTest:
    """Test whether the mean of two or more values is 0. Values without any spread leave no doubt: p is 0, or 1 at 0."""
    mean, freedom = statistics.fmean(values), len(values) - 1
    error = statistics.stdev(values) / math.sqrt(len(values))
    if error == 0:
        return TTest(mean=mean, low=mean, high=mean, p=1.0 if mean == 0 else 0.0)
    half = t_quantile(confidence, freedom) * error
    return TTest(mean=mean, low=mean - half, high=mean + half, p=max(0.0, 1 - t_inside(abs(mean / error), freedom)))


def t_inside(t: float, freedom: int) -> float:
    """Return the probability that |T| is at most t, for T with this many degrees of freedom, a whole number."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term = total = cosine if odd else 1.0
    for k in range(2 if odd else 1, freedom - 1, 2):
        term *= cosine * cosine * k / (k + 1)
        total += term
    if not odd:
        return sine * total
    return 2 / math.pi * (angle + (sine * total if freedom > 1 else 0.0))


def t_quantile(inside: float, freedom: int) -> float:
    """Return the t within which |T| lies with a probability of `inside`, 0 to below 1."""
    low, high = 0.0, 1.0
    while t_inside(high, freedom) < inside:
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if t_inside(middle, freedom) < inside else (low, middle)
    return high


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected for their number by Holm's step-down method, in the order given, at most 1."""
    corrected, worst = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda k: p_values[k])):
        worst = max(worst, min(1.0, p_values[place] * (len(p_values) - rank)))
        corrected[place] = worst
    return corrected
