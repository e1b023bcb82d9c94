"""Medians, percentiles and their intervals: bootstraps over turns and over photos that any language can reproduce.

Random draws come from a counter and a seed by a 32-bit hash, so phones and computers draw the same; docs/method.md
describes it step by step, and conformance/cases has examples. Efron, Tibshirani, "An Introduction to the Bootstrap",
1993.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

ROUNDS = 1000
SEED = 1
CONFIDENCE = 0.95
LEAST_RUNS_P90, LEAST_RUNS_P99 = 64, 662  # runs from which on the percentile is given
LEAST_PHOTOS = 10  # fewer give no interval worth a claim
_CHUNK = 2_000_000  # weights held at a time

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference or ratio with its interval.

    Attributes:
        low, high: ends of the interval; NaN if the sample is too small for one.
        none: the value that means no difference: 0 for a difference, 1 for a ratio.
    """

    value: float
    low: float
    high: float
    none: float

    @property
    def shown(self) -> bool:
        """Return whether the sample shows a difference, i.e. whether the interval excludes `none`."""
        return self.low > self.none or self.high < self.none


def percentile(values: Sequence[float] | Floats, percent: float) -> float:
    """Return a percentile, interpolated linearly between neighbours; 0 % is the lowest value, 100 % the highest."""
    return float(np.percentile(np.asarray(values, np.float64), percent))


def median_interval(turns: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Return the 95 % interval of the median over all runs of the turns, by a percentile bootstrap over whole turns.

    Runs of one turn are alike, so resampling single runs would make the interval too narrow. The result is NaN for
    fewer than two turns.
    """
    if len(turns) < 2:
        return math.nan, math.nan
    drawn = resampled_medians(turns)
    tail = 50 * (1 - CONFIDENCE)
    return percentile(drawn, tail), percentile(drawn, 100 - tail)


def ratio(
    first: Sequence[Sequence[float]], second: Sequence[Sequence[float]], *, pairs: int, allowance: float
) -> Difference:
    """Return the ratio of the first's latency to the second's, where both took turns in the same passes.

    Value: the median over passes of the ratio of the turns' medians; what changes the computer's speed for longer than
    a pass affects both alike. Interval: a bootstrap over passes on the log scale, at 95 % over `pairs` comparisons
    (Bonferroni), widened by `allowance`.

    Args:
        first, second: the runs of each pass in which both ran, in ms.
        pairs: number of comparisons.
        allowance: share by which two processes of the same file differ.
    """
    logs = np.array([math.log(np.median(a) / np.median(b)) for a, b in zip(first, second, strict=True)])
    if len(logs) < 2:
        return Difference(
            value=float(np.exp(np.median(logs))) if len(logs) else math.nan, low=math.nan, high=math.nan, none=1.0
        )
    drawn = np.median(logs[draws(ROUNDS, len(logs))], axis=1)
    return of_logs(float(np.median(logs)), float(np.std(drawn, ddof=1)), pairs, allowance)


def unpaired_ratio(
    first: Sequence[Sequence[float]], second: Sequence[Sequence[float]], *, pairs: int, allowance: float
) -> Difference:
    """Return the ratio of the first's latency to the second's, where they were measured at different times."""
    value = math.log(np.median(np.concatenate(first)) / np.median(np.concatenate(second)))
    if min(len(first), len(second)) < 2:
        return Difference(value=math.exp(value), low=math.nan, high=math.nan, none=1.0)
    spread = math.hypot(*(float(np.std(np.log(resampled_medians(turns)), ddof=1)) for turns in (first, second)))
    return of_logs(value, spread, pairs, allowance)


def miou_interval(confusions: Counts) -> tuple[float, float]:
    """Return the 95 % interval of the mIoU over photos, from confusion matrices (N, C, C); NaN below 10 photos."""
    if len(confusions) < LEAST_PHOTOS:
        return math.nan, math.nan
    drawn = resampled_mious(confusions)
    tail = 50 * (1 - CONFIDENCE)
    return percentile(drawn, tail), percentile(drawn, 100 - tail)


def miou_difference(first: Counts, second: Counts, *, pairs: int) -> Difference:
    """Return the first's mIoU minus the second's over the same photos in the same order, from matrices (N, C, C).

    Interval: a paired bootstrap over photos, at 95 % over `pairs` comparisons (Bonferroni).
    """
    value = miou(first.sum(0)) - miou(second.sum(0))
    if len(first) < LEAST_PHOTOS:
        return Difference(value=value, low=math.nan, high=math.nan, none=0.0)
    spread = float(np.std(resampled_mious(first) - resampled_mious(second), ddof=1))
    reach = standard_errors(pairs) * spread
    return Difference(value=value, low=value - reach, high=value + reach, none=0.0)


def miou(confusion: Counts) -> float:
    """Return the mean IoU over the classes that occur in the labels, from a matrix of labels (rows) by predictions."""
    return float(_mious(confusion[None])[0])


def iou(confusion: Counts) -> list[float | None]:
    """Return each class's IoU from one matrix; None for classes without a label pixel."""
    hits, labelled = np.diagonal(confusion), confusion.sum(-1)
    union = labelled + confusion.sum(-2) - hits
    return [int(h) / int(u) if n else None for h, u, n in zip(hits, union, labelled, strict=True)]


def _mious(confusions: Counts) -> Floats:
    hits = np.diagonal(confusions, axis1=-2, axis2=-1)
    labelled = confusions.sum(-1)
    union = labelled + confusions.sum(-2) - hits
    each = np.where(labelled > 0, hits / np.maximum(union, 1), 0.0)
    return np.asarray(each.sum(-1) / np.maximum((labelled > 0).sum(-1), 1), np.float64)


def of_logs(value: float, spread: float, pairs: int, allowance: float) -> Difference:
    """Return a ratio with its interval, from the ratio's logarithm and the logarithm's standard deviation."""
    reach = standard_errors(pairs) * spread + math.log1p(allowance)
    return Difference(value=math.exp(value), low=math.exp(value - reach), high=math.exp(value + reach), none=1.0)


def standard_errors(pairs: int) -> float:
    """Return how many standard errors the interval extends on each side if `pairs` are compared."""
    return NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / max(1, pairs) / 2)


