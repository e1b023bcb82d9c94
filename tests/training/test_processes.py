"""Training in several processes, and killed at any moment: the same losses, the same weights."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from _commands import Call

from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_json
from pocketseg.data.photos import digest, open_photos
from pocketseg.data.split import Split, to_json

SPEC = f"imaterialist:{ROOT / 'tests/data/imaterialist'}"
MAIN = [sys.executable, "-m", "pocketseg.cli.main"]
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port"]


@pytest.fixture(scope="module")
def split_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    photos = open_photos(SPEC)
    parts = {"train": photos.ids[:4], "val": photos.ids[4:5], "test": photos.ids[5:]}
    content = {p: {i: digest(photos.image_path(i)) for i in ids} for p, ids in parts.items()}
    split = Split(name="own", photos=content, never={}, made_with={})
    return write_json(tmp_path_factory.mktemp("split") / "own.json", to_json(split))


def _arguments(network: str, split_file: Path, out: Path, *settings: str) -> list[str]:
    changes = [
        part for s in ("height_px=64", "width_px=64", "warmup_steps=2", "lr=1e-3", *settings) for part in ("--set", s)
    ]
    return [
        "train", network, "--data", SPEC, "--split-file", str(split_file), "--out", str(out), "--threads", "1",
        "--accelerator", "cpu", "--batch-size", "4", *changes,
    ]  # fmt: skip


def _run(command: list[str], **environment: str) -> None:
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1", **environment}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def _losses(run: Path) -> list[float]:
    with (run / "log.csv").open() as stream:
        return [float(row["loss"]) for row in csv.DictReader(stream)]


@pytest.mark.parametrize("start", ["fabric", pytest.param("torchrun", marks=pytest.mark.slow)])
def test_two_processes_lose_what_one_loses_on_the_same_batches(
    start: str, split_file: Path, tmp_path: Path, pocketseg: Call
) -> None:
    # zooming out leaves ignored pixels, more on one process than on the other
    settings = ("norm_statistics=frozen", "epochs=5", "scale=[0.4, 1.2]", "class_weights=[1.0, 2.0, 3.0, 4.0]")
    one, two = tmp_path / "one", tmp_path / "two"
    alone = pocketseg(*_arguments("u2netp", split_file, one, *settings))
    assert alone.code == 0, alone.err
    arguments = _arguments("u2netp", split_file, two, *settings)
    if start == "fabric":
        _run([*MAIN, *arguments, "--devices", "2"], MASTER_PORT=str(_free_port()))
    else:
        _run([*TORCHRUN, str(_free_port()), "-m", "pocketseg.cli.main", *arguments])
    assert _losses(two) == pytest.approx(_losses(one), abs=1e-5) and len(_losses(one)) == 5
    assert _losses(one)[-1] != pytest.approx(_losses(one)[0], abs=1e-2), "it learns"
    weights = [torch.load(run / "last.ckpt", weights_only=True)["network"] for run in (one, two)]
    apart = torch.cat([(weights[0][k].float() - weights[1][k].float()).abs().flatten() for k in weights[0]])
    # AdamW divides by a gradient's own size: where that is all but nothing, its rounding moves a weight by whole steps
    assert apart.max() < 1e-3 and (apart > 1e-5).float().mean() < 1e-3
    assert json.loads((two / "result.json").read_text())["steps"] == 5


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.slow
def test_a_run_killed_at_ten_random_moments_ends_with_the_same_weights(split_file: Path, tmp_path: Path) -> None:
    settings = ("epochs=40", "fine_weight=0.5")
    _run(MAIN + _arguments("topformer_tiny", split_file, tmp_path / "whole", *settings))
    killed = tmp_path / "killed"
    command = MAIN + _arguments("topformer_tiny", split_file, killed, *settings)
    moments, kills = random.Random(5), 0
    while kills < 10:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        checkpoint, end = killed / "last.ckpt", time.monotonic() + 60
        before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
        while time.monotonic() < end and process.poll() is None:  # until it works again
            if checkpoint.exists() and checkpoint.stat().st_mtime_ns != before:
                break
            time.sleep(0.01)
        time.sleep(moments.random() * 0.25)
        assert process.poll() is None, "it ended before ten kills: give it more epochs"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
        kills += 1
    _run(command)
    assert (killed / "best.safetensors").read_bytes() == (tmp_path / "whole/best.safetensors").read_bytes()
    ends = [torch.load(run / "last.ckpt", weights_only=True) for run in (tmp_path / "whole", killed)]
    for part in ("network", "average"):
        assert all(torch.equal(ends[0][part][k], ends[1][part][k]) for k in ends[0][part])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system that a run's files fill by half."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=60m", "none", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("NOT VERIFIED: a file system of its own cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
def test_a_run_that_fills_the_disk_says_so_and_goes_on_when_there_is_room(
    small_disk: Path, split_file: Path, tmp_path: Path
) -> None:
    arguments = _arguments("topformer_tiny", split_file, tmp_path / "whole", "epochs=30")
    _run(MAIN + arguments)
    run, junk = small_disk / "run", small_disk / "junk"
    command = MAIN + _arguments("topformer_tiny", split_file, run, "epochs=30")
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while time.monotonic() < end and not (run / "last.ckpt").exists():
        time.sleep(0.01)
    with junk.open("wb") as stream, contextlib.suppress(OSError):
        while True:
            stream.write(bytes(1 << 20))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 8, said
    assert "No space left" in said and "free some space" in said and "Traceback" not in said
    junk.unlink()
    _run(command)
    assert (run / "best.safetensors").read_bytes() == (tmp_path / "whole/best.safetensors").read_bytes()
