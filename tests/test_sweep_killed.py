"""Real sweeps whose processes are killed, on this machine and on a cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _sweep import sweep

from pocketseg.core.cache import ROOT, Cache
from pocketseg.core.files import make_folder
from pocketseg.sweep import run as running
from pocketseg.sweep.plan import cells
from pocketseg.sweep.results import ROWS, Results


@pytest.mark.slow
@pytest.mark.timeout(900)
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
        _until(lambda: len(list(out.glob("began-files-*"))) >= 3, 300)
        killed.append(int(max(out.glob("began-files-*"), key=lambda p: p.stat().st_mtime_ns).name.split("-")[2]))
        os.kill(killed[0], signal.SIGKILL)

    grid = cells(sweep(recipes=("fp32", "w8", "w8a8", "sparse:0.5", "sparse:0.7")))
    killer = threading.Thread(target=kill_one)
    killer.start()
    results = Results(out)
    running.run(sweep(), grid, out, Cache(tmp_path / "cache"), results, scheduler=address)
    killer.join()
    began = [path.name.split("-")[2] for path in out.glob("began-files-*")]
    assert len(began) > 6 and str(killed[0]) in began and len(set(began)) == 2
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
