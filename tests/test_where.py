"""Rows of several devices, kinds and accelerators in one table: each says where, and nothing compares their times."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import pytest
from _commands import Call
from _phones import IPHONE, OTHER_PIXEL, PIXEL, evaluated, everywhere, gpu_of_unknown_outcome, phone, row_again
from _ranks import BEFORE, INVALID, measured
from _records import without_result
from rich.cells import cell_len
from rich.console import Console
from test_report import Page

from benchmark.ranks import compare_latency
from benchmark.rows import columns, from_json, read_results, row_of, to_json
from benchmark.samples import sample
from benchmark.where import not_of_a_device, plain, where
from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.core.types import BenchmarkRow
from pocketseg.report import write_all
from pocketseg.report.facts import NOT_A_PHONE, delta_points, fp32_file
from pocketseg.report.facts import where as sentences
from pocketseg.report.html import page
from pocketseg.report.pareto import fronts, fronts_table, groups, notes
from pocketseg.report.pick import Wanted, device_words, on_one_device, pick
from pocketseg.report.places import Places
from pocketseg.report.table import render

HOSTILE = "=cmd|'/C calc'!A0 <script>alert(1)</script> \u202eevil\x1b[31m\r\n\u200b[red]x"
GPU_UNKNOWN = "Google Pixel 8, Tensor G3 (android, gpu asked, not known to be obtained)"


def printed(rows: list[BenchmarkRow], width: int) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(render(rows))
    return stream.getvalue()


def on(row: BenchmarkRow) -> str:
    place = where(row)
    assert place is not None
    return place.text


def kept_alone(row: BenchmarkRow) -> BenchmarkRow:
    """Return what rows.jsonl has of a row whose record is not beside it."""
    return from_json(to_json(row))


# ---- what a row says -------------------------------------------------------------------------------------------------


def test_a_row_says_where_with_its_record_and_without() -> None:
    wanted = [
        "A (host)", "A (host)", "A (reference)", *["Google Pixel 8, Tensor G3 (android, cpu)"] * 2,
        "Google Pixel 8, Tensor G3 (android, gpu)", GPU_UNKNOWN, *["Google Pixel 8, Tensor G3X (android, cpu)"] * 2,
        "Apple iPhone15,4 (ios, npu)", "Apple iPhone15,4 (ios, npu asked, gpu obtained)",
    ]  # fmt: skip
    assert [columns(row)["where"] for row in everywhere()] == wanted
    assert [columns(kept_alone(row))["where"] for row in everywhere()] == wanted


@pytest.mark.parametrize(("nodes", "taken", "says"), [
    (100, 100, "gpu"), (100, 40, "gpu in part"), (100, 0, "gpu asked, took no operation"), (None, None, "gpu"),
])  # fmt: skip
def test_what_ran_a_part_alone_is_said_to_have(nodes: int | None, taken: int | None, says: str) -> None:
    row = phone(asked="gpu", accelerator={"nodes": nodes, "nodes_delegated": taken})
    assert on(row) == on(kept_alone(row)) == f"Google Pixel 8, Tensor G3 (android, {says})"


def test_what_is_not_known_to_have_run_a_file_is_nowhere_said_to_have(tmp_path: Path) -> None:
    rows = [phone(), gpu_of_unknown_outcome(place=1)]
    write_all(rows, tmp_path)
    for text in (printed(rows, 190), (tmp_path / "report.html").read_text(), (tmp_path / "results.csv").read_text()):
        assert "gpu asked, not known to be obtained" in text and "gpu)" not in text and "fp32 gpu<" not in text


def test_a_phone_is_called_by_what_is_known_of_it() -> None:
    for device, name in (
        ({"maker": "Google"}, "Google Pixel 8"), ({"maker": "google", "model": "Google Pixel 8"}, "Google Pixel 8"),
        ({"maker": None}, "Pixel 8"), ({"model": None}, "Tensor G3"), ({"model": None, "soc": None}, "Android 14"),
    ):  # fmt: skip
        place = where(phone(device={**PIXEL, **device}))
        assert place is not None and place.name == name
    nothing = row_again(phone(), device={"maker": None, "model": None, "soc": None, "os": None})
    assert on(nothing) == "an unnamed device (android, cpu)"


def test_rows_of_before_open_and_say_what_they_kept() -> None:
    old = dataclasses.replace(measured(), **BEFORE, device={"cpu": "A", "cores": 2})
    assert on(old) == "A (host)" and columns(kept_alone(old))["where"] == "A (host)"
    evaluator = dataclasses.replace(old, device={"cpu": "A", "label": "an evaluator"})
    assert on(evaluator) == "A (reference)"
    nothing = dataclasses.replace(old, device={})
    assert where(nothing) is None and columns(nothing)["where"] == "" and Places([nothing, old]).of(nothing) == ""


def test_a_phone_of_whose_accelerator_nothing_is_known_says_so_and_is_on_no_front() -> None:
    row = phone()
    assert row.document is not None
    unsaid = row_of({**row.document, "accelerator": None})
    assert on(unsaid) == on(kept_alone(unsaid)) == "Google Pixel 8, Tensor G3 (android, accelerator not known)"
    assert groups([row, unsaid])[0].front == [row]
    failed = row_of({**without_result(kind="android", device=PIXEL), "accelerator": None})
    assert failed.document is not None
    assert on(failed) == "Google Pixel 8, Tensor G3 (android)", "it never ran"
    gpu = {"asked": "gpu", "obtained": None, "nodes": None, "nodes_delegated": None, "fallback": None}
    assert on(row_of({**failed.document, "accelerator": gpu})) == "Google Pixel 8, Tensor G3 (android, gpu asked)"


def test_a_simulator_is_called_one() -> None:
    row = phone(device={**IPHONE, "simulator": True})
    assert on(row) == on(kept_alone(row)) == "Apple iPhone15,4 (ios simulator, cpu)"


# ---- tables ----------------------------------------------------------------------------------------------------------


def test_a_table_of_this_computer_alone_has_no_column_for_it() -> None:
    failed = row_of(without_result(artifact={"recipe": "w4"}))
    without_file = dataclasses.replace(failed, device={}, kind="", document=None, record="")
    rows = [measured(), measured("w8", place=1), evaluated(), failed, without_file]
    assert "Where" not in printed(rows, 190) and ">Where<" not in page(rows)
    for other in (phone(), measured(kind="emulated"), measured(device={"cpu": "B"})):
        assert "Where" in printed([*rows, other], 190) and ">Where<" in page([*rows, other])
    assert "Where" in printed([phone()], 190), "a table of one phone says which"


def test_devices_of_one_name_stay_apart() -> None:
    for other in (OTHER_PIXEL, {**PIXEL, "cores": 8}, {**PIXEL, "machine": "armv7l"}, {**PIXEL, "simulator": True}):
        rows = [phone(), phone(place=1), phone(device=other)]
        places = Places(rows)
        assert places.of(rows[0]) == places.of(rows[1]) != places.of(rows[2]), other
        assert len(set(places.devices.values())) == 2 == len(groups(rows)) == len(fronts(rows))
    long = [phone(device={**PIXEL, "model": "m" * 90 + end}) for end in "ab"]
    first, second = map(Places(long).of, long)
    assert first != second and max(map(len, (first, second))) < 100


@pytest.mark.parametrize("width", [80, 100, 120, 160, 190])
def test_a_narrow_table_holds_numbers_and_says_what_they_stand_for(width: int) -> None:
    text = printed(everywhere(), width)
    table = text.split("\n\n")[0].splitlines()
    assert max(map(cell_len, table)) <= width and "Where" in table[0]
    assert (GPU_UNKNOWN in table[8]) == (width >= 160)
    assert (f"5: {GPU_UNKNOWN}" in table) == (width < 160)
    assert "p50 95 %" in table[0], "the interval has room all the same"
    without_place = dataclasses.replace(measured(), device={}, document=None, record="")
    lines = printed([*everywhere(), without_place], width).splitlines()
    assert not any(line.strip("123456789 ") == ":" for line in lines), "what has no place has no number"


def test_reasons_name_the_row_by_where_it_was_measured() -> None:
    failed = row_of(without_result(kind="android", device=PIXEL | {"os": "Android 14"}))
    text = " ".join(printed([measured(), failed], 190).split())
    assert "failed: timing: it crashed (m tflite fp32 on Google Pixel 8 (android))." in text
    assert "INVALID: gpu was asked and what ran it is not known (m tflite w8a8 on " in " ".join(
        printed(everywhere(), 190).split()
    )


def test_what_is_said_of_phones_alone_is_not_that_host_latency_is_another() -> None:
    assert NOT_A_PHONE not in sentences([phone()]) and NOT_A_PHONE in sentences([phone(), measured()])
    assert sentences([phone()])[0] == "Measured on Google Pixel 8, Tensor G3 (android), 9 usable cores, Android 14."


def test_a_loss_is_that_against_the_fp32_of_the_same_device_and_accelerator() -> None:
    rows = [measured(), phone(), phone(asked="gpu", place=1), phone("w8a8", place=2), phone("w8a8", asked="gpu")]
    host, cpu, gpu, w8a8, w8a8_gpu = rows
    assert [fp32_file(row, rows) for row in (w8a8, w8a8_gpu, gpu, host)] == [cpu, gpu, gpu, host]
    assert fp32_file(w8a8_gpu, [host, cpu, w8a8_gpu]) is cpu and fp32_file(w8a8, [host, w8a8]) is None
    assert delta_points(gpu, rows) is None, "an fp32 file is no loss against that of another accelerator"


# ---- fronts and ranks ------------------------------------------------------------------------------------------------


def test_fronts_stay_within_a_device_and_hold_its_accelerators() -> None:
    found = {name: [row.recipe for row in front] for name, front in fronts(everywhere()).items()}
    assert found == {
        ("tflite", "A"): ["w8a8"], ("tflite", "Google Pixel 8, Tensor G3"): ["fp32"],
        ("tflite", "Google Pixel 8, Tensor G3X"): ["w8a8"], ("coreml", "Apple iPhone15,4"): ["fp32"],
    }  # fmt: skip
    said = fronts_table(everywhere())
    assert "m fp32 (gpu)" in said and "not known" not in said


@pytest.mark.parametrize("odd", [
    gpu_of_unknown_outcome("w8", p50_ms=0.1, wrong=0.0, place=1),
    phone("w8", p50_ms=0.1, wrong=0.0, place=1, asked="gpu", obtained=None),
    phone("w8", p50_ms=0.1, wrong=0.0, place=1, asked="npu", obtained="cpu"),
    phone("w8", p50_ms=0.1, wrong=0.0, place=1, program={"build_type": "debug"}),
    phone("w8", p50_ms=0.1, wrong=0.0, place=1, **INVALID),
], ids=["not known, INVALID", "not known, called VALID", "another", "a debug build", "INVALID"])  # fmt: skip
def test_times_that_are_not_of_the_device_are_on_no_front_and_drive_none_off(odd: BenchmarkRow) -> None:
    for own in (odd, kept_alone(odd)):
        rows = [phone() if own is odd else kept_alone(phone()), own]
        (group,) = groups(rows)
        assert group.front == rows[:1] and group.rows == rows
        (said,) = [note for note in notes([group]) if "their latencies do not show the device" in note]
        assert "m tflite w8 on Google Pixel 8" in said and said in printed(rows, 1000)
        assert "On no front, because their latencies" in page(rows).split('id="fronts"')[1].split("</section>")[0]
        (alone,) = groups([own])
        assert alone.front == [] and "no file: none of these latencies" in fronts_table([own]) and page([own, own])


def test_a_simulator_is_no_device_and_its_files_are_on_no_front() -> None:
    rows = [phone(device=IPHONE), phone("w8", p50_ms=0.1, device={**IPHONE, "simulator": True})]
    assert fronts(rows) == {("tflite", "Apple iPhone15,4"): rows[:1], ("tflite", "Apple iPhone15,4, simulator"): []}
    assert not_of_a_device(rows[1]) == not_of_a_device(kept_alone(rows[1])) == "a simulator"


def test_times_of_a_test_are_on_no_front() -> None:
    app = phone(program={"launch": "app"})
    test = phone("w8", p50_ms=0.1, wrong=0.0, place=1, program={"launch": "test"})
    for rows in ([app, test], [kept_alone(app), kept_alone(test)]):
        assert not_of_a_device(rows[0]) == "" and not_of_a_device(rows[1]) == "a test, not an app on a device"
        found = groups(rows)
        assert [row for group in found for row in group.front] == rows[:1]
        assert any("a test, not an app on a device" in note for note in notes(found))


def test_invalid_times_of_this_computer_stay_as_they_were() -> None:
    rows = [measured(), measured("w8", place=1, p50_ms=9.0, **INVALID)]
    assert groups(rows)[0].front == rows


def test_files_of_two_accelerators_compare_where_they_took_turns_and_else_not() -> None:
    cpu, gpu = phone(p50_ms=30.0), phone(p50_ms=9.0, asked="gpu", place=1)
    assert compare_latency(sample(gpu), sample(cpu), pairs=1).outcome.value == "better"
    later = row_again(gpu, run={"id": "9" * 32})
    assert compare_latency(sample(later), sample(cpu), pairs=1).why == "their measurements differ in accelerator"


def test_a_run_id_that_two_devices_bear_makes_no_turns() -> None:
    one, other = phone(p50_ms=30.0), row_again(phone(p50_ms=9.0, place=1), device={"model": "Pixel 9"})
    assert one.document is not None and other.document is not None
    assert one.document["run"]["id"] == other.document["run"]["id"]
    assert compare_latency(sample(one), sample(other), pairs=1).why == "their measurements differ in device (model)"


# ---- pick ------------------------------------------------------------------------------------------------------------


def test_pick_asks_for_one_of_several_devices() -> None:
    rows = [row for row in everywhere() if row.target == "tflite"]
    with pytest.raises(UsageError, match="come from 3 devices") as caught:
        on_one_device(rows)
    assert caught.value.hint == (
        "give --on 'A (host)', --on 'Google Pixel 8, Tensor G3 (android)' or "
        "--on 'Google Pixel 8, Tensor G3X (android)'"
    )
    with pytest.raises(UsageError, match="come from 2 devices"):
        on_one_device(rows, "pixel 8")
    with pytest.raises(UnknownNameError):
        on_one_device(rows, "Galaxy")
    for asked, count in (("a (HOST)", 2), ("Google Pixel 8, Tensor G3 (android)", 4), ("g3x", 2),
                         ("Google Pixel 8, Tensor G3 (android, gpu)", 1), ("g3 (android, cpu)", 2)):  # fmt: skip
        assert len(on_one_device(rows, asked)) == count, asked
    assert device_words(rows[2], rows) == ["--on", "Google Pixel 8, Tensor G3 (android)"]
    assert device_words(rows[0], rows[:2]) == []


def test_an_evaluator_is_no_device_to_choose_beside_one() -> None:
    rows = [evaluated(), phone(device=IPHONE, artifact={"target": "coreml"})]
    assert on_one_device(rows) == rows[1:] and on_one_device(rows[:1]) == rows[:1]


def test_pick_chooses_among_accelerators_and_no_time_that_is_not_of_the_device() -> None:
    rows = on_one_device(everywhere(), "Tensor G3 (android")
    chosen, _ = pick(rows, Wanted(min_miou=0.5))
    assert chosen is not None and (chosen.recipe, chosen.p50_ms) == ("fp32", rows[2].p50_ms), "not that of 2 ms"
    assert pick(rows, Wanted(max_p50_ms=3.0))[0] is None
    none, why = pick([gpu_of_unknown_outcome()], Wanted(max_p50_ms=9.0))
    assert none is None
    assert why == "none of these latencies shows the device in normal use: gpu asked, not known to be obtained"
    none, why = pick([phone(program={"launch": "test"})], Wanted(max_p50_ms=1e6))
    assert none is None
    assert why == "none of these latencies shows the device in normal use: a test, not an app on a device"


def test_the_command_asks_and_says_where(pocketseg: Call, tmp_path: Path) -> None:
    write_all(everywhere(), tmp_path)
    asked = ("pick", tmp_path, "--target", "tflite", "--max-p50-ms", 10)
    said = pocketseg(*asked)
    assert said.code == UsageError.exit_code and "--on 'Google Pixel 8, Tensor G3 (android)'" in said.err
    said = pocketseg(*asked, "--on", "Google Pixel 8, Tensor G3 (android)")
    assert said.code == 0 and "\non Google Pixel 8, Tensor G3 (android, gpu)\n" in said.out, said.err
    found = json.loads(pocketseg(*asked, "--on", "A (host)", "--json").out)
    assert found["row"]["where"] == "A (host)"


# ---- text from outside -----------------------------------------------------------------------------------------------


def test_a_hostile_name_breaks_no_view(tmp_path: Path) -> None:
    named = dataclasses.replace(phone(), reason=HOSTILE, document=None, record="")
    facts: dict[str, Any] = {**named.device, **dict.fromkeys(("maker", "model", "soc", "os", "accelerator"), HOSTILE)}
    rows = [dataclasses.replace(named, device=facts), kept_alone(phone(device=IPHONE))]
    text = page(rows)
    assert [tag for tag, _ in Page(text).tags].count("script") == 1 and "<script>alert" not in text
    table = printed(rows, 190)
    for view in (text, table, fronts_table(rows)):
        assert not {"\x1b", "\u202e", "\u200b", "\r"} & set(view)
    write_all(rows, tmp_path)
    cells = [cell for line in csv.reader((tmp_path / "results.csv").open(newline="")) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert f"'{HOSTILE}" in cells and any(cell.startswith("cmd|'/C calc'!A0 <script>") for cell in cells)
    with pytest.raises(UsageError) as caught:
        on_one_device(rows)
    assert not {"\x1b", "\u202e", "\n"} & set(f"{caught.value.message}{caught.value.hint}")


@pytest.mark.parametrize("value", [None, 5, ["a"], {"a": 1}, True, "", "=", "\u200b", " \t"])
def test_what_is_no_name_is_none(value: Any) -> None:
    assert plain(value) == ""
    row = dataclasses.replace(phone(), document=None, device={"maker": value, "model": value, "accelerator": value})
    assert on(row) == "an unnamed device (android, accelerator not known)"


def test_results_of_everywhere_are_read_again(tmp_path: Path) -> None:
    write_all(everywhere(), tmp_path)
    again = read_results(tmp_path / "results.json")
    assert [columns(row) for row in again] == [columns(row) for row in everywhere()]
    assert page(again).count('id="latency-plot') == 4, "times of two devices share no axis"
    ids = [attributes["id"] for _, attributes in Page(page(again)).tags if attributes.get("id")]
    assert len(ids) == len(set(ids))


# ---- pages in browsers -----------------------------------------------------------------------------------------------


def _page(browser: str | None, **changes: Any) -> BenchmarkRow:
    return phone(device={**PIXEL, "browser": browser}, kind="browser", **changes)


def test_a_page_says_its_browser_after_its_device() -> None:
    row = _page("Chrome 156.0.8078")
    assert on(row) == "Google Pixel 8, Chrome 156, Tensor G3 (browser, cpu)"
    assert on(kept_alone(row)) == on(row)
    assert on(_page(None)) == "Google Pixel 8, Tensor G3 (browser, cpu)"


def test_two_browsers_of_one_phone_and_its_app_are_three_devices_and_a_newer_release_of_one_is_the_same() -> None:
    rows = [_page("Chrome 156.0.8078"), _page("Firefox 153.8"), phone(), _page("Chrome 157.0.1")]
    places = [where(row) for row in rows]
    assert len({place.device for place in places if place is not None}) == 3
    assert places[0] is not None and places[3] is not None and places[0].device == places[3].device


def test_no_front_holds_two_browsers_of_one_phone() -> None:
    rows = [_page("Chrome 156.0.8078"), _page("Firefox 153.8")]
    assert len(groups(rows)) == 2