def resampled_medians(turns: Sequence[Sequence[float]]) -> Floats:
    """Return the medians over the runs of resampled turns, (ROUNDS,)."""
    values = np.concatenate([np.asarray(turn, np.float64) for turn in turns])
    of_turn = np.repeat(np.arange(len(turns)), [len(turn) for turn in turns])
    order = np.argsort(values, kind="stable")
    values, of_turn = values[order], of_turn[order]
    times = times_drawn(len(turns))  # ROUNDS,T
    found = []
    step = max(1, _CHUNK // len(values))
    for start in range(0, ROUNDS, step):
        upto = np.cumsum(times[start : start + step, of_turn], axis=1)  # rounds,N: runs drawn up to each value
        total = upto[:, -1:]
        lower = np.argmax(upto >= (total + 1) // 2, axis=1)
        upper = np.argmax(upto >= total // 2 + 1, axis=1)
        found.append((values[lower] + values[upper]) / 2)
    return np.concatenate(found)


def resampled_mious(confusions: Counts) -> Floats:
    """Return the mIoUs over resampled photos, (ROUNDS,), from their matrices (N, C, C)."""
    count, classes = confusions.shape[:2]
    drawn = times_drawn(count) @ confusions.reshape(count, -1)
    return _mious(drawn.reshape(ROUNDS, classes, classes))


def times_drawn(count: int) -> Counts:
    """Return how often each of `count` items is drawn in each round, (ROUNDS, count)."""
    drawn = draws(ROUNDS, count) + np.arange(ROUNDS)[:, None] * count
    return np.bincount(drawn.reshape(-1), minlength=ROUNDS * count).reshape(ROUNDS, count)


def draws(rounds: int, count: int) -> Counts:
    """Return `count` of `count` items drawn with replacement, (rounds, count): position k draws hash(k) *
    count / 2^32.
    """
    hashed = _hash(np.arange(rounds * count, dtype=np.uint32)).astype(np.uint64)
    return ((hashed * np.uint64(count)) >> np.uint64(32)).astype(np.int64).reshape(rounds, count)


def _hash(counter: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Mix a counter with the seed: the finalizer of MurmurHash3 (Appleby), modulo 2^32."""
    x = counter * np.uint32(0x9E3779B9) + np.uint32(SEED)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return np.asarray(x ^ (x >> np.uint32(16)), np.uint32)
