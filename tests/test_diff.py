"""`pocketseg diff`: what is shown better or worse in the second of two runs, and which runs do not compare."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from _commands import Call
from _ranks import BEFORE, BROKEN, INVALID, UNSTABLE, measured
from _records import without_result

from benchmark.records import write_documents
from benchmark.rows import read_results, row_of
from pocketseg import api
from pocketseg.core.errors import UsageError
from pocketseg.core.types import BenchmarkRow
from pocketseg.report import write_all

A, B = "a" * 32, "b" * 32


def run(folder: Path, *rows: BenchmarkRow) -> Path:
    folder.mkdir()
    write_all(rows, folder)
    return folder


def of(run_id: str, recipe: str = "fp32", *, place: int = 0, **changes: Any) -> BenchmarkRow:
    return measured(recipe, place=place, run=run_id, **changes)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return run(tmp_path / "a", of(A), of(A, "w8a8", place=1, p50_ms=2.0))


def test_a_run_against_itself_or_another_of_the_same_files_shows_nothing(
    pocketseg: Call, first: Path, tmp_path: Path
) -> None:
    again = run(tmp_path / "b", of(B), of(B, "w8a8", place=1, p50_ms=2.0))
    for other in (first, again, again / "results.json"):
        said = pocketseg("diff", first, other)
        assert said.code == 0, said.out + said.err
        assert said.out.endswith("2 files in both; shown worse in B: nothing; shown better in B: nothing\n")
        assert said.out.count("no difference shown") == 8 and said.out.count("the same\n") == 2
        assert said.out.count("it is the same file, byte for byte") == 2
        assert "it is measured once a run" in said.out


def test_what_is_shown_worse_is_said_and_is_status_1(pocketseg: Call, first: Path, tmp_path: Path) -> None:
    other = run(tmp_path / "b", of(B, p50_ms=5.0, size_bytes=2_500_000), of(B, "w8a8", place=1, wrong=0.02, p50_ms=2.0))
    said, found = pocketseg("diff", first, other), json.loads(pocketseg("diff", first, other, "--json").out)
    assert said.code == 1 and "worse, 1.25" in said.out
    assert "shown worse in B: m tflite fp32 (classmap) (p50, size)" in said.out
    assert "shown better in B: m tflite w8a8 (classmap) (mIoU)" in said.out
    fp32, w8a8 = found["files"]
    assert found["worse"] is True and fp32["worse"] == ["p50_ms", "size_bytes"] and w8a8["better"] == ["miou"]
    assert fp32["changes"]["p50_ms"]["low"] > 1 and fp32["changes"]["load_ms"]["shown"] == "no difference shown"
    assert pocketseg("diff", other, first).code == 1, "the other way round its mIoU is worse"


def test_what_is_only_better_is_status_0(pocketseg: Call, first: Path, tmp_path: Path) -> None:
    other = run(tmp_path / "b", of(B, p50_ms=3.0), of(B, "w8a8", place=1, p50_ms=1.0))
    said = pocketseg("diff", first, other)
    assert said.code == 0 and said.out.count("better, 0.") == 2


def test_files_of_one_run_alone_are_named(pocketseg: Call, first: Path, tmp_path: Path) -> None:
    other = run(tmp_path / "b", of(B), of(B, "w4", place=1))
    said, found = pocketseg("diff", first, other), json.loads(pocketseg("diff", first, other, "--json").out)
    assert "only in A: m tflite w8a8 (classmap)\nonly in B: m tflite w4 (classmap)" in said.out
    assert [name["recipe"] for name in found["only_in_a"] + found["only_in_b"]] == ["w8a8", "w4"]


@pytest.mark.parametrize(("changes", "says"), [
    ({"program": {"build_type": "debug"}}, "build type release in A, debug in B"),
    ({"runtime": {"threads": 2}}, "threads 1 in A, 2 in B"),
    ({"artifact": {"input_height_px": 32}}, "input size 64 x 64 in A, 32 x 64 in B"),
])  # fmt: skip
def test_runs_that_do_not_compare_are_refused_by_what_differs(
    pocketseg: Call, first: Path, tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    said = pocketseg("diff", first, run(tmp_path / "b", of(B, **changes)))
    assert said.code == UsageError.exit_code and said.out == ""
    assert f"cannot be compared: {says}" in said.err and "Traceback" not in said.err


@pytest.mark.parametrize(("changes", "says"), [
    ({"device": {"cpu": "Z"}}, "device (cpu) A in A, Z in B"),
    ({"device": {"cpu_features": ["avx2", "avx512f"]}}, "device (cpu features) sse2 only in A, avx512f only in B"),
    ({"device": {"cores": 8}}, "device (cores) 2 in A, 8 in B"),
    ({"kind": "emulated", "program": {"build_type": "debug"}, "runtime": {"threads": 2}}, "kind host in A, emulated"),
    ({"accelerator": {"asked": "gpu", "obtained": "gpu"}}, "accelerator cpu in A, gpu in B"),
])  # fmt: skip
def test_of_runs_in_two_places_scores_are_compared_and_no_times(
    pocketseg: Call, first: Path, tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    other = run(tmp_path / "b", of(B, p50_ms=40.0, wrong=0.3, **changes))
    said, found = pocketseg("diff", first, other), json.loads(pocketseg("diff", first, other, "--json").out)
    assert said.code == 1 and f"times of two places cannot be compared: {says}" in said.out, said.err
    assert found["files"][0]["worse"] == ["miou"] and found["files"][0]["changes"]["p50_ms"]["low"] is None


def test_files_of_two_accelerators_of_one_phone_are_two_files(pocketseg: Call, tmp_path: Path) -> None:
    def phone(folder: str, run_id: str, gpu_ms: float, **device: Any) -> Path:
        facts: Any = {"kind": "android", "device": {"maker": "Google", "model": "Pixel 8", "cpu": None, **device}}
        facts["unknown"] = {"/device/cpu": "Android does not say"}
        gpu = of(run_id, place=1, p50_ms=gpu_ms, accelerator={"asked": "gpu", "obtained": "gpu"}, **facts)
        return run(tmp_path / folder, of(run_id, **facts), gpu)

    one, other, slower = phone("a", A, 2.0), phone("b", B, 3.0), phone("c", B, 3.0, model="Pixel 9")
    said = pocketseg("diff", one, other)
    assert said.code == 1 and "shown worse in B: m tflite fp32 (classmap), gpu asked (p50)" in said.out, said.err
    said = pocketseg("diff", one, slower)
    assert said.code == 0 and said.out.count("device (model) Pixel 8 in A, Pixel 9 in B") == 2, said.err
    both = run(tmp_path / "both", *(row for folder in (one, slower) for row in read_results(folder / "results.json")))
    said = pocketseg("diff", both, other)
    assert said.code == 1 and "m tflite fp32 (classmap), Google Pixel 8 (android), gpu asked (p50)" in said.out, (
        said.err
    )
    assert "only in A: m tflite fp32 (classmap), Google Pixel 9 (android), cpu" in said.out


def test_other_photos_or_labels_are_refused_though_they_are_called_the_same(first: Path, tmp_path: Path) -> None:
    row = of(B)
    assert row.document is not None
    row.document["quality"]["photos"][0]["label_sha256"] = "f" * 64
    with pytest.raises(UsageError, match=r"photos and labels 0{12}\.\.\./0{12}\.\.\. only in A, 0{12}\.\.\./f{12}"):
        api.diff(first, run(tmp_path / "b", row))
    old = dataclasses.replace(of(B), **BEFORE, data_hash="other")
    with pytest.raises(UsageError, match=r"photos 24 test photos \(d+\) in A, 24 test photos \(other\) in B"):
        api.diff(first, run(tmp_path / "c", old))


def test_a_newer_runtime_is_compared_and_named(pocketseg: Call, first: Path, tmp_path: Path) -> None:
    said = pocketseg("diff", first, run(tmp_path / "b", of(B, p50_ms=6.0, runtime={"version": "9.9"})))
    assert said.code == 1
    assert "the runtime is litert ai-edge-litert 2.3.0 in A, litert ai-edge-litert 9.9 in B" in said.out


def test_a_file_that_no_longer_runs_or_gives_something_else_is_worse(
    pocketseg: Call, first: Path, tmp_path: Path
) -> None:
    failed = row_of(without_result(run={"id": B}, artifact={"recipe": "fp32"}))
    other = run(tmp_path / "b", failed, of(B, "w8a8", place=1, p50_ms=9.0, **BROKEN))
    said = pocketseg("diff", first, other)
    assert said.code == 1 and "worse: it ran in A and failed in B: timing: it crashed" in said.out
    assert "worse: its output in B is not what it was at export" in said.out
    assert "no difference shown: its output is not what it was at export" in said.out
    back = pocketseg("diff", other, first)
    assert back.code == 0 and "better: it failed in A and ran in B" in back.out


def test_an_invalid_measurement_shows_no_time_and_says_why(pocketseg: Call, first: Path, tmp_path: Path) -> None:
    said = pocketseg("diff", first, run(tmp_path / "b", of(B, p50_ms=9.0, **INVALID)))
    assert said.code == 0 and "no difference shown: its measurement is INVALID" in said.out
    assert "note: INVALID in B: other processes kept 1.20 cores busy" in said.out


def test_times_of_a_run_whose_speed_is_not_known_show_no_difference(
    pocketseg: Call, first: Path, tmp_path: Path
) -> None:
    """A computer of two speeds gives one file other times: neither run is known to be of its best."""
    slow = of(B, p50_ms=9.0, **UNSTABLE)
    assert pocketseg("diff", first, run(tmp_path / "b", slow)).code == 1, "most of its turns were undisturbed"
    unknown = of(B, p50_ms=9.0, yardstick={"best": None}, unknown={"/yardstick/best": "not measured"}, **UNSTABLE)
    other = run(tmp_path / "c", unknown)
    for two in ((first, other), (other, first)):
        said = pocketseg("diff", *two)
        assert said.code == 0 and "shown worse in B: nothing; shown better in B: nothing" in said.out
        assert "ms   no difference shown: the computer's speed at that time is not known" in said.out


def test_a_file_that_ran_in_neither_run_is_said_once(pocketseg: Call, tmp_path: Path) -> None:
    failed = [row_of(without_result(run={"id": run_id}, artifact={"recipe": "fp32"})) for run_id in (A, B)]
    said = pocketseg("diff", *(run(tmp_path / name, row) for name, row in zip("ab", failed, strict=True)))
    assert said.code == 0 and "note: it failed in both: timing: it crashed" in said.out


def test_a_reader_that_closes_the_pipe_is_not_status_1(first: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    asked = (sys.executable, "-m", "pocketseg", "diff", str(first), str(first))
    done = subprocess.run(asked, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_rows_of_before_show_sizes_alone(first: Path, tmp_path: Path) -> None:
    old = dataclasses.replace(of(B, p50_ms=40.0, size_bytes=9), **BEFORE)
    (file,) = api.diff(first, run(tmp_path / "b", old)).files
    assert file.shown("better") == ["size_bytes"] and file.shown("worse") == []
    (file,) = api.diff(first, run(tmp_path / "c", dataclasses.replace(old, device={**old.device, "cores": 64}))).files
    assert "cores" in file.changes[1].comparison.why


def test_records_alone_are_a_run_too(first: Path, tmp_path: Path) -> None:
    phone = tmp_path / "b"
    phone.mkdir()
    write_documents(phone, [of(B, p50_ms=6.0)])
    for place in (phone, phone / "records.jsonl"):
        assert api.diff(first, place).is_worse


def test_what_is_no_run_is_said(pocketseg: Call, first: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    other = run(tmp_path / "b", of(B, "w4"))
    twice = run(tmp_path / "c", of(B), of(B, place=1))
    for place, code, says in (
        (tmp_path / "empty", 2, "holds none of results.json, rows.jsonl, records.jsonl"),
        (tmp_path / "none", 2, "does not exist"),
        (other, 2, "have no file of the same model, recipe, target and output"),
        (twice, 2, "holds m fp32 tflite classmap twice"),
    ):
        said = pocketseg("diff", first, place)
        assert said.code == code and says in said.err, said.err
    (other / "results.json").write_text("{")
    assert pocketseg("diff", first, other).code == 3
