"""Latency: every file takes a short turn in each round, in a random order, while all others sleep.

Interleaving spreads what changes over minutes (heat, other tenants) over all files alike; a fresh order each round
keeps one file from always following the same neighbour.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmark.worker import Worker
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.types import Artifact

PAUSE_S = 0.02  # between turns: the last engine's threads stop spinning
_SLOW_EVERY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long one file is measured.

    At least `least_runs` runs and `least_s` seconds, but not beyond `most_s`, unless that would leave fewer than
    `floor_runs`. A machine that is shared changes its speed every few seconds, so turns are many and short; a file of
    slow runs, above `slow_s`, takes its turn in every fourth round. warm_up_s: untimed work before the first round.
    timeout_s: for each answer of a worker.
    """

    rounds: int = 20
    slow_s: float = 0.05
    least_runs: int = 20
    floor_runs: int = 10
    least_s: float = 2.0
    most_s: float = 8.0
    warm_up_s: float = 0.5
    timeout_s: float = 300.0

    def every(self, run_s: float) -> int:
        """Say in every how many rounds a file takes its turn."""
        return min(_SLOW_EVERY, self.rounds) if run_s > self.slow_s else 1

    def runs_per_turn(self, run_s: float) -> int:
        """Plan the timed runs of one turn for a file that takes `run_s` seconds a run."""
        wanted = max(self.least_runs, math.ceil(self.least_s / run_s))
        affordable = max(self.floor_runs, math.floor(self.most_s / run_s))
        return math.ceil(min(wanted, affordable) / (self.rounds // self.every(run_s)))

    def warm_up_runs(self, run_s: float) -> int:
        """Plan the untimed runs before the first round, 2 to 50."""
        return min(50, max(2, math.ceil(self.warm_up_s / run_s)))


@dataclass(slots=True, kw_only=True, eq=False)
class Run:
    """One file being measured: its process, and what is known of it so far.

    runs_a_turn: how many of the latencies, in their order, are of one turn. failure: why it dropped out.
    """

    artifact: Artifact
    worker: Worker
    opened: dict[str, Any]
    timed: bool = True
    latencies_ms: list[float] = field(default_factory=list)
    runs_a_turn: int = 0
    peak_rss_bytes: int | None = None
    failure: str = ""


def turns(count: int, rounds: int, seed: int) -> list[list[int]]:
    """Give the order of each round: every index once, shuffled anew from one seed."""
    shuffle = random.Random(seed)
    return [shuffle.sample(range(count), count) for _ in range(rounds)]


def percentile_ms(latencies_ms: Sequence[float], percent: float) -> float:
    """Give a percentile over all timed runs, linear between neighbours."""
    return float(np.percentile(np.asarray(latencies_ms, np.float64), percent))


def times_faster(slow: Sequence[float], slow_turn: int, fast: Sequence[float], fast_turn: int) -> float:
    """Say how many times less time one file takes than another that took turns with it: the median over turns of the
    ratio of both files' medians. What changes the machine's speed for longer than a round weighs on both alike.

    slow, fast: latencies in their order; slow_turn, fast_turn: how many of them are of one turn. Where one file took
    fewer turns, several of the other's stand against one.
    """
    spans = min(len(slow) // slow_turn, len(fast) // fast_turn)
    pairs = zip(np.array_split(np.asarray(slow), spans), np.array_split(np.asarray(fast), spans), strict=True)
    return float(np.median([np.median(a) / np.median(b) for a, b in pairs]))


def time_all(runs: Sequence[Run], effort: Effort, seed: int, progress: Callable[[int, int], None]) -> None:
    """Warm every file up, then let them take turns; fill in latencies and peak memory, or the failure."""
    timed = [run for run in runs if run.timed]
    plans = {}
    for index, run in enumerate(timed):
        with drops_out(run):
            plans[index] = _warm_up(run, effort)
            run.runs_a_turn = plans[index][1]
    for number, order in enumerate(turns(len(timed), effort.rounds, seed)):
        for place, index in enumerate(order):
            if not timed[index].failure and (number + index) % plans[index][0] == 0:
                time.sleep(PAUSE_S)
                with drops_out(timed[index]):
                    _turn(timed[index], plans[index][1], effort)
            progress(number * len(timed) + place + 1, effort.rounds * len(timed))
    for run in timed:
        if not run.failure:
            with drops_out(run):
                run.peak_rss_bytes = int(run.worker.ask({"do": "peak"}, effort.timeout_s)["peak_rss_bytes"])


@contextmanager
def drops_out(run: Run) -> Iterator[None]:
    """Note the failure of a file's process, so that the others go on."""
    try:
        yield
    except RuntimeFailedError as error:
        run.failure = error.message


def _warm_up(run: Run, effort: Effort) -> tuple[int, int]:
    """Find out how long a run takes and use the file for a while; give in every how many rounds it takes its turn, and
    the timed runs of a turn."""
    pilot = run.worker.ask({"do": "time", "untimed": 1, "runs": 2}, effort.timeout_s)["latencies_ms"]
    run_s = max(min(pilot), 0.001) / 1e3
    run.worker.ask({"do": "time", "untimed": effort.warm_up_runs(run_s), "runs": 0}, effort.timeout_s)
    return effort.every(run_s), effort.runs_per_turn(run_s)


def _turn(run: Run, count: int, effort: Effort) -> None:
    """Take one turn; its first run is untimed, as the others have emptied the processor's caches."""
    answer = run.worker.ask({"do": "time", "untimed": 1, "runs": count}, effort.timeout_s)
    run.latencies_ms.extend(answer["latencies_ms"])
