"""`pick` and `diff` of a folder that holds a file several times: which run they take, what they say of the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from _commands import Call
from _phones import phone
from _ranks import measured
from _records import without_result
from _repeats import FIRST, LAST, LATER, SECOND, THIRD, a_run, again, on_photos

from benchmark.rows import row_of
from pocketseg import api
from pocketseg.core.types import BenchmarkRow
from pocketseg.report import write_all
from pocketseg.report.pick import Wanted, left_aside, not_told_apart, pick

# ---- pick ------------------------------------------------------------------------------------------------------------


def test_pick_counts_a_file_once_by_its_latest_run(pocketseg: Call, tmp_path: Path) -> None:
    slow = measured("fp32", p50_ms=2.0, run=FIRST)
    fast = again(measured("fp32", p50_ms=8.0), SECOND)
    wanted = Wanted(max_p50_ms=100)
    chosen, why = pick([slow, fast], wanted)
    assert chosen is fast and why == "the only one that keeps it" and not not_told_apart(fast, [slow, fast], wanted)
    assert pick([slow, fast], Wanted(max_p50_ms=4))[0] is None
    write_all([slow, fast], tmp_path)
    said = pocketseg("pick", tmp_path, "--target", "tflite", "--max-p50-ms", 100)
    assert said.code == 0 and "p50 8" in said.out and "no difference" not in said.out, said.err


def test_pick_chooses_on_one_set_of_photos_and_names_what_it_leaves(pocketseg: Call, tmp_path: Path) -> None:
    rows = a_run()
    best = on_photos(rows[0], 0, 12)  # by its number alone the best mIoU, and on fewer photos
    both = [*rows, best]
    chosen, why = pick(both, Wanted(max_mb=100))
    assert chosen in rows and why == "the best mIoU of 2 that keep it"
    assert left_aside(both) == (
        "1 row was scored on other photos (12 test photos of embedded), which cannot be compared with 24 test photos "
        "of embedded"
    )
    assert not left_aside(rows) and not left_aside([rows[0], again(rows[0], SECOND)])
    more = [*rows, *(on_photos(row, 0, 12) for row in rows)]
    assert pick(more, Wanted(max_mb=100))[0] in rows  # of two sets of as many files that of more photos
    write_all(both, tmp_path)
    said = pocketseg("pick", tmp_path, "--target", "tflite", "--max-mb", 100)
    assert said.code == 0 and f"note: {left_aside(both)}" in said.out and "1 thread, chosen" in said.out, said.err
    found = json.loads(pocketseg("pick", tmp_path, "--target", "tflite", "--max-mb", 100, "--json").out)
    assert found["left_aside"] == left_aside(both) and found["no_difference_shown"] != []


# ---- diff ------------------------------------------------------------------------------------------------------------


def folder(path: Path, *rows: BenchmarkRow) -> Path:
    path.mkdir()
    write_all(rows, path)
    return path


def test_diff_takes_the_latest_run_of_a_file_and_says_so(pocketseg: Call, tmp_path: Path) -> None:
    row = measured(run=FIRST, p50_ms=4.0)
    slower = again(measured(p50_ms=8.0), SECOND)
    one, both = folder(tmp_path / "a", row), folder(tmp_path / "b", slower, again(row, THIRD, "2025-01-01T00:00:00Z"))
    said = pocketseg("diff", one, both)
    assert said.code == 1 and "note: B has 2 runs of it: the latest on the same photos is taken" in said.out, said.err
    assert "p50" in said.out and "-> 8" in said.out
    said = pocketseg("diff", both, one)
    assert said.code == 0 and "note: A has 2 runs of it" in said.out, said.err


def test_diff_takes_of_several_runs_those_on_the_same_photos(tmp_path: Path) -> None:
    row = measured(run=FIRST)
    one = folder(tmp_path / "a", row)
    both = folder(tmp_path / "b", again(row, THIRD), on_photos(row, 0, 12, SECOND, LAST))
    [file] = api.diff(one, both).files
    assert file.changes[0].first == file.changes[0].second and len(file.notes) == 2
    with pytest.raises(Exception, match="photos"):
        api.diff(one, folder(tmp_path / "c", on_photos(row, 0, 12)))


def test_diff_does_not_hide_that_the_latest_run_failed(tmp_path: Path) -> None:
    row = measured(run=FIRST)
    failed = row_of(
        without_result(run={"id": SECOND, "started_at": LATER}, artifact={"sha256": row.artifact_sha256}), row.artifact
    )
    both = folder(tmp_path / "b", again(row, THIRD, "2026-01-03T00:00:00Z"), failed)
    assert api.diff(folder(tmp_path / "a", row), both).is_worse


def test_diff_of_a_phone_that_ran_a_job_twice(tmp_path: Path) -> None:
    first, second = phone(run=FIRST), again(phone(), SECOND)
    host = measured(run=THIRD)
    both = folder(tmp_path / "a", host, first, second)
    found = api.diff(both, both)
    assert len(found.files) == 2 and not found.is_worse


def test_an_accelerator_of_which_nothing_is_said_is_not_called_the_cpu(pocketseg: Call, tmp_path: Path) -> None:
    unsaid = measured(run=SECOND, accelerator=None, unknown={"/accelerator": "the harness does not say"})
    assert unsaid.document is not None
    for name in ("nodes", "nodes_delegated", "fallback"):
        del unsaid.document["unknown"][f"/accelerator/{name}"]
    said = pocketseg("diff", folder(tmp_path / "a", measured(run=FIRST)), folder(tmp_path / "b", unsaid))
    assert "accelerator cpu in A, accelerator not known in B" in said.out, said.err


def test_two_files_of_one_name_are_no_runs_of_one(pocketseg: Call, tmp_path: Path) -> None:
    other = measured(run=SECOND, artifact={"sha256": "f" * 64})
    said = pocketseg(
        "diff", folder(tmp_path / "a", measured(run=FIRST)), folder(tmp_path / "b", measured(run=FIRST), other)
    )
    assert said.code == 2 and "holds m fp32 tflite classmap twice" in said.err
