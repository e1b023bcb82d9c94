"""Rows of records: flat, found again beside them, kept, and merged where files are timed again side by side."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _records import STARTED, document, without_result
from test_kept_rows import entry

from benchmark import intervals, kept
from benchmark.kept import doubtful
from benchmark.merged import merged_run
from benchmark.records import Documents, with_documents, write_documents
from benchmark.rows import (
    COLUMNS,
    append_row,
    columns,
    from_json,
    from_message,
    read_results,
    read_rows,
    row_of,
    to_json,
    to_message,
    with_times_of,
)
from pocketseg import api
from pocketseg.api import _benchmark
from pocketseg.core.cache import Cache
from pocketseg.core.errors import DataError, RecordError, UsageError
from pocketseg.core.record import RECORDS, append_record, read_record, read_records, sealed
from pocketseg.core.types import BenchmarkRow
from pocketseg.report import write_all
from pocketseg.sweep.results import Results

OF_BEFORE = {  # a line of rows.jsonl as it was written before there were records
    "model": "topformer_tiny", "recipe": "fp32", "target": "onnx", "precision": "fp32", "runtime": "ort",
    "status": "ok", "reason": "", "split": "test", "threads": 1, "size_bytes": 5620316, "miou": 0.5,
    "argmax_agreement": 0.99, "p50_ms": 3.5, "p90_ms": 4.0, "load_ms": 20.0, "peak_rss_bytes": 90000000,
    "iou": {"background": 0.9, "full body": None}, "photos": 32, "data": "embedded", "data_hash": "abc",
    "latencies_ms": [3.4, 3.5, 3.6], "device": {"cpu": "A", "timed_at": "2026-01-02T03:04:05.678+00:00"},
    "runtime_version": "onnxruntime 1.32.0", "artifact_sha256": "a" * 64, "artifact": "out/m.onnx",
    "output": "classmap", "test_miou": None, "test_iou": {}, "test_photos": 0, "tested_at": "",
}  # fmt: skip


def read_back(made: dict[str, Any]) -> dict[str, Any]:
    return read_record(sealed(made))


# ---- flat ------------------------------------------------------------------------------------------------------------


def test_a_row_says_flat_what_its_record_says() -> None:
    made = document(turns=20, runs=8, runtime={"label": "an evaluator"})
    found, said = row_of(made, "out/m.tflite"), made["statistics"]
    for name in ("p50_ms", "p50_low_ms", "p50_high_ms", "p50_all_ms", "p90_ms", "p99_ms", "end_to_end_ms"):
        assert getattr(found, name) == said[name], name
    assert (found.miou, found.miou_low, found.miou_high, found.iou) == tuple(
        said[name] for name in ("miou", "miou_low", "miou_high", "iou")
    )
    assert found.p99_ms is None and found.miou_low is not None and found.miou_low < said["miou"]
    assert found.latencies_ms == tuple(ms for turn in made["turns"] for ms in turn["execute_ms"])
    assert found.p50_ms == intervals.percentile(found.latencies_ms, 50)
    assert (found.verdict, found.verdict_reasons, found.undisturbed_share) == ("VALID", (), 1.0)
    assert (found.kind, found.record, found.document) == ("host", f"{'0123456789abcdef' * 2}/0", made)
    assert (found.runtime, found.runtime_version, found.threads) == ("litert", "ai-edge-litert 2.3.0", 1)
    assert (found.load_ms, found.peak_rss_bytes, found.artifact) == (9.0, 50_000_000, "out/m.tflite")
    assert (found.data, found.split, found.data_hash, found.photos) == ("embedded", "test", "d" * 16, 12)
    assert found.device == {
        "cpu": "A", "machine": "x86_64", "cores": 2, "memory_bytes": 8 << 30, "os": "Linux", "python": "3.11.9",
        "governor": "", "busy_cores": 0.02, "matrix_tiles": "none", "label": "an evaluator", "first_run_ms": 8.0,
        "timed_at": STARTED, "runs_a_turn": 8, "accelerator": "cpu", "accelerator_obtained": "cpu",
    }  # fmt: skip


def test_files_of_two_groups_of_a_run_were_not_timed_at_one_time() -> None:
    run = document()["run"]
    moments = {row_of({**document(), "run": {**run, "group": group}}).device["timed_at"] for group in range(3)}
    assert len(moments) == 3 and STARTED in moments


def test_turns_of_several_lengths_are_not_said_to_be_of_one() -> None:
    made = document(turns=6)
    made["turns"][0] |= {"execute_ms": [4.0], "at_ms": [0.0]}
    assert "runs_a_turn" not in row_of(made).device and row_of(made).device["timed_at"] == STARTED


@pytest.mark.parametrize("status", ["refused", "failed"])
def test_a_row_without_a_result_has_its_reason_and_no_verdict(status: str) -> None:
    found = row_of(without_result(status, "no such engine here", runtime={"threads": None}))
    assert (found.status, found.reason, found.verdict, found.threads) == (status, "no such engine here", "", 1)
    assert found.p50_ms is found.miou is found.load_ms is found.undisturbed_share is None and found.iou == {}
    assert found.latencies_ms == () and "timed_at" not in found.device and found.artifact == "m-fp32.tflite"


def test_a_row_round_trips_without_its_record_and_through_a_message_with_it() -> None:
    found = row_of(document(verdict="UNSTABLE", verdict_reasons=["it drifts", "others worked"]))
    content = json.loads(json.dumps(to_json(found)))
    assert "document" not in content and content["verdict_reasons"] == ["it drifts", "others worked"]
    assert from_json(content) == found and from_json(content).document is None
    with pytest.raises(DataError, match="document"):
        from_json({**content, "document": None})
    assert from_message(json.loads(json.dumps(to_message(found)))).document == found.document
    assert from_message(content) == found


def test_a_row_of_before_there_were_records_still_opens(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps({"rows": [OF_BEFORE]}))
    (tmp_path / "rows.jsonl").write_text(json.dumps(OF_BEFORE) + "\n")
    (found,) = read_results(tmp_path / "results.json")
    assert [found] == read_rows(tmp_path / "rows.jsonl")
    assert (found.p50_ms, found.verdict, found.verdict_reasons, found.record) == (3.5, "", (), "")
    assert found.document is None and found.p50_low_ms is None and found.undisturbed_share is None
    assert {k: to_json(found)[k] for k in OF_BEFORE} == OF_BEFORE


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "GOOD"}, {"verdict_reasons": "late"}, {"verdict_reasons": [1]}, {"kind": "toaster"},
        {"record": "../x"}, {"p50_low_ms": -1}, {"p50_low_ms": "1"}, {"undisturbed_share": float("nan")},
        {"miou_low": 10**400}, {"verdict_reasons": ["x"] * 1000}, {"latencies_ms": [10**400]},
    ],
)  # fmt: skip
def test_a_row_whose_new_fields_are_of_other_kinds_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="not a benchmark row"):
        from_json({**to_json(row_of(document(turns=6))), **change})


def test_a_row_that_is_none_is_named_with_its_file_and_place(tmp_path: Path) -> None:
    good = to_json(row_of(document(turns=6)))
    lines = "".join(json.dumps(content) + "\n" for content in ({**good, "record": ""}, {**good, "verdict": "GOOD"}))
    (tmp_path / "rows.jsonl").write_text(lines)
    (tmp_path / "results.json").write_text(json.dumps({"rows": [{**good, "status": "so so"}]}))
    with pytest.raises(DataError, match=re.escape(f"row 2 of {tmp_path / 'rows.jsonl'} is not a benchmark row")):
        read_rows(tmp_path / "rows.jsonl")
    with pytest.raises(DataError, match=re.escape(f"row 1 of {tmp_path / 'results.json'} is not a benchmark row")):
        read_results(tmp_path / "results.json")


def test_columns_end_with_the_verdict_and_the_intervals(tmp_path: Path) -> None:
    assert COLUMNS[COLUMNS.index("test_photos") + 1 :] == (
        "verdict", "verdict_reasons", "p50_low_ms", "p50_high_ms", "miou_low", "miou_high", "p50_all_ms",
        "undisturbed_share", "end_to_end_ms", "p99_ms", "where", "photos", "record",
    )  # fmt: skip
    found = row_of(document(verdict="INVALID", verdict_reasons=["one", "two"]))
    assert columns(found)["verdict_reasons"] == ["one", "two"]
    with write_all([found], tmp_path)["results.csv"].open() as stream:
        (line,) = csv.DictReader(stream)
    assert (line["verdict"], line["verdict_reasons"], line["p99_ms"]) == ("INVALID", "one; two", "")
    assert float(line["p50_low_ms"]) == found.p50_low_ms


# ---- beside rows -----------------------------------------------------------------------------------------------------


def test_a_row_is_appended_with_its_record_and_read_with_it(tmp_path: Path) -> None:
    made = [row_of(read_back(document(place=place, turns=6))) for place in range(2)]
    for row in (*made, row_of(document(place=2))):
        append_row(tmp_path / "rows.jsonl", dataclasses.replace(row, document=row.document if row in made else None))
    found = read_rows(tmp_path / "rows.jsonl")
    assert found[:2] == made and [row.document for row in found] == [*(row.document for row in made), None]
    assert len(read_records(tmp_path / RECORDS)) == 2


def test_a_row_whose_record_a_kill_left_torn_opens_without_it(tmp_path: Path) -> None:
    for place in range(2):
        append_row(tmp_path / "rows.jsonl", row_of(document(place=place, turns=6)))
    path = tmp_path / RECORDS
    path.write_bytes(path.read_bytes()[:-500])
    assert [row.document is None for row in read_rows(tmp_path / "rows.jsonl")] == [False, True]


def test_a_damaged_record_beside_results_is_named(tmp_path: Path) -> None:
    write_all([row_of(document(turns=6))], tmp_path)
    path = tmp_path / RECORDS
    path.write_text(path.read_text().replace('"cores":2', '"cores":9'))
    with pytest.raises(RecordError, match=r"line 1 of .*its seal does not fit"):
        read_results(tmp_path / "results.json")


def test_the_views_write_the_records_of_their_rows_and_no_older(tmp_path: Path) -> None:
    first, second = (row_of(document(run=run * 32, turns=6)) for run in "ab")
    assert write_all([first, first], tmp_path)[RECORDS] == tmp_path / RECORDS
    write_all([second], tmp_path)
    (found,) = read_results(tmp_path / "results.json")
    assert [d["run"]["id"] for d in read_records(tmp_path / RECORDS)] == ["b" * 32]
    assert found.document is not None and found.document["run"]["id"] == "b" * 32
    assert RECORDS not in write_all([dataclasses.replace(second, document=None)], tmp_path)
    assert not (tmp_path / RECORDS).exists()


def test_the_views_leave_the_records_of_appended_rows_where_they_are(tmp_path: Path) -> None:
    first, second = (row_of(document(run=run * 32, turns=6)) for run in "ab")
    append_row(tmp_path / "rows.jsonl", first)
    before = (tmp_path / RECORDS).read_bytes()
    write_all([first], tmp_path)
    assert (tmp_path / RECORDS).read_bytes() == before
    write_all([first, second], tmp_path)
    assert [d["run"]["id"][0] for d in read_records(tmp_path / RECORDS)] == ["a", "b"]


def test_a_benchmark_leaves_no_record_of_an_earlier_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append_row(tmp_path / "rows.jsonl", row_of(document(run="a" * 32, turns=6)))

    def measure(entries: Any, *, log: Path, **rest: Any) -> list[BenchmarkRow]:
        append_row(log, new := row_of(document(run="b" * 32, turns=6)))
        return [new]

    monkeypatch.setattr("benchmark.engine.measure", measure)
    monkeypatch.setattr(_benchmark, "entries_of", lambda *_: [])
    api.benchmark([], out=tmp_path)
    assert [d["run"]["id"] for d in read_records(tmp_path / RECORDS)] == ["b" * 32]
    assert [row.record for row in read_rows(tmp_path / "rows.jsonl")] == ["b" * 32 + "/0"]


# ---- kept ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Measure by a stand-in; return rows, what was measured so far and what was said."""
    done: list[str] = []
    said: list[str] = []

    def measure(entries: Any, **rest: Any) -> list[BenchmarkRow]:
        done.extend(e.artifact.recipe for e in entries)
        return [row_of(read_back(document(run=f"{len(done):032x}", turns=6, **made.changes))) for _ in entries]

    def rows() -> BenchmarkRow:
        from test_kept_rows import DATA

        (found,), _ = kept.measure_missing(
            [entry("w8a8")], Cache(tmp_path), data=DATA, reference=lambda artifact: None, threads=1,
            progress=lambda *now: None, warn=said.append,
        )  # fmt: skip
        return found

    made = SimpleNamespace(rows=rows, done=done, said=said, changes={}, folder=tmp_path)
    monkeypatch.setattr(kept, "measure", measure)
    return made


