"""The method as plain functions of samples: which turns are undisturbed, whether they suffice, and the statistics.

docs/method.md describes it in words; conformance/cases/method.json has examples that every harness reproduces.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.intervals import LEAST_RUNS_P90, LEAST_RUNS_P99, median_interval, percentile
from benchmark.yardstick import Reading

NEAR_INTEGER, NEAR_MEMORY = 1.10, 1.25  # times the best known that a reading may take beside an undisturbed turn
WAITED_SHARE = 0.02  # of a turn's wall time that its threads may wait for a processor
ASLEEP_SHARE = 0.05  # of a turn's wall time that one thread may not work
OTHERS_SHARE, OTHERS_MS = 0.15, 20.0  # of a turn's wall time; two ticks of the system's clock are no finding
LEAST_UNDISTURBED = 12  # turns that p50 and its interval want
HALF_WIDTH = 0.03  # of p50's interval, as a share of p50
STEADY, STEADY_RUNS = 0.05, 8  # share that the halves of a turn may differ by, where it is of so many runs or more
# Shares that no run can see from inside, set by recorded traces (docs/method.md): how far the median of a run lies from
# that of an hour, 95 times in 100, as the computer drifts over minutes; and what two processes of one file that take
# turns differ by.
RUN_ALLOWANCE, PROCESS_ALLOWANCE = 0.025, 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Some runs of one file without a pause, between two readings of the yardstick.

    The fields that are not listed are those of counters.Spent; None if not known.

    Attributes:
        number: of the pass over all files.
        started_s: when it began, since the start of the whole measurement.
        at_ms: when each run began, since the turn's start.
        execute_ms: duration of each run, until its output was read; if `batch` is above 1, the mean of that many runs
            timed at once.
    """

    number: int
    started_s: float
    before: Reading
    after: Reading
    wall_ms: float
    cpu_ms: float | None
    waited_ms: float | None
    others_ms: float | None
    stolen_ms: float | None
    switches: int | None
    at_ms: tuple[float, ...]
    execute_ms: tuple[float, ...]
    batch: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """The statistics of a file's turns. Times in ms, shares and cv 0 to 1; None if the method gives no figure.

    Attributes:
        p50_ms, p50_low_ms, p50_high_ms: over the undisturbed turns if there are LEAST_UNDISTURBED, else over all.
        p50_all_ms: over all turns.
        p90_ms, p99_ms, cv: over the same runs as p50_ms; None if samples are means of several runs.
        drift: ratio of the later half's median to the earlier half's, over the same turns, minus 1.
    """

    runs: int
    turns: int
    undisturbed_turns: int
    p50_ms: float | None
    p50_low_ms: float | None
    p50_high_ms: float | None
    p50_all_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    cv: float | None
    drift: float | None

    @property
    def undisturbed_share(self) -> float | None:
        """Return the share of undisturbed turns; None without turns."""
        return self.undisturbed_turns / self.turns if self.turns else None

    @property
    def half_width(self) -> float | None:
        """Return half the width of p50's interval as a share of p50."""
        if self.p50_ms is None or self.p50_low_ms is None or self.p50_high_ms is None:
            return None
        return (self.p50_high_ms - self.p50_low_ms) / 2 / self.p50_ms


def disturbance(turn: Turn, best: Reading, threads: int) -> str:
    """Return what disturbed a turn; empty if nothing did.

    Args:
        best: the yardstick's least known time on this device.
        threads: of the runtime; with more than one, or 0 if the engine chooses, a turn's processor time does not show
            whether it slept.
    """
    for reading, when in ((turn.before, "before"), (turn.after, "after")):
        if reading.integer_ms > NEAR_INTEGER * best.integer_ms:
            return f"the processor was slow right {when} it"
        if reading.memory_ms > NEAR_MEMORY * best.memory_ms:
            return f"memory was slow right {when} it"
    if turn.waited_ms is not None and turn.waited_ms > WAITED_SHARE * turn.wall_ms:
        return "it waited for a processor"
    if threads == 1 and turn.cpu_ms is not None and turn.wall_ms - turn.cpu_ms > ASLEEP_SHARE * turn.wall_ms:
        return "it did not run all the time"
    if turn.stolen_ms is not None and turn.stolen_ms > max(OTHERS_MS, OTHERS_SHARE * turn.wall_ms):
        return "the host of this virtual machine took the processor"
    if turn.others_ms is not None and turn.others_ms > max(OTHERS_MS, OTHERS_SHARE * turn.wall_ms):
        return "other processes worked beside it"
    if not _is_steady(turn.execute_ms):
        return "its speed changed within it"
    return ""


