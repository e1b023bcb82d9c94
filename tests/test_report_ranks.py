"""Tables, pages, fronts and `pick` say what the intervals show, and `no difference shown` otherwise."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _commands import Call
from _phones import phone
from _ranks import BEFORE, BROKEN, INVALID, UNSTABLE, measured, three
from rich.console import Console
from test_report import Page

from benchmark.method import Statistics
from benchmark.verdict import SPEED_NOT_KNOWN, Conditions, Verdict, of_reason, verdict
from pocketseg.core.errors import UsageError
from pocketseg.core.types import BenchmarkRow
from pocketseg.report import write_all
from pocketseg.report.facts import cv, state, verdicts
from pocketseg.report.html import page
from pocketseg.report.numbers import between_ms, ms_digits
from pocketseg.report.pareto import fronts, fronts_table, groups, not_told_from_fp32, notes
from pocketseg.report.pick import Wanted, doubts, not_told_apart, pick
from pocketseg.report.plots import Point, scatter
from pocketseg.report.table import render
from scripts import published, readme
from scripts.conformance.method import PATH as METHOD


def printed(rows: list[BenchmarkRow], width: int) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(render(rows))
    return stream.getvalue()


def before(row: BenchmarkRow) -> BenchmarkRow:
    """Return a row as it was before there were records."""
    nothing = dict.fromkeys(("p50_low_ms", "p50_high_ms", "p50_all_ms", "miou_low", "miou_high"))
    return dataclasses.replace(row, **BEFORE, **nothing)


# ---- fronts ----------------------------------------------------------------------------------------------------------


def test_a_front_holds_what_no_other_is_shown_to_beat() -> None:
    rows = [*three(), measured("w4", p50_ms=3.98, wrong=0.1005, place=3)]
    (group,) = groups(rows)
    assert group.ranks is not None and [row.recipe for row in group.front] == ["w4", "w8a8"], "the cheapest first"
    assert fronts(rows) == {("tflite", "A"): group.front}


def test_the_front_of_rows_of_before_is_by_point_values_and_called_so() -> None:
    old = [before(row) for row in three()]
    (group,) = groups(old)
    assert group.ranks is None and [row.recipe for row in group.front] == ["w8a8", "fp32"]
    said = fronts_table(old)
    assert "front of tflite on A, by point values (no intervals: measured before records were kept):" in said
    assert "A file is on the front" not in said
    assert notes(groups(old)) == [
        "3 rows compared only by point values (no intervals: measured before records were kept)."
    ]
    assert "compares point values (no intervals: measured before records" in page(old)


def test_rows_whose_records_lie_elsewhere_are_not_called_rows_of_before() -> None:
    apart = [dataclasses.replace(row, document=None) for row in three()]
    assert "the records of these rows are not beside them" in fronts_table(apart)


def test_fronts_stay_within_one_device_kind_and_number_of_threads() -> None:
    rows = [
        measured(),
        measured("w8", place=1, p50_ms=9.0),
        measured(p50_ms=40.0, kind="emulated"),
        measured(p50_ms=2.0, runtime={"threads": 2}),
        measured(device={"cpu_features": ["sse2"]}),
        measured(device={"cpu": "B"}),
        before(measured(p50_ms=1.0)),
    ]
    assert list(fronts(rows)) == [
        ("tflite", "A, host, 1 thread (1)"), ("tflite", "A, emulated, 1 thread"), ("tflite", "A, host, 2 threads"),
        ("tflite", "A, host, 1 thread (2)"), ("tflite", "B"), ("tflite", "A, 1 thread, without records"),
    ]  # fmt: skip
    assert [len(group.rows) for group in groups(rows)] == [2, 1, 1, 1, 1, 1]


def test_a_front_of_size_is_by_exact_sizes_and_shown_scores() -> None:
    rows = [
        measured("fp32", size_bytes=4, turns=0),
        measured("fp16", size_bytes=2, place=1, turns=0),
        measured("pal4", size_bytes=1, place=2, wrong=0.4, turns=0),
    ]
    (group,) = groups(rows)
    assert not group.is_timed and [row.recipe for row in group.front] == ["pal4", "fp16"]
    assert not fronts(rows)


def test_a_front_as_text_has_the_intervals() -> None:
    rows = three()
    said = fronts_table(rows)
    (line,) = [line for line in said.splitlines() if line.endswith("m w8a8")]
    assert f"({between_ms(rows[1])})" in line and "mIoU 0." in line and " to 0." in line
    assert (
        "A file is on the front unless another file of its target, device and kind of measurement is shown, at 95 % "
        in said
    )


def test_neighbours_in_rank_that_show_no_difference_are_named() -> None:
    (said,) = notes(groups(three()))
    assert said == (
        "No difference shown (≈) between neighbours in rank. mIoU: all 3 of tflite; p50: m tflite fp32 ≈ m tflite w8."
    )
    assert notes(groups([measured(), measured("w8", p50_ms=8.0, wrong=0.3, place=1)])) == []
    between = measured("w8", p50_ms=6.0, wrong=0.2, place=1, **INVALID)
    assert notes(groups([measured(), between, measured("w4", p50_ms=8.0, wrong=0.3, place=2)])) == [
        "INVALID latencies have no rank."
    ]


# ---- pick ------------------------------------------------------------------------------------------------------------


def test_pick_names_the_others_that_show_no_difference() -> None:
    rows = [*three(), measured("w4", p50_ms=3.0, wrong=0.4, place=3)]
    for wanted, recipe, others in (
        (Wanted(max_p50_ms=9.0), "fp32", ["w8a8", "w8"]),
        (Wanted(min_miou=0.8), "w8a8", []),
        (Wanted(max_mb=3.0), "w8", ["w8a8"]),
    ):
        chosen, _ = pick(rows, wanted)
        assert chosen is not None and chosen.recipe == recipe
        assert [row.recipe for row in not_told_apart(chosen, rows, wanted)] == others
    old = [before(row) for row in rows]
    assert not_told_apart(old[0], old, Wanted(max_p50_ms=9.0)) == [], "rows of before show nothing"


def test_pick_doubts_what_is_not_valid_and_what_reaches_across_a_limit() -> None:
    row = measured()
    assert row.p50_ms and row.p50_high_ms and row.miou and row.miou_low
    near = Wanted(max_p50_ms=(row.p50_ms + row.p50_high_ms) / 2, min_miou=(row.miou + row.miou_low) / 2)
    by_time, by_score = doubts(row, near)
    assert "reaches across the limit: not shown to have a p50 of at most" in by_time and between_ms(row) in by_time
    assert "an mIoU of at least" in by_score
    assert doubts(row, Wanted(max_p50_ms=2 * row.p50_ms, min_miou=0.1, max_mb=99)) == []
    (said,) = doubts(measured(**INVALID), Wanted(max_mb=99))
    assert said == "its measurement is INVALID: other processes kept 1.20 cores busy"


def test_pick_refuses_times_of_several_places() -> None:
    for other, says in (({"device": {"cpu": "B"}}, "in device (A, B)"),
                        ({"kind": "emulated"}, "in kind (host, emulated)"),
                        ({"device": {"cpu_features": []}}, "in device (cpu features)"),
                        ({"runtime": {"threads": 2}}, "in threads (1, 2)")):  # fmt: skip
        rows = [measured(), measured("w8", place=1, **other)]
        with pytest.raises(UsageError, match="cannot be compared") as caught:
            pick(rows, Wanted(max_p50_ms=9.0))
        assert caught.value.message.endswith(says)
        assert pick(rows, Wanted(max_mb=9.0))[0] is not None, "sizes and scores can be compared everywhere"


def test_the_command_says_it_and_its_json_has_it(pocketseg: Call, tmp_path: Path) -> None:
    rows = [measured("fp32", **UNSTABLE), measured("w8", wrong=0.101, place=1)]
    write_all(rows, tmp_path)
    limit = max(row.p50_ms or 0.0 for row in rows) + 1e-4
    asked = ("pick", tmp_path, "--target", "tflite", "--max-p50-ms", limit)
    said, found = pocketseg(*asked), json.loads(pocketseg(*asked, "--json").out)
    assert said.code == 0, said.err
    assert "no difference in mIoU is shown between it and m w8 (also within the limits)" in said.out
    assert "warning: its measurement is UNSTABLE: p50 is known to within 4.1%" in said.out
    assert found["no_difference_shown"] == [
        {"model": "m", "recipe": "w8", "where": "A (host)", "artifact": "out/w8.tflite"}
    ]
    assert found["doubts"][0].startswith("its measurement is UNSTABLE") and "reaches across" in found["doubts"][1]
    (tmp_path / "records.jsonl").unlink()
    assert "the records of these rows are not beside them" in pocketseg(*asked).out


# ---- the table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 100, 120, 160, 190])
def test_the_table_has_verdicts_and_the_interval_of_p50_at_every_width(width: int) -> None:
    rows = [*three(), measured("w4", place=3, **INVALID)]
    text = printed(rows, width)
    assert max(map(len, text.splitlines())) <= width
    head = text.splitlines()[0]
    assert "Verdict" in head and "Status" not in head and "p50 95 %" in head
    (line,) = [line for line in text.splitlines() if " w8a8 " in line and "VALID" in line]
    assert between_ms(rows[1]) in line
    assert ("mIoU 95 %" in head) == (width >= 100)
    assert ("Load ms" in head) == ("Runtime" in head) == (width >= 160)


def test_under_the_table_stands_why_a_row_is_not_valid_and_which_ranks_do_not_stand() -> None:
    more = {**UNSTABLE, "verdict_reasons": ["p50 is known to within 5.2% (3% is asked)"]}
    rows = [measured("fp32", **UNSTABLE), measured("w8", place=1, **more), measured("w4", place=2, **INVALID)]
    text = " ".join(printed(rows, 120).split())
    assert "INVALID: other processes kept 1.20 cores busy (m tflite w4)." in text
    assert "UNSTABLE: p50 is known to within 4.1% (3% is asked), or similar (m tflite fp32, m tflite w8)." in text
    assert [verdict for verdict, _, _ in verdicts(rows)] == ["INVALID", "UNSTABLE"]
    assert text.count("No difference shown (≈) between neighbours in rank.") == 1
    assert "ΔmIoU with ≈: no difference from fp32 shown at 95 % confidence." in text


def test_each_reason_stands_under_the_verdict_that_it_alone_makes() -> None:
    unknown = "the best speed of this computer is not known yet; `pocketseg doctor` measures it"  # as of before
    both = {"verdict": "INVALID", "verdict_reasons": [*INVALID["verdict_reasons"], unknown, "a rule of later"]}
    rows = [measured("w8", **both), measured("w4", place=1, verdict="UNSTABLE", verdict_reasons=[unknown])]
    assert verdicts(rows) == [
        ("INVALID", "other processes kept 1.20 cores busy", ["m tflite w8"]),
        ("INVALID", "a rule of later", ["m tflite w8"]),
        ("UNSTABLE", unknown, ["m tflite w8", "m tflite w4"]),
    ]
    text = page(rows)
    assert "<code>pocketseg doctor</code>" in text and "`" not in text.split("<body", 1)[1].split("<script", 1)[0]


def test_only_of_this_computer_is_it_said_that_doctor_measures_its_speed() -> None:
    unsure = {"verdict": "UNSTABLE", "verdict_reasons": [SPEED_NOT_KNOWN]}
    said = verdicts([measured("fp32", **unsure), phone("fp32", **unsure)], lambda row: row.kind)
    assert said == [
        ("UNSTABLE", f"{SPEED_NOT_KNOWN}; `pocketseg doctor` measures it", ["host"]),
        ("UNSTABLE", SPEED_NOT_KNOWN, ["android"]),
    ]


@pytest.mark.parametrize("count, says", [(0, "0 turns are too few"), (1, "1 turn is too few"), (4, "4 turns are too")])
def test_turns_that_are_too_few_are_counted_in_english(count: int, says: str) -> None:
    few: Any = {**dict.fromkeys(Statistics.__dataclass_fields__), "turns": count, "undisturbed_turns": 0}
    assert verdict(Statistics(**few), Conditions(best_known=True))[1][0].startswith(says)


@pytest.mark.parametrize("case", json.loads(METHOD.read_text())["verdict"], ids=lambda case: case["is"])
def test_a_reason_is_of_the_verdict_that_the_rules_give_it(case: dict[str, Any]) -> None:
    """Reasons that make it INVALID come first; alone, or with one of the other verdict, each is of its own."""
    if case["is"] == "INVALID" and len(case["reasons"]) > 1:
        made = [of_reason(reason, Verdict.INVALID).value for reason in case["reasons"]]
        assert made == sorted(made) and made[0] == "INVALID"
        return
    for reason in case["reasons"]:
        assert of_reason(reason, Verdict(case["is"])).value == case["is"]
        assert (of_reason(reason, Verdict.INVALID) is Verdict.UNSTABLE) == (case["is"] == "UNSTABLE")


def test_reasons_of_few_turns_and_wide_intervals_are_of_their_own_verdict() -> None:
    good: Any = dict.fromkeys(Statistics.__dataclass_fields__) | {
        "turns": 40, "undisturbed_turns": 30, "p50_ms": 4.0, "p50_low_ms": 3.99, "p50_high_ms": 4.01,
    }  # fmt: skip
    for changes, wanted in (
        ({"turns": 4}, "INVALID"), ({"undisturbed_turns": 0}, "UNSTABLE"), ({"undisturbed_turns": 5}, "UNSTABLE"),
        ({"p50_high_ms": 4.5}, "UNSTABLE"), ({"p50_low_ms": None}, "UNSTABLE"), ({"drift": 0.2}, "UNSTABLE"),
        ({"drift": -0.2}, "UNSTABLE"), ({}, "VALID"),
    ):  # fmt: skip
        said, reasons = verdict(Statistics(**{**good, **changes}), Conditions(best_known=True))
        assert said.value == wanted and len(reasons) == (wanted != "VALID")
        assert all(of_reason(reason, Verdict.INVALID).value == wanted for reason in reasons)


def test_a_loss_that_is_not_shown_is_marked() -> None:
    rows = [measured("fp32"), measured("w8", place=1, wrong=0.101), measured("w4", place=2, wrong=0.3)]
    _, w8, w4 = printed(rows, 100).splitlines()[2:5]
    assert " ≈ -0." in w8 and "≈" not in w4 and page(rows).count(">≈ -0.") == 1
    network = {"m": 0.9}
    assert not_told_from_fp32(groups(rows), network) == set(), "a network is no file with photos"
    assert not_told_from_fp32(groups([before(row) for row in rows])) == set()


def test_a_table_of_rows_of_before_has_no_columns_for_what_they_lack() -> None:
    head = printed([before(row) for row in three()], 160).splitlines()[0]
    assert "Status" in head and "95 %" not in head and "Verdict" not in head
    assert printed([], 80) and state(measured(**INVALID)) == "INVALID" and state(before(measured())) == "ok"


def test_times_have_three_figures() -> None:
    assert [ms_digits(ms) for ms in (None, 0.0, 0.0412, 0.5, 0.9996, 9.99, 9.996, 99.9, 99.96, 1000.0)] == [
        0, 2, 4, 3, 2, 2, 1, 1, 0, 0,
    ]  # fmt: skip


# ---- the page --------------------------------------------------------------------------------------------------------


def test_the_picture_of_a_front_says_what_has_no_rank_and_what_is_on_none() -> None:
    rows = [*three(), measured("w4", place=3, **INVALID), measured("w2", place=4, **BROKEN)]
    (group,) = groups(rows)
    assert "w4" in {row.recipe for row in group.front} and "w2" not in {row.recipe for row in group.front}
    broken = "On no front, because the output is not what it was at export: m tflite w2."
    pictures = page(rows).split('id="fronts"')[1].split("</section>")[0]
    assert "INVALID latencies have no rank: no file leaves the front because of them." in pictures
    assert broken in pictures
    assert broken in notes([group])
    plain = page(three()).split('id="fronts"')[1].split("</section>")[0]
    assert "INVALID" not in plain and "On no front" not in plain


def test_the_spread_shown_is_that_of_the_record() -> None:
    row = measured()
    assert row.document is not None and cv(row) == row.document["statistics"]["cv"]
    coarse = {**row.document, "statistics": {**row.document["statistics"], "cv": None}}
    assert cv(dataclasses.replace(row, document=coarse)) is None, "means of batches have none"
    assert cv(before(row)) == pytest.approx(np.std(row.latencies_ms, ddof=1) / np.mean(row.latencies_ms))


def test_pick_says_so_where_one_file_alone_keeps_what_is_asked() -> None:
    rows = [measured(), measured("w8", place=1, p50_ms=9.0)]
    assert pick(rows, Wanted(max_p50_ms=5.0))[1] == "the only one that keeps it"
    assert pick(rows, Wanted(max_p50_ms=10.0))[1] == "the best mIoU of 2 that keep it"


def test_the_page_draws_intervals_on_both_axes_and_gives_reasons() -> None:
    rows = [*three(), measured("w4", place=3, p50_ms=9.0, **INVALID)]
    text = page(rows)
    assert Page(text).text.count("INVALID") >= 2, "every tag is closed"
    bars = [part.split('"')[0] for part in text.split('class="spread" d="')[1:]]
    both = [bar for bar in bars if "V" in bar and "H" in bar]
    assert len(bars) == 3 * len(rows) and len(both) == 2 * len(rows)
    assert 'title="other processes kept 1.20 cores busy">INVALID</td>' in text
    assert 'id="verdicts"' in text and '<strong class="invalid">INVALID</strong>' in text
    assert f'<span class="caption">{between_ms(rows[1])}</span>' in text
    assert "No difference shown (≈) between neighbours in rank." in text
    assert text.count('class="star"') == 2, "an INVALID time is not shown to be worse"
    assert 'id="verdicts"' not in page(three())


def test_a_bar_across_keeps_within_the_plot() -> None:
    given: Any = {"label": "a", "target": "t", "model": "m", "color": 0, "shape": 0, "hollow": False, "y": 0.5}
    point = Point(x=4.0, x_low=2.0, x_high=8.0, **given)
    plot: Any = {"width_px": 400, "height_px": 300, "x_label": "ms", "y_label": "mIoU", "name": "n"}
    drawn = scatter([point], (), **plot)
    (bar,) = [part.split('"')[0] for part in drawn.split('class="spread" d="')[1:]]
    start, end = float(bar[1:].split()[0]), float(bar.split("H")[1].split("M")[0])
    assert 70 < start < end < 400 - 18
    assert "spread" not in scatter([Point(x=4.0, **given)], (), **plot)


# ---- README ----------------------------------------------------------------------------------------------------------


def test_the_table_of_the_quick_start_has_intervals_and_says_which_ranks_do_not_stand() -> None:
    rows = three()
    lines = readme.results_table(rows).splitlines()
    assert lines[0].startswith("| model | target | precision | runtime | verdict |") and len(lines) == 2 + 3 + 2
    assert f"({between_ms(rows[1])})" in lines[3] and "| VALID |" in lines[3]
    assert "No difference shown (≈) between neighbours in rank." in lines[-1]
    old = readme.results_table([before(row) for row in rows])
    assert "| status |" in old and "measured before records were kept" in old.splitlines()[-1]


def test_published_files_keep_what_their_records_show_against_fp32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readme, "COMPRESSION", tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    write_all([*three(), measured("w4", p50_ms=2.0, place=3, **BROKEN)], tmp_path / "out")
    results, kept = tmp_path / "out/results.json", tmp_path / "kept/m-results.json"
    shown = published.against_fp32(results, "m")
    kept.write_text(json.dumps({"rows": published.merged(results, "m"), "against_fp32": shown}))
    found = {entry["recipe"]: entry for entry in shown}
    assert found["w8a8"]["times_faster"]["shown"] and not found["w8a8"]["miou"]["shown"]
    assert found["w4"]["times_faster"] is None is found["w4"]["miou"]
    lines = readme.compression_table(readme.compression_rows()).splitlines()
    table = {cells[2]: cells for cells in (line.split(" | ") for line in lines[2:6])}
    assert table["w8a8"][4].startswith("no difference shown (") and table["w8a8"][8].startswith("2.0")
    assert table["w8"][8].startswith("no difference shown (0.9") and table["fp32"][4] == ""
    assert table["w4"][4] == "no difference shown" == table["w4"][8].rstrip(" |")
    assert "In brackets: 95 % intervals" in lines[-1]
    moved = tmp_path / "out/results.json"
    content = json.loads(moved.read_text())
    for row in content["rows"]:
        row["target"] = "onnx"
    moved.write_text(json.dumps(content))
    assert {entry["target"] for entry in published.against_fp32(moved, "m")} == {"tflite", "onnx"}
