"""The jobs of a sweep: what runs once, what fails alone, what is not done again."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _records import document
from _sweep import Answers, Go, Workers, does, row, sweep

import compress
import models
from benchmark.photos import sample_part
from benchmark.rows import row_of, to_message
from pocketseg.core.cache import Cache
from pocketseg.core.errors import ManifestError, StorageError
from pocketseg.core.files import make_folder, sha256_file
from pocketseg.core.record import RECORDS, read_records, record_id
from pocketseg.core.types import BenchmarkRow, Recipe
from pocketseg.sweep import jobs
from pocketseg.sweep import run as running
from pocketseg.sweep.measure import measure_made
from pocketseg.sweep.plan import Cell, Sweep, cells
from pocketseg.sweep.results import ROWS, Results
from pocketseg.sweep.todo import spread

# ---- jobs ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def heard() -> list[str]:
    """What a sweep says while it runs."""
    return []


@pytest.fixture
def go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, heard: list[str]
) -> Callable[[Sweep, Answers], list[BenchmarkRow]]:
    monkeypatch.setattr(running, "Workers", Workers)
    monkeypatch.setattr(
        running, "refusals", lambda cells, sweep: {c.key: "no such thing" for c in cells if c.target == "coreml"}
    )

    def call(asked: Sweep, answers: Answers) -> list[BenchmarkRow]:
        Workers.answers, Workers.ran, Workers.renewed = staticmethod(answers), [], 0  # type: ignore[assignment]
        grid = cells(asked)
        results = Results(tmp_path / "out")
        running.run(asked, grid, tmp_path / "out", Cache(tmp_path / "cache"), results, say=heard.append)
        again = Results(tmp_path / "out")
        assert again.rows(grid) == results.rows(grid)
        with (tmp_path / "out/results.csv").open() as stream:
            assert len(list(csv.DictReader(stream))) == len(grid)
        lines = [json.loads(line) for line in (tmp_path / "out" / ROWS).read_text().splitlines()]
        keys = [line["cell"] for line in lines if "cell" in line]
        assert len(keys) == len(set(keys))
        return again.rows(grid)

    return call


def test_steps_that_recipes_share_run_once_and_before_what_needs_them(go: Go) -> None:
    rows = go(sweep(recipes=("sparse:0.5", "sparse:0.5+w8a8", "sparse:0.5+sparse:0.7+w8a8")), does)
    assert [r.status for r in rows] == ["ok"] * 6
    steps = [tuple(j["steps"]) for j in Workers.ran if j["kind"] == "steps"]
    assert sorted(steps) == [("sparse:0.5",), ("sparse:0.5", "sparse:0.7")]
    kinds = [j["kind"] for j in Workers.ran]
    assert kinds == ["steps", "steps", *["files"] * 4, "measure", "measure"]
    assert sorted(len(j["cells"]) for j in Workers.ran if j["kind"] == "files") == [1, 1, 2, 2]


def test_the_files_of_a_network_for_a_target_are_one_job_and_all_files_of_a_target_take_turns(go: Go) -> None:
    rows = go(sweep(models=("topformer_tiny", "u2netp")), does)
    assert [r.status for r in rows] == ["ok"] * 8
    made = [[(c["model"], c["target"], c["recipe"]) for c in j["cells"]] for j in Workers.ran if j["kind"] == "files"]
    assert made == [
        [(model, target, recipe) for recipe in ("fp32", "w8a8")]
        for target in ("tflite", "onnx")  # the slower converter first
        for model in ("topformer_tiny", "u2netp")
    ]
    measured = [[c["target"] for c in j["cells"]] for j in Workers.ran if j["kind"] == "measure"]
    assert measured == [["onnx"] * 4, ["tflite"] * 4]


@pytest.mark.parametrize(
    ("sizes", "slots", "found"),
    [([4, 4], 2, [4, 4]), ([4], 1, [4]), ([5, 2], 4, [2, 1, 2, 2]), ([3], 8, [1, 1, 1]), ([], 2, [])],
)
def test_no_worker_is_left_without_files_while_another_has_several(
    sizes: list[int], slots: int, found: list[int]
) -> None:
    groups: list[list[Any]] = [[(number, place) for place in range(size)] for number, size in enumerate(sizes)]
    shared_out = spread(groups, slots)
    assert [len(group) for group in shared_out] == found
    assert sorted(cell for group in shared_out for cell in group) == sorted(cell for group in groups for cell in group)


def test_what_a_step_has_to_say_is_said_once(go: Go, heard: list[str]) -> None:
    def answers(job: dict[str, Any]) -> dict[str, Any]:
        return {"notes": ["rounds worse, left as it was"]} if job["kind"] == "steps" else does(job)

    go(sweep(recipes=("w8a8:qat",), targets=("onnx", "tflite")), answers)
    assert heard == ["qat:w8a8 of topformer_tiny: rounds worse, left as it was"]


def test_a_report_keeps_what_steps_said_of_files_that_are_still_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = cells(sweep(recipes=("w8a8:qat",), targets=("onnx", "tflite")))
    said = SimpleNamespace(facts={"steps": [{"step": "qat:w8a8", "notes": ["left as it was"]}]})

    def entry(cell: Cell, out: Path) -> SimpleNamespace:
        if cell.target == "onnx":
            raise ManifestError("its file is gone")
        return SimpleNamespace(artifact=said)

    monkeypatch.setattr(jobs, "_entry", entry)
    assert jobs.notes(grid, tmp_path) == [f"{grid[1].title}: left as it was"]


def test_a_cell_that_is_refused_or_fails_is_a_row_and_the_rest_goes_on(go: Go) -> None:
    def answers(job: dict[str, Any]) -> dict[str, Any]:
        if job["kind"] == "files":
            fell = {"error": "the converter fell over"}
            return {"files": [fell if c["recipe"] == "w8a8" else {"reused": False} for c in job["cells"]]}
        return does(job)

    rows = go(sweep(targets=("coreml", "onnx")), answers)
    assert [[c["recipe"] for c in j["cells"]] for j in Workers.ran if j["kind"] == "measure"] == [["fp32"]]
    assert [(r.target, r.recipe, r.status, r.reason) for r in rows] == [
        ("coreml", "fp32", "refused", "no such thing"),
        ("coreml", "w8a8", "refused", "no such thing"),
        ("onnx", "fp32", "ok", ""),
        ("onnx", "w8a8", "failed", "the converter fell over"),
    ]


def test_a_step_that_fails_is_the_reason_of_every_cell_behind_it(go: Go) -> None:
    def answers(job: dict[str, Any]) -> dict[str, Any]:
        return {"error": "no photos"} if job["kind"] == "steps" else does(job)

    rows = go(sweep(recipes=("fp32", "sparse:0.5+sparse:0.7+w8a8"), targets=("onnx",)), answers)
    assert [(r.status, r.reason) for r in rows] == [("ok", ""), ("failed", "no photos")]


def test_a_job_that_ends_its_process_twice_fails_and_those_beside_it_do_not(go: Go) -> None:
    def answers(job: dict[str, Any]) -> dict[str, Any]:
        if job["kind"] == "files" and any(c["recipe"] == "w8a8" for c in job["cells"]):
            raise BrokenProcessPool
        return does(job)

    rows = go(sweep(), answers)
    assert [(r.status, r.reason) for r in rows] == [
        ("ok", ""),
        ("failed", "its process ended without an error message"),
    ] * 2
    assert Workers.renewed == 4
    tried = [[c["recipe"] for c in j["cells"]] for j in Workers.ran if j["kind"] == "files"]
    assert tried[:2] == [["fp32", "w8a8"]] * 2 and sorted(tried[2:]) == [["fp32"]] * 2 + [["w8a8"]] * 2


def test_what_fails_as_a_whole_is_done_in_its_parts(go: Go) -> None:
    def answers(job: dict[str, Any]) -> dict[str, Any]:
        if job["kind"] == "files" and any((c["target"], c["recipe"]) == ("onnx", "w8a8") for c in job["cells"]):
            return {"error": "unheard of"}
        if job["kind"] == "measure" and any(c["model"] == "u2netp" for c in job["cells"]):
            return {"error": "its classes are not those of the photos"}
        return does(job)

    rows = go(sweep(models=("topformer_tiny", "u2netp")), answers)
    assert [(r.model, r.target, r.recipe, r.reason) for r in rows] == [
        ("topformer_tiny", "onnx", "fp32", ""),
        ("topformer_tiny", "onnx", "w8a8", "unheard of"),
        ("topformer_tiny", "tflite", "fp32", ""),
        ("topformer_tiny", "tflite", "w8a8", ""),
        ("u2netp", "onnx", "fp32", "measuring: its classes are not those of the photos"),
        ("u2netp", "onnx", "w8a8", "unheard of"),
        ("u2netp", "tflite", "fp32", "measuring: its classes are not those of the photos"),
        ("u2netp", "tflite", "w8a8", "measuring: its classes are not those of the photos"),
    ]


def test_what_a_sweep_did_is_not_done_again(go: Go) -> None:
    go(sweep(targets=("onnx",)), does)
    rows = go(sweep(), does)
    assert [r.status for r in rows] == ["ok"] * 4
    assert {c["target"] for j in Workers.ran if j["kind"] == "files" for c in j["cells"]} == {"tflite"}


def test_kept_and_new_files_of_a_target_are_timed_side_by_side_at_the_end(go: Go, tmp_path: Path) -> None:
    assert [r.p50_ms for r in go(sweep(targets=("onnx",)), does)] == [4.0, 4.0]
    assert [j["kind"] for j in Workers.ran][-1] == "measure"  # of one time already
    rows = go(sweep(models=("topformer_tiny", "u2netp")), does)
    assert [(j["kind"], len(j["cells"])) for j in Workers.ran][-3:] == [("measure", 4), ("measure", 2), ("together", 4)]
    assert [(r.target, r.p50_ms) for r in rows] == [("onnx", 7.0), ("onnx", 7.0), ("tflite", 4.0), ("tflite", 4.0)] * 2
    assert [r.miou for r in rows] == [0.5] * 8
    go(sweep(models=("topformer_tiny", "u2netp")), does)
    assert Workers.ran == []


def test_the_records_of_a_sweeps_rows_lie_beside_them(go: Go, tmp_path: Path) -> None:
    def answers(job: dict[str, Any]) -> dict[str, Any]:
        if job["kind"] not in ("measure", "together"):
            return does(job)
        name, run = ("rows", "a") if job["kind"] == "measure" else ("times", "b")
        places = [int(c["key"][:4], 16) for c in job["cells"]]
        made = [document(run=run * 32, place=place, turns=6, quality={"split": "val"}) for place in places]
        return {name: [json.loads(json.dumps(to_message(row_of(d)))) for d in made]}

    rows = go(sweep(targets=("onnx",)), answers)
    assert [r.record for r in rows] == list(map(record_id, read_records(tmp_path / "out" / RECORDS)))
    assert all(r.document is not None and r.document["run"]["id"] == "a" * 32 for r in rows)


def test_files_that_cannot_be_timed_side_by_side_keep_what_they_have(go: Go) -> None:
    def answers(job: dict[str, Any]) -> dict[str, Any]:
        return {"error": "it crashed"} if job["kind"] == "together" else does(job)

    go(sweep(targets=("onnx",)), answers)
    rows = go(sweep(models=("topformer_tiny", "u2netp"), targets=("onnx",)), answers)
    assert Workers.ran[-1]["kind"] == "together"
    assert [(r.status, r.p50_ms) for r in rows] == [("ok", 4.0)] * 4


def test_what_was_timed_side_by_side_in_several_rooms_is_not_timed_for_ever(tmp_path: Path) -> None:
    first, second = cells(sweep(targets=("onnx",)))
    results = Results(tmp_path)
    for cell, at in ((first, "a"), (second, "b")):
        results.add(cell, row(device={"timed_at": at}))
    assert results.apart([first, second]) == [[first, second]]
    results.time_together({c.key: row(p50_ms=3.0, device={"timed_at": c.key}) for c in (first, second)})
    for found in (results, Results(tmp_path)):
        assert found.apart([first, second]) == [] and [r.p50_ms for r in found.rows([first, second])] == [3.0, 3.0]


def test_files_of_one_run_are_not_timed_again_though_it_took_them_group_by_group(tmp_path: Path) -> None:
    first, second = cells(sweep(targets=("onnx",)))
    for name, runs, apart in (("one", ("a", "a"), []), ("two", ("a", "b"), [[first, second]])):
        results = Results(tmp_path / name)
        for place, (cell, run) in enumerate(zip((first, second), runs, strict=True)):
            made = document(run=run * 32, place=place)
            results.add(cell, row_of({**made, "run": {**made["run"], "group": place}}))
        moments = {row.device["timed_at"] for row in results.rows([first, second])}
        assert len(moments) == 2 and results.apart([first, second]) == apart


def test_a_full_disk_ends_the_sweep_and_keeps_its_rows(go: Go, tmp_path: Path) -> None:
    def answers(job: dict[str, Any]) -> dict[str, Any]:
        if job["kind"] == "measure" and job["cells"][0]["target"] == "tflite":
            raise StorageError("cannot write x: No space left on device")
        return does(job)

    with pytest.raises(StorageError):
        go(sweep(), answers)
    assert len(Results(tmp_path / "out")) == 2


# ---- for real --------------------------------------------------------------------------------------------------------


def test_a_file_is_held_against_the_network_that_all_steps_of_its_recipe_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied = []

    def shrink(loaded: models.Loaded, steps: tuple[str, ...], budget: compress.Budget, cache: Cache) -> models.Loaded:
        applied.append(steps)
        return loaded

    monkeypatch.setattr("compress.shrink", shrink, raising=False)
    monkeypatch.setattr("pocketseg.sweep.measure.measure_missing", lambda entries, cache, **rest: (list(entries), 0))
    loaded = models.open_model("topformer_tiny")
    made: list[Any] = [(loaded, Recipe.parse(text), None) for text in ("prune:0.5+w8a8:qat", "w8a8", "w4")]
    data = sample_part("val")
    measure_made(made, compress.Budget(), Cache(tmp_path), data=data, threads=1)
    assert applied == [("prune:0.5", "qat:w8a8"), ()], "each network once"


def test_a_worker_works_where_the_sweep_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pocketseg.sweep.jobs import work

    monkeypatch.chdir(tmp_path)
    here = make_folder(tmp_path / "here")
    loaded = models.open_model("topformer_tiny")
    models.save_weights(loaded.module, loaded.spec, here / "own.safetensors", dtype="fp32", metadata={})
    job = {
        "kind": "steps", "model": "own.safetensors", "given": {}, "steps": [], "cache": str(tmp_path / "cache"),
        "sweep": sweep().to_json(), "out": str(tmp_path),
    }  # fmt: skip
    assert work({**job, "here": str(here)})["weights"] == sha256_file(here / "own.safetensors")
    monkeypatch.chdir(tmp_path)
    gone = str(tmp_path / "not mounted here")
    assert "own.safetensors" in work({**job, "here": gone})["error"]
    assert "error" not in work({**job, "here": gone, "model": str(here / "own.safetensors")})