def test_a_kept_row_has_its_record(measured: Any) -> None:
    first, again = measured.rows(), measured.rows()
    assert measured.done == ["w8a8"] and not measured.said
    assert again.document == first.document is not None and again.record == first.record


@pytest.mark.parametrize("damage", ["absent", "torn", "another"])
def test_a_kept_row_without_its_record_is_measured_again(measured: Any, damage: str) -> None:
    measured.rows()
    (path,) = measured.folder.rglob("record.json")
    if damage == "absent":
        path.unlink()
    elif damage == "torn":
        path.write_bytes(path.read_bytes()[:-9])
    else:
        path.write_text(sealed(document(turns=6)))
    measured.rows()
    assert measured.done == ["w8a8"] * 2


def test_kept_rows_that_are_not_valid_are_named_with_what_to_do(measured: Any) -> None:
    measured.changes = {"verdict": "INVALID", "verdict_reasons": ["other processes kept 1.90 cores busy"]}
    measured.rows()
    assert not measured.said, "what was just measured says so itself"
    measured.rows()
    (said,) = measured.said
    assert said.startswith("1 of 1 rows kept") and "INVALID, other processes" in said
    assert Cache(measured.folder).cleaning("rows") in said and measured.done == ["w8a8"]
    assert doubtful([], "") == doubtful([row_of(document(turns=6))], "") == ""


