"""Sweeps: the grid, jobs in the order of what they need, one row a cell whatever happens, and picking from rows."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _commands import Call

import compress
import models
from benchmark.photos import sample_part
from benchmark.rows import to_json
from pocketseg.core.cache import ROOT, Cache
from pocketseg.core.errors import ManifestError, StorageError, UnknownNameError, UsageError
from pocketseg.core.files import make_folder, sha256_file
from pocketseg.core.types import BenchmarkRow, Recipe
from pocketseg.report.pareto import Wanted, fronts, pick, write_fronts
from pocketseg.sweep import jobs
from pocketseg.sweep import run as running
from pocketseg.sweep.measure import measure_made
from pocketseg.sweep.plan import Cell, Sweep, cells, read_toml
from pocketseg.sweep.results import ROWS, Results, alone

Answers = Callable[[dict[str, Any]], dict[str, Any]]


def sweep(**changes: Any) -> Sweep:
    given = {"models": ("topformer_tiny",), "recipes": ("fp32", "w8a8"), "targets": ("onnx", "tflite"), **changes}
    return Sweep(**given)


def row(**changes: Any) -> BenchmarkRow:
    given = {
        "model": "m", "recipe": "fp32", "target": "onnx", "precision": "fp32", "runtime": "ort", "status": "ok",
        "miou": 0.5, "p50_ms": 4.0, "size_bytes": 2_000_000, "device": {"cpu": "A"}, **changes,
    }  # fmt: skip
    return BenchmarkRow(**given)


# ---- the grid --------------------------------------------------------------------------------------------------------


def test_the_grid_has_every_network_target_and_recipe_once() -> None:
    found = cells(sweep(models=("topformer_tiny", "u2netp")))
    assert len(found) == 8 == len({c.key for c in found}) == len({c.folder for c in found})
    assert {(c.model, c.target, str(c.recipe)) for c in found} == {
        (m, t, r) for m in ("topformer_tiny", "u2netp") for t in ("onnx", "tflite") for r in ("fp32", "w8a8")
    }


@pytest.mark.parametrize("change", [{"epochs": 3}, {"threads": 2}, {"settings": {"lr": 0.1}}])
def test_a_cell_of_other_inputs_is_another_cell(change: dict[str, Any]) -> None:
    assert not {c.key for c in cells(sweep())} & {c.key for c in cells(sweep(**change))}
    assert cells(sweep()) == cells(sweep())


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"models": ()}, UsageError, "has no models"),
        ({"targets": ("onnx", "onnx")}, UsageError, "onnx stands twice"),
        ({"targets": ("onxx",)}, UnknownNameError, "did you mean 'onnx'"),
        ({"recipes": ("w8a9",)}, UnknownNameError, "did you mean 'w8a8'"),
        ({"recipes": ("prune:3+fp32",)}, UsageError, "prune"),
        ({"recipes": ("sparse:0.5", "sparse:0.5+fp32")}, UsageError, "are the same"),
        ({"models": ("topfromer_tiny",)}, UnknownNameError, "did you mean 'topformer_tiny'"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_work(
    change: dict[str, Any], kind: type[UsageError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        cells(sweep(**change))


def test_a_sweeps_file_is_read_and_its_faults_are_named(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('models = ["a"]\nrecipes = ["fp32"]\ntargets = ["onnx"]\nsplit_file = "x.json"\n[set]\nlr = 0.1\n')
    found = read_toml(path)
    assert found["settings"] == {"lr": 0.1} and found["split_file"] == tmp_path / "x.json"
    assert Sweep.from_json(json.loads(json.dumps(Sweep(**found).to_json()))) == Sweep(**found)
    faults = {"modles = []": "did you mean 'models'", "epochs = true": "must be a int", "=": "no sweep",
              "models = [1]": "list of texts"}  # fmt: skip
    for text, message in faults.items():
        path.write_text(text)
        with pytest.raises(UsageError, match=message):
            read_toml(path)


# ---- jobs ------------------------------------------------------------------------------------------------------------


class Workers:
    """Do jobs at once, by a function; note what ran, and how many processes were begun anew."""

    slots = 2
    answers: Answers
    ran: list[dict[str, Any]]
    renewed: int

    def __init__(self, jobs: int, scheduler: str) -> None:
        pass

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *rest: object) -> None:
        pass

    def submit(self, message: dict[str, Any]) -> Future[dict[str, Any]]:
        future: Future[dict[str, Any]] = Future()
        type(self).ran.append(message)
        try:
            future.set_result(type(self).answers(message))
        except (BrokenProcessPool, StorageError) as error:
            future.set_exception(error)
        return future

    def renew(self) -> None:
        type(self).renewed += 1


def does(job: dict[str, Any]) -> dict[str, Any]:
    """Answer as jobs do; what is measured in one job is timed at one time."""
    if job["kind"] == "together":
        return {"times": [to_json(row(p50_ms=7.0, device={"cpu": "A", "timed_at": "later"})) for _ in job["cells"]]}
    if job["kind"] != "measure":
        return {}
    device = {"cpu": "A", "timed_at": job["cells"][0]["key"]}
    return {"rows": [to_json(row(target=c["target"], recipe=c["recipe"], device=device)) for c in job["cells"]]}


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


Go = Callable[[Sweep, Answers], list[BenchmarkRow]]


def test_steps_that_recipes_share_run_once_and_before_what_needs_them(go: Go) -> None:
    rows = go(sweep(recipes=("sparse:0.5", "sparse:0.5+w8a8", "sparse:0.5+sparse:0.7+w8a8")), does)
    assert [r.status for r in rows] == ["ok"] * 6
    steps = [tuple(j["steps"]) for j in Workers.ran if j["kind"] == "steps"]
    assert sorted(steps) == [("sparse:0.5",), ("sparse:0.5", "sparse:0.7")]
    kinds = [j["kind"] for j in Workers.ran]
    assert kinds[0] == "steps" and kinds.count("file") == 6 and kinds[-2:] == ["measure", "measure"]


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
        if job["kind"] == "file" and job["cell"]["recipe"] == "w8a8":
            return {"error": "the converter fell over"}
        return does(job)

    rows = go(sweep(targets=("coreml", "onnx")), answers)
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
        if job["kind"] == "file" and job["cell"]["recipe"] == "w8a8":
            raise BrokenProcessPool
        return does(job)

    rows = go(sweep(targets=("onnx",)), answers)
    assert [(r.status, r.reason) for r in rows] == [("ok", ""), ("failed", "its process ended without a word")]
    assert Workers.renewed == 2


def test_what_a_sweep_did_is_not_done_again(go: Go) -> None:
    go(sweep(targets=("onnx",)), does)
    rows = go(sweep(), does)
    assert [r.status for r in rows] == ["ok"] * 4
    assert {j["cell"]["target"] for j in Workers.ran if j["kind"] == "file"} == {"tflite"}


def test_kept_and_new_files_of_a_target_are_timed_side_by_side_at_the_end(go: Go, tmp_path: Path) -> None:
    assert [r.p50_ms for r in go(sweep(targets=("onnx",)), does)] == [4.0, 4.0]
    assert [j["kind"] for j in Workers.ran][-1] == "measure"  # of one time already
    rows = go(sweep(models=("topformer_tiny", "u2netp")), does)
    assert [j["kind"] for j in Workers.ran][-2:] == ["together"] * 2
    assert [len(j["cells"]) for j in Workers.ran[-2:]] == [4, 4]
    assert {(r.p50_ms, r.device["timed_at"]) for r in rows} == {(7.0, "later")}
    assert [r.miou for r in rows] == [0.5] * 8
    go(sweep(models=("topformer_tiny", "u2netp")), does)
    assert Workers.ran == []


def test_files_that_cannot_be_timed_side_by_side_keep_what_they_have(go: Go) -> None:
    def answers(job: dict[str, Any]) -> dict[str, Any]:
        return {"error": "it crashed"} if job["kind"] == "together" else does(job)

    rows = go(sweep(models=("topformer_tiny", "u2netp"), targets=("onnx",)), answers)
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


def test_a_full_disk_ends_the_sweep_and_keeps_its_rows(go: Go, tmp_path: Path) -> None:
    def answers(job: dict[str, Any]) -> dict[str, Any]:
        if job["kind"] == "measure" and job["cells"][0]["target"] == "tflite":
            raise StorageError("cannot write x: No space left on device")
        return does(job)

    with pytest.raises(StorageError):
        go(sweep(), answers)
    assert len(Results(tmp_path / "out")) == 2


# ---- its folder ------------------------------------------------------------------------------------------------------


def test_a_torn_line_is_left_out_and_a_cell_keeps_its_first_row(tmp_path: Path) -> None:
    first, second = cells(sweep(targets=("onnx",)))
    results = Results(tmp_path)
    results.add(first, row(miou=0.25))
    with (tmp_path / ROWS).open("a") as stream:
        stream.write('{"cell": "' + second.key + '", "row": {"mod')
    results = Results(tmp_path)
    assert first in results and second not in results
    results.add(first, row(miou=0.75))
    results.add(second, row(status="failed", reason="x", miou=None))
    assert [r.miou for r in Results(tmp_path).rows([first, second])] == [0.25, None]
    assert Results(tmp_path).forget_failed([first, second]) == 1
    assert second not in Results(tmp_path) and first in Results(tmp_path)


def test_one_sweep_at_a_time_works_in_a_folder(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(UsageError, match="another sweep works in"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


@pytest.mark.parametrize("flags", [[], ["--resume"]])
@pytest.mark.parametrize("left", ["nothing", "an empty folder", "its settings", "torn rows"])
def test_resume_and_the_plain_command_do_the_same_whatever_a_kill_left(
    pocketseg: Call, tmp_path: Path, left: str, flags: list[str]
) -> None:
    out = tmp_path / "out"
    asked = ("sweep", "--models", "u2netp", "--recipes", "pal8", "--targets", "onnx", "--out", out)  # refused: no work
    if left != "nothing":
        out.mkdir()
    if left in ("its settings", "torn rows"):
        assert pocketseg(*asked).code == 0
        (out / "report.html").unlink()
        (out / ROWS).write_text('{"cell": "' if left == "torn rows" else "")
    answer = pocketseg(*asked, *flags)
    assert answer.code == 0 and "1 cells: 1 refused" in answer.out, answer.err
    assert (out / "sweep.json").is_file() and (out / "report.html").is_file() and len(Results(out)) == 1
    assert "nothing to do" in pocketseg(*asked, *flags).out


# ---- fronts and picking ----------------------------------------------------------------------------------------------

ROWS_TO_PICK = [
    row(recipe="fp32", p50_ms=9.0, miou=0.60, size_bytes=5_000_000),
    row(recipe="w8a8", p50_ms=4.0, miou=0.59, size_bytes=1_500_000),
    row(recipe="prune:0.5+w8a8", p50_ms=2.0, miou=0.50, size_bytes=1_000_000),
    row(recipe="w8", p50_ms=9.5, miou=0.58, size_bytes=1_600_000),
    row(recipe="w4", status="refused", reason="no", miou=None, p50_ms=None),
]


@pytest.mark.parametrize(
    ("wanted", "recipe"),
    [
        ({"max_p50_ms": 5.0}, "w8a8"),
        ({"min_miou": 0.5}, "prune:0.5+w8a8"),
        ({"min_miou": 0.585}, "w8a8"),
        ({"max_mb": 9.0}, "fp32"),
        ({"max_p50_ms": 5.0, "min_miou": 0.4, "max_mb": 1.2}, "prune:0.5+w8a8"),
    ],
)
def test_what_is_picked_keeps_the_limits(wanted: dict[str, float], recipe: str) -> None:
    chosen, _ = pick(ROWS_TO_PICK, Wanted(**wanted))
    assert chosen is not None and chosen.recipe == recipe


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"max_p50_ms": 1.0}, "p50 of at most 1 ms: the nearest is m prune:0.5+w8a8 with 2.00 ms, 1.00 ms off"),
        ({"min_miou": 0.7}, "No file has a mIoU of at least 0.7: the nearest is m fp32 with 0.6000, 0.1000 off"),
        ({"max_p50_ms": 5.0, "min_miou": 0.6}, "not all at once: with the rest kept, the nearest to a p50"),
    ],
)  # fmt: skip
def test_a_limit_that_cannot_be_kept_is_named_with_how_far_it_is_off(wanted: dict[str, float], says: str) -> None:
    chosen, why = pick(ROWS_TO_PICK, Wanted(**wanted))
    assert chosen is None and says in why


def test_pick_reads_what_a_sweep_wrote(pocketseg: Call, tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps({"rows": [to_json(r) for r in ROWS_TO_PICK]}))
    answer = pocketseg("pick", tmp_path, "--target", "onnx", "--min-miou", "0.585", "--json")
    assert answer.code == 0 and json.loads(answer.out)["row"]["recipe"] == "w8a8"
    assert pocketseg("pick", tmp_path, "--target", "onnx", "--max-mb", "0.5").code == 1
    for arguments, says in (
        (["--target", "onnx"], "there is no limit"),
        (["--target", "tflite", "--max-mb", "1"], "onnx"),
    ):
        answer = pocketseg("pick", tmp_path, *arguments)
        assert answer.code == 2 and says in answer.err


def test_a_front_is_of_one_target_and_one_device(tmp_path: Path) -> None:
    other = row(recipe="fp32", p50_ms=20.0, miou=0.55, device={"cpu": "B"})
    found = fronts([*ROWS_TO_PICK, other])
    assert {k: [r.recipe for r in v] for k, v in found.items()} == {
        ("onnx", "A"): ["prune:0.5+w8a8", "w8a8", "fp32"], ("onnx", "B"): ["fp32"],
    }  # fmt: skip
    with write_fronts(tmp_path / "pareto.csv", [*ROWS_TO_PICK, other]).open() as stream:
        assert [(r["device"], r["recipe"]) for r in csv.DictReader(stream)][-1] == ("B", "fp32")
    tileless = row(recipe="fp32", p50_ms=20.0, miou=0.55, device={"cpu": "B", "matrix_tiles": "left"})
    assert [device for _, device in fronts([other, tileless])] == ["B", "B without its matrix tiles (AMX)"]


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
    made: list[Any] = [(Recipe.parse("prune:0.5+w8a8:qat"), None), (Recipe.parse("w8a8"), None)]
    data = sample_part("val")
    measure_made("topformer_tiny", made, compress.Budget(), Cache(tmp_path), data=data, threads=1)
    assert applied == [("prune:0.5", "qat:w8a8"), ()]


@pytest.mark.slow
def test_a_sweep_killed_three_times_ends_with_one_row_a_cell(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "pocketseg.cli.main", "--cache-dir", str(tmp_path / "cache"), "sweep", "--models",
        "topformer_tiny", "--recipes", "fp32,w8a8,sparse:0.5,sparse_nm:2-4", "--targets", "onnx,coreml", "--epochs",
        "0", "--out", str(tmp_path / "out"), "--jobs", "2",
    ]  # fmt: skip
    for _ in range(3):
        process = subprocess.Popen(command, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL)
        time.sleep(12)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)  # the sweep alone: its workers must end by themselves
        process.wait(timeout=20)
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    written = [json.loads(line) for line in (tmp_path / "out" / ROWS).read_text().splitlines()]
    lines = [line for line in written if "cell" in line]  # the others are latencies
    assert len(lines) == 8 == len({line["cell"] for line in lines})
    assert {line["row"]["status"] for line in lines} == {"ok", "refused"}
    began = time.monotonic()
    again = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    assert "nothing to do: all 8 cells have their row" in again.stdout and time.monotonic() - began < 60


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


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[Any]]]]:
    """Start a Dask scheduler and two workers; give its address and the workers."""
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    found = tmp_path / "scheduler.json"
    here = ("--no-dashboard", "--host", "127.0.0.1")
    started: list[subprocess.Popen[Any]] = []

    def dask(*arguments: str) -> None:
        command = [sys.executable, "-m", "dask", *arguments, *here]
        started.append(subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL))

    try:
        dask("scheduler", "--port", "0", "--scheduler-file", str(found))
        _until(found.is_file, 300)
        address = json.loads(found.read_text())["address"]
        for _ in range(2):
            dask("worker", address, "--nworkers", "1", "--nthreads", "1", "--no-nanny")
        yield address, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


Cluster = tuple[str, list[subprocess.Popen[Any]]]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_job_of_a_killed_worker_is_done_by_another(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import _cluster
    import distributed

    address, _ = cluster
    monkeypatch.setattr("pocketseg.sweep.workers.work", _cluster.job)
    monkeypatch.setattr(running, "refusals", lambda cells, sweep: {})
    out, killed = make_folder(tmp_path / "out"), list[int]()
    with distributed.Client(address) as client:
        client.wait_for_workers(2, timeout=300)

    def kill_one() -> None:
        _until(lambda: len(list(out.glob("began-file-*"))) >= 3, 300)
        killed.append(int(max(out.glob("began-file-*"), key=lambda p: p.stat().st_mtime_ns).name.split("-")[2]))
        os.kill(killed[0], signal.SIGKILL)

    grid = cells(sweep(targets=("onnx",), recipes=("fp32", "fp16", "w8", "w8dyn", "w8a8", "sparse:0.5", "sparse:0.7")))
    killer = threading.Thread(target=kill_one)
    killer.start()
    results = Results(out)
    running.run(sweep(), grid, out, Cache(tmp_path / "cache"), results, scheduler=address)
    killer.join()
    began = [path.name.split("-")[2] for path in out.glob("began-file-*")]
    assert len(began) > 7 and str(killed[0]) in began and len(set(began)) == 2
    lines = [json.loads(line)["cell"] for line in (out / ROWS).read_text().splitlines()]
    assert sorted(lines) == sorted(cell.key for cell in grid)
    assert {r.status for r in results.rows(grid)} == {"ok"}


@pytest.mark.matrix  # real conversions: many minutes
@pytest.mark.timeout(1800)
def test_a_cluster_that_loses_a_worker_ends_with_one_row_a_cell(cluster: Cluster, tmp_path: Path) -> None:
    address, workers = cluster
    command = [
        sys.executable, "-m", "pocketseg.cli.main", "--cache-dir", str(tmp_path / "cache"), "sweep", "--models",
        "models/released/topformer_tiny.safetensors", "--recipes", "fp32,fp16,w8,w8a8,sparse_nm:2-4", "--targets",
        "onnx", "--out", str(tmp_path / "out"), "--scheduler", address,
    ]  # fmt: skip
    sweeping = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        converting = tmp_path / "cache/unfinished"
        _until(lambda: sweeping.poll() is not None or len(list(converting.glob("onnx-*"))) == 2, 600)
        os.kill(workers[0].pid, signal.SIGKILL)
        said, _ = sweeping.communicate(timeout=1200)
    finally:
        sweeping.kill()
    assert sweeping.returncode == 0, said[-2000:]
    lines = [json.loads(line) for line in (tmp_path / "out" / ROWS).read_text().splitlines()]
    rows = [line for line in lines if "cell" in line]
    assert len(rows) == 5 == len({line["cell"] for line in rows})
    assert sorted(line["row"]["status"] for line in rows) == ["ok"] * 4 + ["refused"]


def _until(done: Callable[[], bool], seconds: float) -> None:
    """Wait for something. Fails after `seconds`."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)
