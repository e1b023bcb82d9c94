"""A run's folder: one training at a time, nobody else's files, and nothing left of a training that never began."""

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from _commands import Call
from _training import Data, tiny_job, train

from pocketseg.core.alone import alone_in
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import CheckpointError, UsageError
from pocketseg.training import run_folder
from pocketseg.training.state import Progress

_HOLDING = """
import sys, time
from pathlib import Path
from pocketseg.training.run_folder import claimed

with claimed(Path(sys.argv[1])):
    Path(sys.argv[1], "last.ckpt").touch()
    time.sleep(120)
"""


def _content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_second_training_is_refused_while_the_first_one_works(data: Data, tmp_path: Path) -> None:
    refused: list[str] = []

    def again(state: Progress, epoch: int, total: int) -> None:
        with pytest.raises(UsageError, match="another training is already at work in") as caught:
            train(tiny_job(data, tmp_path / "run"))
        refused.append(caught.value.hint)

    train(tiny_job(data, tmp_path / "run", epochs=1), again)
    assert set(refused) == {"wait for it, or give another --out"}
    train(tiny_job(data, tmp_path / "run", epochs=1))


def test_a_killed_training_frees_its_folder(tmp_path: Path) -> None:
    run = tmp_path / "run"
    first = subprocess.Popen([sys.executable, "-c", _HOLDING, str(run)], cwd=ROOT)
    try:
        end = time.monotonic() + 60
        while not (run / "last.ckpt").exists() and time.monotonic() < end:
            time.sleep(0.02)
        with pytest.raises(UsageError, match="already at work"), run_folder.claimed(run):
            pass
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait(timeout=20)
    with run_folder.claimed(run):
        pass


@pytest.mark.parametrize(
    ("environment", "first"),
    [
        ({}, True),
        ({"LOCAL_RANK": "0"}, True),
        ({"LOCAL_RANK": "1"}, False),
        ({"LOCAL_WORLD_SIZE": "1", "LOCAL_RANK": "0", "RANK": "1"}, False),
        ({"LOCAL_WORLD_SIZE": "2", "LOCAL_RANK": "0", "RANK": "0"}, True),
    ],
)
def test_only_the_first_process_of_a_training_claims_the_folder(
    environment: dict[str, str], first: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    entered = False
    with alone_in(tmp_path, who="a test", hint=""):
        try:
            with run_folder.claimed(tmp_path):
                entered = True
        except UsageError:
            pass
    assert entered is not first


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(data: Data, tmp_path: Path, pocketseg: Call) -> None:
    photos = shutil.copytree(data.spec.partition(":")[2], tmp_path / "photos")
    before = _content(photos)
    with pytest.raises(UsageError, match=r"photos holds other files, e\.g\. classes\.json"):
        train(tiny_job(data, photos))
    answer = pocketseg("train", "topformer_tiny", "--data", f"folder:{photos}", "--out", photos)
    assert answer.code == 2 and "name a new or empty folder" in answer.err
    assert _content(photos) == before


def test_a_config_of_another_program_does_not_make_a_folder_a_run(data: Data, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(UsageError, match="holds other files"):
        train(tiny_job(data, tmp_path))
    assert _content(tmp_path) == {"config.json": b'{"model_type": "bert"}'}


@pytest.mark.parametrize("kept", ["config.json", "last.ckpt"])
def test_a_begun_run_goes_on(kept: str, finished: Path, data: Data, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(finished / kept, run)
    (run / "notes.txt").write_text("mine")
    train(tiny_job(data, run))
    assert json.loads((run / "result.json").read_text())["epochs"] == 2


def test_an_empty_folder_and_hidden_files_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()
    with run_folder.claimed(tmp_path):
        pass
    assert (tmp_path / ".DS_Store").exists()


def test_a_training_that_never_began_leaves_no_folder(data: Data, tmp_path: Path) -> None:
    job = dataclasses.replace(tiny_job(data, tmp_path / "run"), initial=Path("u2netp"))
    with pytest.raises(CheckpointError, match="u2netp"):
        train(job)
    with pytest.raises(UsageError, match="the last stage gets no step"):
        train(tiny_job(data, tmp_path / "run", stages=[[0.95, 96, 64], [0.05, 64, 64]]))
    assert list(tmp_path.iterdir()) == []


def test_what_took_time_to_make_is_kept_without_a_step(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError), run_folder.claimed(tmp_path / "run"):
        (tmp_path / "run/config.json").touch()
        (tmp_path / "run/answers.npy").touch()
        raise CheckpointError("later", hint="")
    assert {p.name for p in (tmp_path / "run").iterdir()} == {".lock", "config.json", "answers.npy"}
