"""Latency: every file takes a short turn in each pass, in a random order, while all others sleep.

Interleaving spreads what changes over minutes (heat, other tenants) over all files alike; a new order in each pass
keeps a file from always following the same neighbour. Passes continue until every file has enough undisturbed turns, or
until the time limit. docs/method.md explains why.
"""

from __future__ import annotations

import math
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from benchmark.method import Turn, best_of, is_enough, turn_of
from benchmark.worker import Worker
from benchmark.yardstick import Reading
from pocketseg.core.errors import RuntimeFailedError, UsageError
from pocketseg.core.types import Artifact

PAUSE_S = 0.02  # between turns: the last engine's threads stop spinning
_EVERY = ((1.5, 1), (3, 2), (math.inf, 4))  # passes a planned run, at most: in every how many passes there is a turn
_FURTHER_FILE_S = 5.0  # of the ceiling, for each file beyond the first: a pass over many takes longer
_LOOK_EVERY = 5  # passes beyond the planned ones, between two looks whether there is enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long files are measured.

    In the planned `passes` a file runs at least `least_runs` times and for `least_s` seconds, but not longer than
    `most_s`, unless that would leave fewer than `floor_runs`. (With one pass, latency does not matter and files are
    only scored.) A shared machine changes its speed within tenths of a second, so turns are many and short; a slow
    file, whose runs take more than `slow_s`, runs once per turn, in fewer of the passes.

    After that, files without enough undisturbed turns go on, until the passes have taken `least_wall_s` seconds and all
    have enough, or for `ceiling_s` more seconds ($POCKETSEG_CEILING_S, default 60), and 5 for each file beyond the
    first.

    Attributes:
        warm_up_s: untimed work before the first pass.
        timeout_s: for each answer of a worker.
    """

    passes: int = 40
    slow_s: float = 0.05
    least_runs: int = 20
    floor_runs: int = 10
    least_s: float = 2.0
    most_s: float = 8.0
    least_wall_s: float = field(default_factory=lambda: min(15.0, _ceiling_s()))
    ceiling_s: float = field(default_factory=lambda: _ceiling_s())
    warm_up_s: float = 0.5
    timeout_s: float = 300.0

    def longest_s(self, files: int) -> float:
        """Return how long this many files together may go on beyond the planned passes."""
        return self.ceiling_s + _FURTHER_FILE_S * (files - 1) if self.ceiling_s and files else self.ceiling_s

    def planned_runs(self, run_s: float) -> int:
        """Return the number of timed runs in the planned passes for a file whose run takes `run_s` seconds."""
        wanted = max(self.least_runs, math.ceil(self.least_s / run_s))
        affordable = max(self.floor_runs, math.floor(self.most_s / run_s))
        return min(wanted, affordable)

    def every(self, run_s: float) -> int:
        """Return n if a file takes its turn in every n-th pass."""
        if run_s <= self.slow_s:
            return 1
        share = self.passes / self.planned_runs(run_s)
        return next((every for most, every in _EVERY if share <= most), _EVERY[-1][1])

    def runs_per_turn(self, run_s: float) -> int:
        """Return the number of timed runs in one turn."""
        turns_of_one = math.ceil(self.passes / self.every(run_s))
        planned = self.planned_runs(run_s)
        return max(1, planned // turns_of_one) if run_s > self.slow_s else math.ceil(planned / turns_of_one)

    def untimed_runs(self, run_s: float) -> int:
        """Return how many runs precede the timed ones of a turn: none if a run is long compared with a cold cache."""
        return 0 if run_s > self.slow_s else 1

    def warm_up_runs(self, run_s: float) -> int:
        """Return the number of untimed runs before the first pass, 2 to 50."""
        return min(50, max(2, math.ceil(self.warm_up_s / run_s)))


def _ceiling_s() -> float:
    """Return how long files may be timed beyond the planned passes; 0 if quick figures of any quality are wanted."""
    named = os.environ.get("POCKETSEG_CEILING_S", "").strip() or "60"
    if not re.fullmatch(r"\d{1,4}", named):
        raise UsageError(f"POCKETSEG_CEILING_S is {named!r}", hint="give whole seconds from 0 to 9999")
    return float(named)


@dataclass(slots=True, kw_only=True, eq=False)
class Run:
    """One file being measured: its process, and what is known so far.

    Attributes:
        opened: the worker's answer to the opening.
        failure: why it dropped out.
    """

    artifact: Artifact
    worker: Worker
    opened: dict[str, Any]
    timed: bool = True
    warm_up_runs: int = 0
    turns: list[Turn] = field(default_factory=list)
    load_again_ms: float | None = None
    failure: str = ""

    @property
    def threads(self) -> int:
        """Return how many threads its runtime uses; 0 if it chooses itself."""
        return int(self.opened["threads"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    every: int
    untimed: int
    runs: int


def orders(count: int, seed: int) -> Iterator[list[int]]:
    """Yield the order of each pass, without end: every index once, shuffled again for each pass from one seed."""
    shuffle = random.Random(seed)
    while True:
        yield shuffle.sample(range(count), count)


def turns(count: int, passes: int, seed: int) -> list[list[int]]:
    """Return the orders of the first passes."""
    return list(islice(orders(count, seed), passes))


def times_faster(slow: Sequence[float], slow_turn: int, fast: Sequence[float], fast_turn: int) -> float:
    """Return how many times faster one file is than another that took turns with it: the median over turns.

    Each turn yields the ratio of both files' medians. What changes the machine's speed for longer than a pass affects
    both alike. If one file took fewer turns, several turns of the other are compared with each of its turns. For rows
    without a record, which have only this data.

    Args:
        slow, fast: latencies in their order.
        slow_turn, fast_turn: how many of them belong to one turn.
    """
    spans = min(len(slow) // slow_turn, len(fast) // fast_turn)
    pairs = zip(np.array_split(np.asarray(slow), spans), np.array_split(np.asarray(fast), spans), strict=True)
    return float(np.median([np.median(a) / np.median(b) for a, b in pairs]))


def time_all(
    runs: Sequence[Run], effort: Effort, seed: int, best: Reading | None, progress: Callable[[str, int, int], None]
) -> float:
    """Warm every file up, then let them take turns; store each run's turns, or its failure, in the run.

    Returns when the first pass began, by time.monotonic(). best: the yardstick's least known time; if None, the least
    of this run is used.
    """
    timed = [run for run in runs if run.timed]
    plans = {id(run): plan for run in timed if (plan := _warmed_up(run, effort))}
    passes = enumerate(orders(len(timed), seed))
    began = time.monotonic()
    for number, order in islice(passes, effort.passes):
        for place, index in enumerate(order):
            _take_turn(timed[index], number, began, plans, effort)
            progress("timing", number * len(timed) + place + 1, effort.passes * len(timed))
    planned_s = time.monotonic() - began
    wanting, looked = [run for run in timed if not run.failure], math.inf
    longest_s = effort.longest_s(len(wanting))
    while wanting and (spent_s := time.monotonic() - began - planned_s) < longest_s:
        if looked >= _LOOK_EVERY:
            looked = 0
            if planned_s + spent_s >= effort.least_wall_s:
                wanting = [run for run in wanting if not _has_enough(run, best)]
        progress("timing until enough turns were undisturbed", round(spent_s), round(longest_s))
        number, order = next(passes)
        looked += 1
        for index in order:
            if any(timed[index] is run for run in wanting):
                _take_turn(timed[index], number, began, plans, effort)
        wanting = [run for run in wanting if not run.failure]
    for run in timed:
        if not run.failure:
            with drops_out(run):
                run.load_again_ms = float(run.worker.ask({"do": "load again"}, effort.timeout_s)["load_ms"])
    return began


@contextmanager
def drops_out(run: Run) -> Iterator[None]:
    """Note the failure of a file's process, so that the others go on."""
    try:
        yield
    except RuntimeFailedError as error:
        run.failure = error.message