def test_a_kept_row_that_is_invalid_is_measured_again_unless_figures_are_wanted_soon(
    measured: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POCKETSEG_CEILING_S", "5")
    measured.changes = {"verdict": "INVALID", "verdict_reasons": ["other processes kept 1.90 cores busy"]}
    measured.rows()
    assert measured.rows().verdict == "INVALID" and measured.done == ["w8a8"] * 2, "once each time, and no more"
    measured.changes = {"verdict": "UNSTABLE", "verdict_reasons": ["it grew slower"]}
    assert measured.rows().verdict == "UNSTABLE" and not measured.said
    assert measured.rows().verdict == "UNSTABLE" and measured.done == ["w8a8"] * 3, "that is kept"
    (said,) = measured.said
    assert "UNSTABLE, it grew slower" in said and "cache --clean rows" in said


def test_an_invalid_row_alone_is_measured_again(measured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    measured.rows()
    monkeypatch.setenv("POCKETSEG_CEILING_S", "5")
    measured.rows()
    assert measured.done == ["w8a8"], "a VALID row stays"


# ---- merged ----------------------------------------------------------------------------------------------------------

SCORED = document(run="a" * 32, turns=6, p50_ms=5.0, wrong=0.2, seed=1, quality={"split": "val"})
TIMED = {
    **document(run="b" * 32, place=1, turns=12, p50_ms=3.0, photos=0, seed=2, quality=None),
    "unknown": {
        **document(turns=12)["unknown"], "/quality": "it was only timed",
        **{f"/statistics/{name}": "it was only timed" for name in ("miou", "miou_low", "miou_high", "iou")},
    },
}  # fmt: skip


def test_a_row_that_is_timed_again_has_a_record_of_both_measurements() -> None:
    scored, timed = (
        row_of(read_back(SCORED)),
        row_of(read_back({**TIMED, "verdict": "UNSTABLE", "verdict_reasons": ["x"]})),
    )
    found = with_times_of(scored, timed)
    assert (found.p50_ms, found.p50_low_ms, found.verdict_reasons) == (timed.p50_ms, timed.p50_low_ms, ("x",))
    assert (found.miou, found.miou_low, found.photos) == (scored.miou, scored.miou_low, scored.photos)
    assert found.document is not None and read_back(found.document) == found.document
    assert found.document["turns"] == TIMED["turns"] and found.document["verdict"] == "UNSTABLE"
    assert found.document["quality"] == {"record": scored.record, **SCORED["quality"]}
    assert row_of(found.document, scored.artifact) == found
    assert found.record == f"{merged_run('b' * 32)}/1" and found.record not in (scored.record, timed.record)
    assert with_times_of(scored, timed) == found and with_times_of(found, timed).miou == scored.miou


def test_files_that_took_turns_with_one_another_still_bear_one_run_when_they_are_merged() -> None:
    rows = [row_of(read_back({**SCORED, "run": {**SCORED["run"], "place": place, "id": run * 32}})) for place, run in
            ((0, "c"), (0, "d"))]  # fmt: skip
    timed = [row_of(read_back({**TIMED, "run": {**TIMED["run"], "place": place}})) for place in (0, 1)]
    found = [with_times_of(row, new) for row, new in zip(rows, timed, strict=True)]
    assert len({row.record.split("/")[0] for row in found}) == 1 and len({row.record for row in found}) == 2


def test_the_scores_of_a_record_without_statistics_are_null_with_its_reason() -> None:
    absent = {**SCORED, "quality": None, "statistics": None, "verdict": None}
    absent["unknown"] = {**SCORED["unknown"], "/quality": "no photos", "/statistics": "not timed, not scored",
                         "/verdict": "not timed"}  # fmt: skip
    found = with_times_of(row_of(read_back(absent)), row_of(read_back(TIMED)))
    assert found.document is not None and found.document["unknown"]["/statistics/miou"] == "not timed, not scored"


def test_a_row_without_a_record_that_is_timed_again_claims_none() -> None:
    before = from_json(OF_BEFORE)
    found = with_times_of(before, row_of(TIMED))
    assert (found.p50_ms, found.verdict, found.record, found.document) == (row_of(TIMED).p50_ms, "VALID", "", None)


# ---- a row and its record ---


@pytest.mark.parametrize(("said", "value"), [
    ("artifact_sha256", "9" * 64), ("p50_ms", 1.0), ("miou", 0.99), ("miou", None), ("verdict", "UNSTABLE"),
])  # fmt: skip
def test_a_row_that_says_something_else_than_its_record_is_an_error(tmp_path: Path, said: str, value: Any) -> None:
    rows = [row_of(document(turns=6, place=place)) for place in (0, 1)]
    write_all(rows, tmp_path)
    renamed = dataclasses.replace(rows[0], model="other", recipe="w8", artifact="x/y.tflite", data="/photos")
    assert Documents(tmp_path).of(renamed).document is not None, "a file may have other names"
    for name in ("results.json", "rows.jsonl"):
        content = [to_json(rows[0]), {**to_json(rows[1]), said: value}]
        text = json.dumps({"rows": content}) if name == "results.json" else "\n".join(map(json.dumps, content))
        (tmp_path / name).write_text(text + "\n")
        read = read_results if name == "results.json" else read_rows
        with pytest.raises(RecordError, match=f"row of m tflite fp32 says {said} .* in {tmp_path}/records.jsonl"):
            read(tmp_path / name)


def test_a_row_with_the_id_of_another_file_is_an_error(tmp_path: Path) -> None:
    rows = [row_of(document(turns=6, place=place, artifact={"sha256": str(place) * 64})) for place in (0, 1)]
    write_documents(tmp_path, rows)
    with pytest.raises(RecordError, match="artifact_sha256 0000"):
        with_documents([dataclasses.replace(rows[0], record=rows[1].record)], tmp_path)


def test_a_sweep_whose_row_is_not_that_of_its_record_stops(tmp_path: Path) -> None:
    cell: Any = SimpleNamespace(key="1", name="m", target="tflite")
    row = row_of(read_back(SCORED))
    Results(tmp_path).add(cell, row)
    path = tmp_path / "rows.jsonl"
    path.write_text(path.read_text().replace(f'"p50_ms": {row.p50_ms}', '"p50_ms": 0.5'))
    with pytest.raises(RecordError, match=r"says p50_ms 0\.5"):
        Results(tmp_path)


# ---- sweeps ----------------------------------------------------------------------------------------------------------


def test_a_sweep_finds_the_records_of_its_rows_again_with_the_times_that_were_taken_together(tmp_path: Path) -> None:
    cell: Any = SimpleNamespace(key="1", name="m", target="tflite")
    results = Results(tmp_path)
    results.add(cell, row_of(read_back(SCORED)))
    assert Results(tmp_path).rows([cell])[0].document == read_back(SCORED)
    results.time_together({"1": row_of(read_back(TIMED))})
    (found,) = results.rows([cell])
    (again,) = Results(tmp_path).rows([cell])
    assert again == found and again.document == found.document is not None
    write_all([found], tmp_path)
    assert read_results(tmp_path / "results.json")[0].document == found.document
    assert len(read_records(tmp_path / RECORDS)) == 3, "both measurements, and the record of both"
    Results(tmp_path).time_together({"1": row_of(read_back(TIMED))})
    assert len(read_records(tmp_path / RECORDS)) == 3


def test_a_folder_takes_each_record_once(tmp_path: Path) -> None:
    append_record(tmp_path / RECORDS, document(turns=6))
    documents = Documents(tmp_path)
    documents.add([row_of(document(turns=6)), row_of(document(turns=6, place=1)), row_of(document(turns=6, place=1))])
    assert len(read_records(tmp_path / RECORDS)) == 2
    assert documents.of(from_json(OF_BEFORE)).document is None


def test_rows_of_an_earlier_run_stay_where_a_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("kept")
    with pytest.raises(UsageError, match="0 threads"):
        api.benchmark([], threads=0, out=tmp_path, cache=tmp_path / "cache")
    assert (tmp_path / "rows.jsonl").read_text() == "kept"
