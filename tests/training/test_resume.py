"""A run killed at any moment ends with the same weights, or says why it cannot go on."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _training import QUIET, STEPS, TINY, Data, Killed, assert_same_run, tiny_job, train

import models
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import CheckpointError, UsageError
from pocketseg.training import loop
from pocketseg.training.start import start
from pocketseg.training.state import Progress


def test_a_finished_run_started_again_stays_as_it_is(finished: Path, data: Data, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "run")
    steps: list[int] = []
    train(tiny_job(data, tmp_path / "run"), lambda state, epoch, total: steps.append(state.step))
    assert not steps
    assert_same_run(finished, tmp_path / "run")


@pytest.mark.parametrize(("step", "save_every_s"), [(1, -1.0), (2, -1.0), (3, -1.0), (STEPS, -1.0), (1, 1e9), (3, 1e9)])
def test_a_run_stopped_after_any_step_resumes_to_the_same_weights(
    step: int, save_every_s: float, finished: Path, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY_S", save_every_s)

    def stop(state: Progress, epoch: int, total: int) -> None:
        if state.step == step:
            raise Killed

    with pytest.raises(Killed):
        train(tiny_job(data, tmp_path / "run"), stop)
    train(tiny_job(data, tmp_path / "run"))
    assert_same_run(finished, tmp_path / "run")


@pytest.mark.parametrize(
    ("side", "moment", "time"),
    [("before", "write_log", 1), ("after", "write_log", 2), ("before", "save_state", 2), ("after", "save_state", 1)],
)
def test_a_run_stopped_around_the_writes_of_an_epoch_resumes_to_the_same_weights(
    moment: str, side: str, time: int, finished: Path, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = getattr(loop, moment), 0

    def stopping(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls < time or side == "after":
            real(*arguments)
        if calls == time:
            raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(loop, moment, stopping)
        train(tiny_job(data, tmp_path / "run"))
    train(tiny_job(data, tmp_path / "run"))
    assert_same_run(finished, tmp_path / "run")


KILLED_RUN = """
import os, signal, sys
from pathlib import Path
from pocketseg.training import loop
from pocketseg.training.recipe import load_recipe
from pocketseg.training.start import TrainingJob, start

loop.SAVE_EVERY_S = -1
data, split_file, out, step, changes = sys.argv[1:]
recipe = load_recipe("topformer_tiny", eval(changes))
job = TrainingJob(network="topformer_tiny", data=data, out=Path(out), recipe=recipe, seed=3,
                  split_file=Path(split_file), accelerator="cpu", threads=1)

def report(state, epoch, total):
    if state.step == int(step):
        assert "torchmetrics" not in sys.modules, "it takes two seconds, and nothing needs it"
        os.kill(os.getpid(), signal.SIGKILL)

start(job, loading=lambda done, total: None, asking=lambda done, total: None, report=report)
"""


def test_a_process_killed_between_two_steps_resumes_to_the_same_weights(
    finished: Path, data: Data, tmp_path: Path
) -> None:
    arguments = [data.spec, str(data.split_file), str(tmp_path / "run"), "3", repr(TINY)]
    code = subprocess.run([sys.executable, "-c", KILLED_RUN, *arguments], cwd=ROOT, check=False).returncode
    assert code == -9
    assert (tmp_path / "run/last.ckpt").is_file() and not (tmp_path / "run/result.json").exists()
    steps: list[int] = []
    train(tiny_job(data, tmp_path / "run"), lambda state, epoch, total: steps.append(state.step))
    assert steps == [3, 4], "it goes on from the second step"
    assert_same_run(finished, tmp_path / "run")


@pytest.mark.parametrize("change", [{"lr": 2e-3}, {"epochs": 3}, {"flip": 0.0}])
def test_other_settings_in_a_runs_folder_are_refused_and_leave_it_alone(
    change: dict[str, Any], finished: Path, data: Data
) -> None:
    before = {p.name: p.read_bytes() for p in finished.rglob("*") if p.is_file()}
    with pytest.raises(UsageError, match="holds a run with other settings"):
        train(tiny_job(data, finished, **change))
    with pytest.raises(UsageError, match="holds a run with other settings"):
        train(dataclasses.replace(tiny_job(data, finished), seed=4))
    assert {p.name: p.read_bytes() for p in finished.rglob("*") if p.is_file()} == before


def test_a_run_that_never_began_does_not_keep_its_folder_for_its_settings(data: Data, tmp_path: Path) -> None:
    (tmp_path / "bad.pth").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match=r"bad\.pth"):
        train(dataclasses.replace(tiny_job(data, tmp_path / "run"), initial=tmp_path / "bad.pth"))
    train(tiny_job(data, tmp_path / "run", epochs=1))
    assert json.loads((tmp_path / "run/config.json").read_text())["recipe"]["epochs"] == 1


@pytest.mark.parametrize(
    "damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"text" * 9, lambda b: b"\x80"]
)
def test_a_damaged_checkpoint_is_named_with_what_to_do(
    damage: Callable[[bytes], bytes], finished: Path, data: Data, tmp_path: Path
) -> None:
    shutil.copytree(finished, tmp_path / "run")
    last = tmp_path / "run/last.ckpt"
    last.write_bytes(damage(last.read_bytes()))
    with pytest.raises(CheckpointError, match=r"cannot resume from .*last\.ckpt") as caught:
        train(tiny_job(data, tmp_path / "run"))
    assert "remove it" in caught.value.hint and "\n" not in caught.value.message


def test_a_runs_training_state_is_no_model_and_the_best_weights_are_named(finished: Path) -> None:
    with pytest.raises(CheckpointError, match=r"last\.ckpt is a run's training state") as caught:
        models.open_model(str(finished / "last.ckpt"))
    assert caught.value.hint == f"use {finished / 'best.safetensors'}"


def test_a_run_that_goes_on_says_so_and_from_where(
    finished: Path, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY_S", -1.0)
    out, said = tmp_path / "run", list[str]()

    def stop(state: Progress, epoch: int, total: int) -> None:
        if state.step == 4:  # of which the last saved is the third
            raise Killed

    with pytest.raises(Killed):
        train(tiny_job(data, out), stop)
    for _ in range(2):
        start(tiny_job(data, out), report=lambda state, epoch, total: None, **{**QUIET, "say": said.append})
    assert said == [
        f"{out} holds an unfinished run; resuming it in epoch 2 of 2, after 1 of its 2 steps",
        f"{out} is finished: all 2 epochs are done",
    ]