def _warmed_up(run: Run, effort: Effort) -> _Plan | None:
    """Find out how long a run takes, warm the file up and plan its turns; return None if it fails."""
    plan = None
    with drops_out(run):
        pilot = run.worker.ask({"do": "time", "runs": 3}, effort.timeout_s)["latencies_ms"]
        run_s = max(min(pilot[1:]), 0.001) / 1e3
        run.warm_up_runs = effort.warm_up_runs(run_s)
        run.worker.ask({"do": "time", "runs": run.warm_up_runs}, effort.timeout_s)
        plan = _Plan(every=effort.every(run_s), untimed=effort.untimed_runs(run_s), runs=effort.runs_per_turn(run_s))
    return plan


def _take_turn(run: Run, number: int, began: float, plans: Mapping[int, _Plan], effort: Effort) -> None:
    """Let a file take its turn in a pass, if it has one there."""
    if run.failure or number % (plan := plans[id(run)]).every:
        return
    time.sleep(PAUSE_S)
    with drops_out(run):
        started_s = time.monotonic() - began
        asked = {"do": "turn", "untimed": plan.untimed, "runs": plan.runs}
        run.turns.append(turn_of(run.worker.ask(asked, effort.timeout_s), number, started_s))


def _has_enough(run: Run, best: Reading | None) -> bool:
    return is_enough(run.turns, best or best_of(run.turns), run.threads)
