"""How long files are timed: the planned passes, then on until there is enough, or the ceiling is met."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmark import timing
from benchmark.method import LEAST_UNDISTURBED, statistics_of
from benchmark.timing import Effort, Run, time_all
from benchmark.worker import Worker
from benchmark.yardstick import Reading
from pocketseg.core.errors import RuntimeFailedError, UsageError
from pocketseg.core.types import Artifact

BEST = Reading(integer_ms=0.5, memory_ms=0.5)
EFFORT = Effort(passes=4, least_runs=4, least_s=0.0, least_wall_s=0.0, ceiling_s=30.0, warm_up_s=0.0)


class Clock:
    """A clock that only sleeping and turns move, by what they say they take."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


class Answers:
    """Stands in for a measuring process: runs of some ms, the yardstick fast in some of the turns."""

    def __init__(self, clock: Clock, run_ms: float, slow_before: int = 0, fails_at: int = 10**6) -> None:
        self.clock, self.run_ms, self.slow_before, self.fails_at = clock, run_ms, slow_before, fails_at
        self.turns = 0

    def ask(self, request: dict[str, Any], timeout_s: float | None = None) -> dict[str, Any]:
        if request["do"] == "load again":
            return {"load_ms": 7.0}
        self.clock.now_s += self.run_ms / 1e3 * request["runs"]
        if request["do"] == "time":
            return {"latencies_ms": [self.run_ms] * request["runs"]}
        self.turns += 1
        if self.turns == self.fails_at:
            raise RuntimeFailedError("it crashed")
        reading = {"integer_ms": 0.9 if self.turns <= self.slow_before else 0.5, "memory_ms": 0.5}
        wall_ms = self.run_ms * request["runs"]
        return {
            "before": reading, "after": reading, "wall_ms": wall_ms, "cpu_ms": wall_ms, "waited_ms": 0.0,
            "others_ms": 0.0, "stolen_ms": 0.0, "switches": 0, "at_ms": [0.0] * request["runs"],
            "execute_ms": [self.run_ms] * request["runs"],
        }  # fmt: skip


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timing, "time", made)
    return made


def run(answers: Answers) -> Run:
    artifact = cast(Artifact, SimpleNamespace(model="m"))
    return Run(artifact=artifact, worker=cast(Worker, answers), opened={"threads": 1})


def still(phase: str, done: int, total: int) -> None:
    """Show no progress."""


def test_a_file_with_enough_stops_and_one_without_goes_on(clock: Clock) -> None:
    quick, slow = run(Answers(clock, 2.0)), run(Answers(clock, 2.0, slow_before=40))
    time_all([quick, slow], EFFORT, 0, BEST, still)
    assert len(quick.turns) < 30 < 40 + LEAST_UNDISTURBED <= len(slow.turns) < 70
    assert statistics_of(slow.turns, BEST, 1).undisturbed_turns == len(slow.turns) - 40
    assert quick.load_again_ms == slow.load_again_ms == 7.0


def test_what_is_never_undisturbed_ends_at_the_ceiling(clock: Clock) -> None:
    never = run(Answers(clock, 2.0, slow_before=10**6))
    time_all([never], EFFORT, 0, BEST, still)
    assert EFFORT.ceiling_s <= clock.now_s < EFFORT.ceiling_s + 2
    assert statistics_of(never.turns, BEST, 1).undisturbed_turns == 0


def test_many_files_may_go_on_for_longer(clock: Clock) -> None:
    never = [run(Answers(clock, 2.0, slow_before=10**6)) for _ in range(3)]
    time_all(never, EFFORT, 0, BEST, still)
    assert EFFORT.ceiling_s + 10 <= clock.now_s < EFFORT.ceiling_s + 13
    assert (EFFORT.longest_s(1), EFFORT.longest_s(3), EFFORT.longest_s(0)) == (30.0, 40.0, 30.0)


def test_without_a_ceiling_there_are_the_planned_passes_alone(clock: Clock) -> None:
    effort = Effort(passes=4, least_runs=4, least_s=0.0, least_wall_s=0.0, ceiling_s=0.0, warm_up_s=0.0)
    found = run(Answers(clock, 2.0, slow_before=10**6))
    time_all([found], effort, 0, BEST, still)
    assert [turn.number for turn in found.turns] == [0, 1, 2, 3]


def test_one_file_is_watched_for_the_least_time_even_where_it_is_steady(clock: Clock) -> None:
    effort = Effort(passes=4, least_runs=4, least_s=0.0, least_wall_s=15.0, ceiling_s=60.0, warm_up_s=0.0)
    found = run(Answers(clock, 2.0))
    time_all([found], effort, 0, BEST, still)
    assert 15.0 <= clock.now_s < 17.0


def test_a_file_that_fails_drops_out_and_the_others_go_on(clock: Clock) -> None:
    failing, good = run(Answers(clock, 2.0, fails_at=6)), run(Answers(clock, 2.0, slow_before=10))
    time_all([failing, good], EFFORT, 0, BEST, still)
    assert (failing.failure, len(failing.turns), failing.load_again_ms) == ("it crashed", 5, None)
    assert statistics_of(good.turns, BEST, 1).undisturbed_turns >= LEAST_UNDISTURBED


def test_slow_files_take_their_turns_in_the_same_passes(clock: Clock) -> None:
    effort = Effort(passes=40, least_wall_s=0.0, ceiling_s=0.0)
    quick, slow, slower = (run(Answers(clock, ms)) for ms in (2.0, 100.0, 700.0))
    time_all([quick, slow, slower], effort, 0, BEST, still)
    numbers = [{turn.number for turn in one.turns} for one in (quick, slow, slower)]
    assert numbers[2] <= numbers[1] <= numbers[0] == set(range(40))
    assert [len(one.turns[0].execute_ms) for one in (slow, slower)] == [1, 1]
    assert (len(slow.turns), len(slower.turns)) == (20, 10)


@pytest.mark.parametrize(("named", "ceiling_s", "least_s"), [("", 60, 15), ("5", 5, 5), ("0", 0, 0), ("600", 600, 15)])
def test_the_ceiling_can_be_named(
    named: str, ceiling_s: float, least_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POCKETSEG_CEILING_S", named)
    assert (Effort().ceiling_s, Effort().least_wall_s) == (ceiling_s, least_s)


@pytest.mark.parametrize("named", ["-1", "1.5", "soon", "1e9"])
def test_a_ceiling_that_is_no_number_of_seconds_is_refused(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POCKETSEG_CEILING_S", named)
    with pytest.raises(UsageError, match="POCKETSEG_CEILING_S"):
        Effort()