def _is_steady(execute_ms: Sequence[float]) -> bool:
    """Return whether the halves of a turn are alike; of an odd number of runs, the middle one is in neither half."""
    half = len(execute_ms) // 2
    if len(execute_ms) < STEADY_RUNS:
        return True
    earlier, later = statistics.median(execute_ms[:half]), statistics.median(execute_ms[-half:])
    return max(earlier, later) <= (1 + STEADY) * min(earlier, later)


def undisturbed(turns: Sequence[Turn], best: Reading, threads: int) -> list[Turn]:
    """Return the undisturbed turns."""
    return [turn for turn in turns if not disturbance(turn, best, threads)]


def turn_of(said: Mapping[str, Any], number: int, started_s: float) -> Turn:
    """Return the turn that a measuring process, or a record, describes."""
    plain = ("wall_ms", "cpu_ms", "waited_ms", "others_ms", "stolen_ms", "switches")
    return Turn(
        number=number,
        started_s=round(started_s, 4),
        before=Reading(**said["before"]),
        after=Reading(**said["after"]),
        at_ms=tuple(said["at_ms"]),
        execute_ms=tuple(said["execute_ms"]),
        batch=said.get("batch", 1),
        **{name: said[name] for name in plain},
    )


def best_of(turns: Sequence[Turn]) -> Reading:
    """Return the lowest of a run's own readings, for use if no lower one is known."""
    readings = [reading for turn in turns for reading in (turn.before, turn.after)]
    return Reading(
        integer_ms=min((r.integer_ms for r in readings), default=math.inf),
        memory_ms=min((r.memory_ms for r in readings), default=math.inf),
    )


def statistics_of(turns: Sequence[Turn], best: Reading, threads: int, allowance: float = RUN_ALLOWANCE) -> Statistics:
    """Return the statistics of a file's turns. allowance: widens p50's interval on both sides."""
    return _statistics(turns, undisturbed(turns, best, threads), allowance)


def _statistics(turns: Sequence[Turn], kept: Sequence[Turn], allowance: float) -> Statistics:
    counted = kept if len(kept) >= LEAST_UNDISTURBED else list(turns)
    runs = [ms for turn in counted for ms in turn.execute_ms]
    if not runs:
        return Statistics(
            runs=0, turns=len(turns), undisturbed_turns=len(kept), p50_ms=None, p50_low_ms=None, p50_high_ms=None,
            p50_all_ms=None, p90_ms=None, p99_ms=None, cv=None, drift=None,
        )  # fmt: skip
    are_single = all(turn.batch == 1 for turn in turns)  # the spread of means is not that of runs
    p50_ms = percentile(runs, 50)
    low_ms, high_ms = widened(p50_ms, median_interval([turn.execute_ms for turn in counted]), allowance)
    return Statistics(
        runs=sum(len(turn.execute_ms) for turn in turns),
        turns=len(turns),
        undisturbed_turns=len(kept),
        p50_ms=p50_ms,
        p50_low_ms=low_ms,
        p50_high_ms=high_ms,
        p50_all_ms=percentile([ms for turn in turns for ms in turn.execute_ms], 50),
        p90_ms=percentile(runs, 90) if are_single and len(runs) >= LEAST_RUNS_P90 else None,
        p99_ms=percentile(runs, 99) if are_single and len(runs) >= LEAST_RUNS_P99 else None,
        cv=statistics.stdev(runs) / statistics.fmean(runs) if are_single and len(runs) > 1 else None,
        drift=drift(counted),
    )


def widened(value: float, interval: tuple[float, float], allowance: float) -> tuple[float | None, float | None]:
    """Return a median's interval, widened by an error that no run can see from inside.

    Both errors add as squares, on the log scale. An end that is NaN becomes None.
    """
    low, high = interval
    if math.isnan(low) or math.isnan(high):
        return None, None
    below, above = (math.hypot(math.log(value / low), allowance), math.hypot(math.log(high / value), allowance))
    return value * math.exp(-below), value * math.exp(above)


def drift(turns: Sequence[Turn]) -> float | None:
    """Return by what share the later half of the turns was slower than the earlier; None for fewer than four turns."""
    if len(turns) < 4:
        return None
    medians = [statistics.median(turn.execute_ms) for turn in turns]
    half = len(medians) // 2
    return statistics.median(medians[-half:]) / statistics.median(medians[:half]) - 1


def is_enough(turns: Sequence[Turn], best: Reading, threads: int) -> bool:
    """Return whether a file needs no more turns: it has enough undisturbed ones, and a narrow enough interval."""
    kept = undisturbed(turns, best, threads)
    if len(kept) < LEAST_UNDISTURBED:
        return False
    half_width = _statistics(kept, kept, RUN_ALLOWANCE).half_width
    return half_width is not None and half_width < HALF_WIDTH
