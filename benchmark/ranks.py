"""Which of two measured files is better, on mIoU, latency or size, as far as intervals show it.

A difference is "shown" if its interval excludes the value of no difference; two numbers without intervals show nothing.
Intervals are at 95 % over all pairs that are compared. mIoU: a bootstrap over the photos on which both were scored.
Latency: a bootstrap over the passes in which both took turns; for two runs on one device, over the turns of each, if
both runs are known to be at the device's best speed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise

import numpy as np

from benchmark.intervals import Counts, Difference, Floats, of_logs, standard_errors, times_drawn
from benchmark.method import LEAST_UNDISTURBED, PROCESS_ALLOWANCE
from benchmark.samples import Sample, sample
from pocketseg.core.types import BenchmarkRow

NO_RECORD = "it was measured before records were kept"
GOLDEN_FAILED = "its output is not what it was at export"
TOO_FEW = "there are too few samples for an interval"
SPEED_UNKNOWN = "the computer's speed at that time is not known"


class Outcome(Enum):
    """How the first of two files compares with the second, as far as the interval shows it."""

    BETTER = "better"
    WORSE = "worse"
    NOT_SHOWN = "no difference shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two files on one axis.

    Attributes:
        difference: the first's mIoU minus the second's, or the ratio of latencies or sizes; None if they cannot be
            compared.
        why: the reason if they cannot be compared, or if there are too few samples.
    """

    outcome: Outcome
    difference: Difference | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """All comparisons between some files, by index: (0, 1) is the first against the second, (1, 0) the other way round.

    broken: indices of files that are on no front because their output changed since export.
    """

    files: int
    miou: Mapping[tuple[int, int], Comparison]
    cost: Mapping[tuple[int, int], Comparison]
    broken: frozenset[int] = frozenset()


def ranks(rows: Sequence[BenchmarkRow], cost: str = "p50_ms") -> Ranks:
    """Compare every two files on mIoU and on their cost, `p50_ms` or `size_bytes`."""
    samples = [sample(row) for row in rows]
    pairs = len(rows) * (len(rows) - 1) // 2
    quality, costs = dict[tuple[int, int], Comparison](), dict[tuple[int, int], Comparison]()
    for a in range(len(rows)):
        for b in range(a + 1, len(rows)):
            quality[a, b] = compare_miou(samples[a], samples[b], pairs=pairs)
            costs[a, b] = (
                _sizes(rows[a], rows[b], samples[a], samples[b])
                if cost == "size_bytes"
                else compare_latency(samples[a], samples[b], pairs=pairs)
            )
            quality[b, a], costs[b, a] = turned(quality[a, b]), turned(costs[a, b])
    broken = frozenset(place for place, one in enumerate(samples) if one.golden_failed)
    return Ranks(files=len(rows), miou=quality, cost=costs, broken=broken)


def latency(first: BenchmarkRow, second: BenchmarkRow, *, pairs: int) -> Difference | None:
    """Return the ratio of the first's latency to the second's; None if the two cannot be compared."""
    return compare_latency(sample(first), sample(second), pairs=pairs).difference


def compare_miou(first: Sample, second: Sample, *, pairs: int) -> Comparison:
    """Compare the mIoU of two files over the same photos and labels. pairs: number of comparisons.

    The interval is the one of intervals.miou_difference, over the photos in the order of their hashes.
    """
    if why := _incomparable(first, second):
        return _silent(why)
    if not first.photos or not second.photos:
        return _silent("it was not scored")
    if (first.photos, first.classes) != (second.photos, second.classes):
        return _silent("they were scored on other photos or labels")
    value = first.miou - second.miou
    if first.mious is None or second.mious is None:
        return _judged(Difference(value=value, low=math.nan, high=math.nan, none=0.0), more=Outcome.BETTER)
    reach = standard_errors(pairs) * float(np.std(first.mious - second.mious, ddof=1))
    return _judged(Difference(value=value, low=value - reach, high=value + reach, none=0.0), more=Outcome.BETTER)


def compare_latency(first: Sample, second: Sample, *, pairs: int) -> Comparison:
    """Compare the latency of two files: pass by pass if they took turns, else across runs with the same setting."""
    if why := _untimed(first, second):
        return _silent(why)
    if first.turns_with(second):
        return _judged(_in_turns(first, second, pairs), more=Outcome.WORSE)
    if other := [name for name, value in first.setting.items() if second.setting[name] != value]:
        return _silent(f"their measurements differ in {' and '.join(other)}")
    return compare_across_runs(first, second, pairs=pairs)


def compare_across_runs(first: Sample, second: Sample, *, pairs: int) -> Comparison:
    """Compare latencies of two runs, on any runtimes; the interval is the one of intervals.unpaired_ratio.

    A computer's speed may differ between runs, so they can be compared only if both are known to be at its best.
    """
    if why := _untimed(first, second):
        return _silent(why)
    if first.turns_with(second):
        return _judged(_in_turns(first, second, pairs), more=Outcome.WORSE)
    if not (first.speed_known and second.speed_known):
        return _silent(SPEED_UNKNOWN)
    value, spread = first.log_median - second.log_median, math.hypot(first.log_spread, second.log_spread)
    if math.isnan(spread):
        return _judged(Difference(value=math.exp(value), low=math.nan, high=math.nan, none=1.0), more=Outcome.WORSE)
    return _judged(of_logs(value, spread, pairs, PROCESS_ALLOWANCE), more=Outcome.WORSE)


