"""The method on recorded turns of a computer that changes its speed: what VALID is worth, nothing being measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.coverage import Coverage, best_of_trace, coverage, read_trace, same_file

TRACES = sorted((Path(__file__).parent / "data" / "noise").glob("*.jsonl.xz"))
TWINS = (0, 2)  # the first and the third are processes of one file


def test_a_valid_run_of_a_recorded_file_lies_near_the_others() -> None:
    turns = read_trace(TRACES[0])[:1]
    (found,) = coverage(turns, runs=40)
    assert found.valid >= 20
    assert found.apart < 0.10 < found.apart_all


def test_the_best_of_a_trace_is_its_fast_state() -> None:
    files = read_trace(TRACES[0])
    best = best_of_trace(files)
    readings = sorted(turn.before.integer_ms for turns in files for turn in turns)
    assert readings[0] <= best.integer_ms <= 1.05 * readings[len(readings) // 100]


@pytest.mark.slow
def test_printed_intervals_hold_the_median_of_the_trace() -> None:
    found: list[Coverage] = [line for path in TRACES for line in coverage(read_trace(path))]
    valid, covered = sum(line.valid for line in found), sum(line.covered for line in found)
    assert valid >= 0.3 * sum(line.runs for line in found)
    assert covered >= 0.93 * valid, [(line.file, line.covered, line.valid) for line in found]


@pytest.mark.slow
def test_a_file_is_not_called_different_from_itself() -> None:
    said = [same_file(read_trace(path), TWINS, runs=60) for path in TRACES]
    assert all(shown <= 7 for shown in said), said
