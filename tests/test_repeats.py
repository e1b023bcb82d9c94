"""A table that holds a file several times, on other photos or of earlier runs: what counts, and what is said of it."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

import pytest
from _commands import Call
from _phones import phone, row_again
from _ranks import INVALID, measured
from _repeats import FIRST, LAST, LATER, SECOND, THIRD, a_run, again, on_photos
from rich.console import Console

from benchmark.repeats import earlier, scored_on
from pocketseg.core.types import BenchmarkRow
from pocketseg.report import write_all
from pocketseg.report.facts import fp32_file, losses
from pocketseg.report.facts import where as sentences
from pocketseg.report.html import page
from pocketseg.report.pareto import fronts, groups, notes
from pocketseg.report.photo_sets import PhotoSets, photos
from pocketseg.report.places import Places
from pocketseg.report.table import render


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


def test_a_verdict_is_said_of_the_latest_run_alone() -> None:
    before = dataclasses.replace(measured(run=FIRST), verdict="INVALID", verdict_reasons=("a debugger was attached",))
    later = dataclasses.replace(again(before, SECOND), verdict="INVALID", verdict_reasons=("it is a debug build",))
    text = printed([before, later])
    assert "it is a debug build" in text and "a debugger" not in text and "(earlier run)" not in text


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


def test_what_is_written_tells_the_runs_of_a_file_apart(tmp_path: Path) -> None:
    row = measured(run=FIRST)
    paths = write_all([row, again(row, SECOND), on_photos(row, 0, 12, THIRD)], tmp_path)
    with paths["results.csv"].open() as stream:
        found = [(line["photos"], line["record"]) for line in csv.DictReader(stream)]
    assert found == [("24", f"{FIRST}/0"), ("24", f"{SECOND}/0"), ("12", f"{THIRD}/0")]


@pytest.mark.parametrize("width", [60, 100, 190])
def test_the_table_says_on_which_photos_each_score_is(width: int) -> None:
    rows = a_run()
    text = printed([*rows, *(on_photos(row, 0, 12) for row in rows)], width)
    words = " ".join(text.split())
    assert "Photos" in text and "mIoU" in text.splitlines()[0]
    assert (
        "mIoU over 24 test photos of embedded or 12 test photos of embedded, as in the column Photos; scores on "
        "other photos cannot be compared."
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


def test_an_invalid_latest_run_still_counts_as_its_files_measurement() -> None:
    row = measured(run=FIRST)
    latest = again(row, SECOND, **INVALID)
    assert earlier([row, latest]) == {id(row)} and groups([row, latest])[0].rows == [latest]
