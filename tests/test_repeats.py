"""A table that holds a file several times, on other photos or of earlier runs: what counts, and what is said of it."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import pytest
from _commands import Call
from _phones import phone, row_again
from _ranks import INVALID, measured
from _records import without_result
from rich.console import Console

from benchmark.repeats import earlier, scored_on
from benchmark.rows import row_of
from pocketseg import api
from pocketseg.core.types import BenchmarkRow
from pocketseg.report import write_all
from pocketseg.report.facts import fp32_file, losses
from pocketseg.report.facts import where as sentences
from pocketseg.report.html import page
from pocketseg.report.pareto import fronts, groups, notes
from pocketseg.report.photo_sets import PhotoSets, photos
from pocketseg.report.pick import Wanted, left_aside, not_told_apart, pick
from pocketseg.report.places import Places
from pocketseg.report.table import render

FIRST, SECOND, THIRD = "a" * 32, "b" * 32, "c" * 32
LATER, LAST = "2026-02-02T03:04:05.678Z", "2026-03-02T03:04:05.678Z"


def again(row: BenchmarkRow, run: str, at: str = LATER, **changes: Any) -> BenchmarkRow:
    """Return a row of the same file, measured in another run that began at another time."""
    return row_again(row, run={"id": run, "started_at": at}, **changes)


def on_photos(row: BenchmarkRow, first: int, count: int, run: str = SECOND, at: str = LATER) -> BenchmarkRow:
    """Return a row of the same file that another run scored on `count` of its photos, from the `first`."""
    assert row.document is not None
    document = json.loads(json.dumps(row.document))
    document["quality"]["photos"] = document["quality"]["photos"][first : first + count]
    document["run"] |= {"id": run, "started_at": at}
    document["statistics"]["miou"] += 0.05  # other photos, another score
    return row_of(document, row.artifact)


def a_run(run: str = FIRST) -> list[BenchmarkRow]:
    return [measured("fp32", p50_ms=8.0, run=run), measured("w8a8", p50_ms=4.0, wrong=0.101, place=1, run=run)]


def printed(rows: list[BenchmarkRow], width: int = 190) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(render(rows))
    return stream.getvalue()


# ---- what is an earlier run ------------------------------------------------------------------------------------------


def test_of_several_runs_of_a_file_the_latest_counts_wherever_it_stands() -> None:
    row = measured(run=FIRST)
    later, last = again(row, SECOND, LATER), again(row, THIRD, LAST)
    for rows in ([row, later, last], [last, row, later]):
        assert earlier(rows) == {id(row), id(later)}
    same_moment = row_again(row, run={"id": SECOND})
    assert earlier([row, same_moment]) == {id(row)} and earlier([same_moment, row]) == {id(same_moment)}


@pytest.mark.parametrize(
    "other",
    [
        measured(run=SECOND, artifact={"sha256": "f" * 64}),
        measured("w8a8", run=SECOND),
        measured(run=SECOND, runtime={"threads_asked": 4, "threads": 4}),
        measured(run=SECOND, program={"build_type": "debug"}),
        measured(run=SECOND, device={"cpu": "B"}),
        phone(run=SECOND),
        on_photos(measured(), 0, 12),
        measured(run=FIRST, turns=21),
    ],
    ids=["other bytes", "other name", "threads", "debug build", "computer", "phone", "photos", "the same run"],
)
def test_another_file_place_or_set_of_photos_is_no_repeat(other: BenchmarkRow) -> None:
    assert not earlier([measured(run=FIRST), other])


def test_a_newer_runtime_is_a_later_run_of_the_same_file() -> None:
    row = measured(run=FIRST)
    assert earlier([row, again(row, SECOND, runtime={"version": "2.4.0"})]) == {id(row)}


def test_a_run_that_failed_takes_no_ones_place() -> None:
    row = measured(run=FIRST)
    failed = again(row, SECOND, status="failed", reason="it crashed", quality=None, statistics=None, verdict=None)
    assert not earlier([row, failed]) and fronts([row, failed]) == {("tflite", "A"): [row]}


@pytest.mark.parametrize("clock", ["1970-01-01T00:00:00Z", "2038-01-01T00:00:00Z"])
def test_of_a_phone_whose_clock_is_far_off_the_import_says_which_run_is_the_later(clock: str) -> None:
    right = again(phone(), FIRST, LATER, imported={"at": LATER, "seal": "0" * 64})
    wrong = again(right, SECOND, clock, imported={"at": LAST, "seal": "1" * 64})
    assert earlier([right, wrong]) == {id(right)}
    assert earlier([again(right, THIRD, LAST, imported={"at": LAST, "seal": "2" * 64}), right]) == {id(right)}


def test_without_their_records_rows_keep_who_is_the_later() -> None:
    row = measured(run=FIRST)
    rows = [dataclasses.replace(one, document=None) for one in (again(row, SECOND), row)]
    assert earlier(rows) == {id(rows[1])}
    assert not earlier([dataclasses.replace(one, record="", document=None) for one in rows])


# ---- what is shown and compared --------------------------------------------------------------------------------------


def test_earlier_runs_are_on_no_front_and_marked_in_every_view() -> None:
    rows = a_run()
    later = [again(row, SECOND) for row in rows]
    both = [*rows, *later]
    [group] = groups(both)
    assert group.rows == later and set(map(id, group.front)) <= set(map(id, later))
    text = printed(both)
    assert text.count(" earlier ") == 2 and text.count("Earlier runs: a later one") == 1
    assert "≈ m tflite fp32" not in text.replace("\n", " ")  # a file beside itself
    html = page(both)
    assert html.count("VALID, earlier run</td>") == 2 and html.count("Earlier runs: a later one") == 1
    assert html.count('class="star"') == len(group.front)
    assert not losses([measured("w8a8", wrong=0.4, place=1), *later][:1]) and "earlier" not in printed(later)


def test_a_loss_is_said_of_the_latest_run_alone() -> None:
    rows = [measured("fp32", run=FIRST), measured("w8a8", wrong=0.4, place=1, run=FIRST)]
    later = [again(row, SECOND) for row in rows]
    assert len(losses(rows)) == 1 == len(losses([*rows, *later]))


def test_rows_that_would_be_called_the_same_say_what_tells_them_apart() -> None:
    row, other = a_run()
    rows = [row, again(row, SECOND), on_photos(row, 0, 12, THIRD), other]
    places = Places(rows)
    assert list(map(places.title, rows)) == [
        "m tflite fp32 over 24 photos (earlier run)", "m tflite fp32 over 24 photos", "m tflite fp32 over 12 photos",
        "m tflite w8a8",
    ]  # fmt: skip
    on_phone = [phone(run=FIRST), phone(run=SECOND)]
    assert Places(on_phone).title(on_phone[0]) == "m tflite fp32 (earlier run) on Google Pixel 8 (android, cpu)"


@pytest.mark.parametrize("width", [60, 100, 190])
def test_the_table_says_on_which_photos_each_score_is(width: int) -> None:
    rows = a_run()
    text = printed([*rows, *(on_photos(row, 0, 12) for row in rows)], width)
    words = " ".join(text.split())
    assert "Photos" in text and "mIoU" in text.splitlines()[0]
    assert (
        "mIoU over 24 test photos of embedded or 12 test photos of embedded, as the column Photos says: scores on "
        "other photos do not compare."
    ) in words
    assert "Photos" not in printed(rows, width) and words.count("mIoU over") == 1


def test_scores_on_other_photos_are_never_compared_nor_on_one_front() -> None:
    rows = a_run()
    other = [on_photos(row, 0, 12) for row in rows]
    both = [*rows, *other]
    assert list(fronts(both)) == [("tflite", "A, 24 photos"), ("tflite", "A, 12 photos")]
    assert [[id(row) for row in group.rows] for group in groups(both)] == [list(map(id, rows)), list(map(id, other))]
    assert fp32_file(both[3], both) is both[2] and fp32_file(both[1], both) is both[0]
    assert fp32_file(other[1], [*rows, other[1]]) is None
    said = " ".join(notes(groups(both), Places(both)))
    assert "over 24 photos ≈ m tflite w8a8 over 12" not in said and "over 12 photos ≈ m tflite w8a8 over 24" not in said
    html = page(both)
    assert 'id="latency-plot"' in html and 'id="latency-plot-2"' in html and 'id="size-plot-2"' in html
    assert "<h3>24 photos</h3>" in html and "<h3>12 photos</h3>" in html
    assert 'id="latency-plot-2"' not in page(rows)


def test_as_many_other_photos_are_another_set() -> None:
    row = measured(run=FIRST)
    rows = [on_photos(row, 0, 12), on_photos(row, 12, 12, THIRD), row]
    sets = PhotoSets(rows)
    assert [sets.of(one) for one in rows] == ["12a", "12b", "24"] and not earlier(rows)
    assert "12 test photos of embedded (12a) or 12 test photos of embedded (12b) or 24" in sets.sentences()[0]
    assert [name for _, name in fronts(rows)] == ["A, 12a photos", "A, 12b photos", "A, 24 photos"]


def test_other_labels_of_the_same_photos_are_another_set_and_another_order_is_none() -> None:
    row = measured(run=FIRST)
    assert row.document is not None
    scored = row.document["quality"]["photos"]
    relabelled = again(row, SECOND, quality={"photos": [{**scored[0], "label_sha256": "e" * 64}, *scored[1:]]})
    turned = again(row, SECOND, quality={"photos": scored[::-1]})
    assert scored_on(turned) == scored_on(row) != scored_on(relabelled)
    assert PhotoSets([row, relabelled]).shown and not PhotoSets([row, turned]).shown


def test_a_row_without_its_record_is_of_the_photos_that_it_says() -> None:
    row, other = a_run()
    bare = dataclasses.replace(other, document=None)
    assert not PhotoSets([row, bare]).shown and PhotoSets([row, dataclasses.replace(bare, photos=12)]).shown


@pytest.mark.parametrize(
    "count, split, data, says",
    [
        (32, "test", "embedded", "32 test photos of embedded"),
        (1, "val", "", "1 val photo"),
        (6, "all", "folder:mine", "all 6 photos of folder:mine"),
        (1, "all", "folder:mine", "1 photo of folder:mine"),
        (3, "", "", "3 photos"),
    ],
)
def test_photos_are_counted_in_english(count: int, split: str, data: str, says: str) -> None:
    assert photos(count, split, data) == says


def test_nothing_is_over_6_all_photos(pocketseg: Call, tmp_path: Path) -> None:
    row = measured(quality={"split": "all", "data": "folder:mine"})
    assert "mIoU over all 24 photos of folder:mine." in sentences([row])
    write_all([row], tmp_path)
    said = pocketseg("pick", tmp_path, "--target", "tflite", "--max-mb", 9)
    assert "chosen on all 24 photos)" in said.out, said.err


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
        "1 row was scored on other photos (12 test photos of embedded), which do not compare with 24 test photos of "
        "embedded"
    )
    assert not left_aside(rows) and not left_aside([rows[0], again(rows[0], SECOND)])
    more = [*rows, *(on_photos(row, 0, 12) for row in rows)]
    assert pick(more, Wanted(max_mb=100))[0] in rows  # of two sets of as many files that of more photos
    write_all(both, tmp_path)
    said = pocketseg("pick", tmp_path, "--target", "tflite", "--max-mb", 100)
    assert said.code == 0 and f"note: {left_aside(both)}" in said.out, said.err
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


def test_an_invalid_latest_run_still_counts_as_its_files_measurement() -> None:
    row = measured(run=FIRST)
    latest = again(row, SECOND, **INVALID)
    assert earlier([row, latest]) == {id(row)} and groups([row, latest])[0].rows == [latest]
