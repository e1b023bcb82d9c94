"""The method on recorded turns of a computer that changes its speed: what VALID is worth, nothing being measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.coverage import Coverage, best_of_trace, coverage, read_trace, same_file
from scripts.trials import LOADS, METHOD, table

TWINS = {"idle-1": (0, 2), "idle-2": (0, 1)}  # places of two processes of one file in a trace
TRACES = sorted((Path(__file__).parent / "data" / "noise").glob("*.jsonl.xz"))


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
    said = {path: same_file(read_trace(path), TWINS[path.name.partition(".")[0]], runs=60) for path in TRACES}
    assert all(shown <= 7 for shown in said.values()), said


@pytest.mark.documents
def test_the_page_shows_what_the_tries_came_to() -> None:
    content = json.loads(METHOD.with_name("method-trials.json").read_text(encoding="utf-8"))
    assert table(content) in METHOD.read_text(encoding="utf-8"), "run python -m scripts.trials table"
    assert len(content["idle"]) >= 10 and len(content["pairs"]) >= 60
    assert all(len(content[f"load: {name}"]) >= 4 for name in LOADS)
