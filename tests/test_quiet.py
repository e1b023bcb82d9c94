"""Waiting for a quiet machine: three quiet looks in a row, or the limit."""

from __future__ import annotations

import pytest

from benchmark import quiet
from benchmark.counters import Counters
from benchmark.yardstick import Reading

BEST = Reading(integer_ms=0.5, memory_ms=0.5)


class Machine:
    """A machine whose other processes keep so many cores busy in each second, and whose yardstick takes so long."""

    def __init__(self, busy_cores: list[float], integer_ms: list[float]) -> None:
        self.busy_cores, self.integer_ms = busy_cores, integer_ms
        self.now_s, self.busy_ms = 0.0, 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        second = min(int(self.now_s), len(self.busy_cores) - 1)
        self.busy_ms += 1e3 * seconds * self.busy_cores[second]
        self.now_s += seconds

    def counters(self) -> Counters:
        return Counters(
            wall_ms=1e3 * self.now_s, cpu_ms=0.0, waited_ms=0.0, busy_ms=self.busy_ms, stolen_ms=0.0, switches=0
        )

    def read(self) -> Reading:
        second = min(int(self.now_s) - 1, len(self.integer_ms) - 1)
        return Reading(integer_ms=self.integer_ms[second], memory_ms=9.0)


def waited(
    monkeypatch: pytest.MonkeyPatch, best: Reading | None, busy_cores: list[float], integer_ms: list[float]
) -> tuple[bool, float]:
    machine = Machine(busy_cores, integer_ms)
    monkeypatch.setattr(quiet, "time", machine)
    monkeypatch.setattr(quiet, "read", machine.counters)
    monkeypatch.setattr(quiet, "Yardstick", lambda: machine)
    said = quiet.wait_until_quiet(20, best, lambda phase, done, total: None)
    return said, machine.now_s


def test_a_quiet_machine_is_looked_at_three_times(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, BEST, [0.0], [0.5]) == (True, 3.0)


def test_work_of_others_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, BEST, [1.0, 0.0, 0.0, 0.5, 0.0], [0.5]) == (True, 7.0)
    assert waited(monkeypatch, None, [1.0, 0.0], [9.0]) == (True, 4.0)


def test_a_slow_spell_is_waited_for_where_the_best_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, BEST, [0.0], [0.8, 0.8, 0.5]) == (True, 5.0)


def test_the_wait_ends_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    said, now_s = waited(monkeypatch, BEST, [2.0], [0.5])
    assert not said and now_s == 20.0
