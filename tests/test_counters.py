"""What is counted beside a turn, and what is not known of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark import counters
from benchmark.counters import Counters, spent, system_ms


def at(**changes: float | None) -> Counters:
    plain: dict[str, float | None] = {
        "wall_ms": 0.0, "cpu_ms": 0.0, "waited_ms": 0.0, "busy_ms": 0.0, "stolen_ms": 0.0, "switches": 0
    }  # fmt: skip
    return Counters(**{**plain, **changes})  # type: ignore[arg-type]


def test_others_have_what_was_worked_and_not_by_this_process() -> None:
    found = spent(at(), at(wall_ms=100.0, cpu_ms=90.0, busy_ms=150.0, stolen_ms=10.0, switches=2))
    assert (found.wall_ms, found.others_ms, found.stolen_ms, found.switches) == (100.0, 60.0, 10.0, 2)
    assert spent(at(), at(cpu_ms=90.0, busy_ms=80.0)).others_ms == 0.0  # ticks are coarse


def test_what_was_not_counted_or_went_back_is_not_known() -> None:
    found = spent(at(waited_ms=5.0, stolen_ms=20.0), at(waited_ms=3.0, stolen_ms=10.0, busy_ms=None))
    assert (found.waited_ms, found.stolen_ms, found.others_ms) == (None, None, None)


@pytest.mark.parametrize("first", ["", "cpu", "cpu 1 2 3", "cpu a b c d e f g h", "intr 5", "cpu  0 0 0 0 0 0 0 0 0 0"])
def test_a_system_that_counts_nothing_is_not_a_quiet_one(
    first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = tmp_path / "stat"
    stat.write_text(f"{first}\n")
    monkeypatch.setattr(counters, "_STAT", stat)
    assert system_ms() == (None, None)
    monkeypatch.setattr(counters, "_STAT", tmp_path / "absent")
    assert system_ms() == (None, None)


def test_ticks_of_work_and_of_the_host_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  10 1 2 1000 50 3 4 7 0 0\ncpu0 1\n")
    monkeypatch.setattr(counters, "_STAT", stat)
    monkeypatch.setattr(counters, "_TICK_MS", 10.0)
    assert system_ms() == (200.0, 70.0)