def compare_size(first_bytes: int | None, second_bytes: int | None) -> Comparison:
    """Compare two sizes in bytes, which are exact."""
    if not first_bytes or not second_bytes:
        return _silent("its size is not known")
    value = first_bytes / second_bytes
    return _judged(Difference(value=value, low=value, high=value, none=1.0), more=Outcome.WORSE)


def _sizes(first: BenchmarkRow, second: BenchmarkRow, a: Sample, b: Sample) -> Comparison:
    if a.golden_failed or b.golden_failed:
        return _silent(GOLDEN_FAILED)
    return compare_size(first.size_bytes, second.size_bytes)


def turned(one: Comparison) -> Comparison:
    """Return the same comparison the other way round, the second against the first."""
    outcome = {Outcome.BETTER: Outcome.WORSE, Outcome.WORSE: Outcome.BETTER}.get(one.outcome, one.outcome)
    if (found := one.difference) is None:
        return one
    turn: Callable[[float], float] = (lambda value: -value) if found.none == 0 else (lambda value: 1 / value)
    other = Difference(value=turn(found.value), low=turn(found.high), high=turn(found.low), none=found.none)
    return Comparison(outcome=outcome, difference=other, why=one.why)


def front(found: Ranks) -> list[int]:
    """Return the indices of the files on the front, in order.

    A file leaves the front only if another is shown to be better on one axis and not shown to be worse on the other,
    and the two were compared on both. "Not shown" is not transitive, so it may happen that every file would have to
    leave for another; then none does. Broken files are not on the front, and no file leaves because of one.
    """
    whole = [place for place in range(found.files) if place not in found.broken]
    stays = [place for place in whole if not any(_beats(found, other, place) for other in whole if other != place)]
    return stays or whole


def alike(order: Sequence[int], found: Mapping[tuple[int, int], Comparison]) -> list[list[int]]:
    """Return runs of two or more neighbours in an order of indices in which no neighbours are shown to differ."""
    runs: list[list[int]] = []
    for before, place in pairwise(order):
        if found[before, place].outcome is not Outcome.NOT_SHOWN:
            continue
        if runs and runs[-1][-1] == before:
            runs[-1].append(place)
        else:
            runs.append([before, place])
    return runs


def _beats(found: Ranks, other: int, place: int) -> bool:
    axes = found.miou[other, place], found.cost[other, place]
    if any(axis.difference is None or math.isnan(axis.difference.value) for axis in axes):
        return False  # what cannot be compared may well be worse
    outcomes = [axis.outcome for axis in axes]
    return Outcome.BETTER in outcomes and Outcome.WORSE not in outcomes


def _in_turns(first: Sample, second: Sample, pairs: int) -> Difference:
    """Return the ratio over the passes that both took part in; only the undisturbed ones where there are enough."""
    common = sorted(first.passes.keys() & second.passes.keys())
    kept = [number for number in common if number in first.undisturbed and number in second.undisturbed]
    passes = kept if len(kept) >= LEAST_UNDISTURBED else common
    logs = np.array([first.passes[number] - second.passes[number] for number in passes])
    if len(logs) < 2:
        value = math.exp(logs[0]) if len(logs) else math.nan
        return Difference(value=value, low=math.nan, high=math.nan, none=1.0)
    drawn = _medians_of_drawn(logs)
    return of_logs(float(np.median(logs)), float(np.std(drawn, ddof=1)), pairs, PROCESS_ALLOWANCE)


def _medians_of_drawn(values: Floats) -> Floats:
    """Return the medians of the values drawn in each round, (ROUNDS,), by counting how often each was drawn.

    They equal the medians that intervals.ratio computes one by one.
    """
    count = len(values)
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(_drawn(count)[:, order], axis=1)  # ROUNDS,N
    lower, upper = np.argmax(upto >= (count + 1) // 2, axis=1), np.argmax(upto >= count // 2 + 1, axis=1)
    return np.asarray((values[order][lower] + values[order][upper]) / 2, np.float64)


@lru_cache(maxsize=4)  # most pairs of a run have the same number of passes
def _drawn(count: int) -> Counts:
    return times_drawn(count)


def _incomparable(first: Sample, second: Sample) -> str:
    """Return why two files cannot be compared on any axis; empty if they can."""
    if first.document is None or second.document is None:
        return NO_RECORD
    return GOLDEN_FAILED if first.golden_failed or second.golden_failed else ""


def _untimed(first: Sample, second: Sample) -> str:
    if why := _incomparable(first, second):
        return why
    if not first.passes or not second.passes:
        return "it was not timed"
    return "its measurement is INVALID" if first.invalid or second.invalid else ""


def _silent(why: str) -> Comparison:
    return Comparison(outcome=Outcome.NOT_SHOWN, why=why)


def _judged(found: Difference, *, more: Outcome) -> Comparison:
    """Return the outcome of a difference. more: the outcome if the first has the larger value."""
    less = Outcome.WORSE if more is Outcome.BETTER else Outcome.BETTER
    if not found.shown:
        return Comparison(outcome=Outcome.NOT_SHOWN, difference=found, why=TOO_FEW if math.isnan(found.low) else "")
    return Comparison(outcome=more if found.low > found.none else less, difference=found)
