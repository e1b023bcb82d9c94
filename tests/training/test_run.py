"""A run: its files, its scores, and what is refused or said before it trains."""

from __future__ import annotations

import csv
import dataclasses
import importlib.metadata
import json
import math
import shutil
from pathlib import Path

import pytest
import torch
from _commands import Call
from _training import NAMES, QUIET, STEPS, Data, tiny_job, train

import models
from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import DataError, PocketSegError, SplitError, UsageError
from pocketseg.core.files import write_json
from pocketseg.data.photos import open_photos
from pocketseg.data.split import Split, to_json
from pocketseg.training import loop
from pocketseg.training.evaluate import evaluate
from pocketseg.training.recipe import load_recipe
from pocketseg.training.start import start
from pocketseg.training.state import Progress


def test_a_run_writes_its_files_and_finite_losses(finished: Path, data: Data) -> None:
    assert {p.name for p in finished.iterdir()} == NAMES
    rows = list(csv.DictReader((finished / "log.csv").open()))
    assert [int(row["epoch"]) for row in rows] == [1, 2] and [int(row["step"]) for row in rows] == [2, 4]
    assert all(math.isfinite(float(row["loss"])) and 0 < float(row["loss"]) < 10 for row in rows)
    result = json.loads((finished / "result.json").read_text())
    assert result["steps"] == STEPS and result["epochs"] == 2
    assert result["best_val_miou"] == max(float(row["val_miou"]) for row in rows)
    config = json.loads((finished / "config.json").read_text())
    assert config["split_hash"] == data.split.hash and config["recipe"]["batch_size"] == 2 and config["seed"] == 3


def test_the_best_weights_know_what_they_are_and_score_what_the_run_says(finished: Path, data: Data) -> None:
    best = models.open_model(str(finished / "best.safetensors"))
    assert (best.spec.name, best.spec.height_px, best.spec.width_px) == ("topformer_tiny", 64, 64)
    assert best.spec.classes == CLASSES and best.metadata["split_hash"] == data.split.hash
    meter = evaluate(best.module, best.spec, open_photos(data.spec), data.split.ids("val"))
    rows = list(csv.DictReader((finished / "log.csv").open()))
    assert f"{meter.miou():.6f}" == best.metadata["val_miou"]
    assert meter.miou() == pytest.approx(float(rows[int(best.metadata["epoch"]) - 1]["val_miou"]), abs=1e-6)


@pytest.mark.parametrize(
    ("part", "says"),
    [("train", "trained on these 5 photos"), ("all", "trained on 5 of these 7 photos"), ("val", "")],
)
def test_scoring_a_model_on_what_it_learnt_from_is_said(
    part: str, says: str, finished: Path, data: Data, pocketseg: Call
) -> None:
    own = () if part == "all" else ("--split-file", data.split_file)
    answer = pocketseg("evaluate", finished / "best.safetensors", "--data", data.spec, "--split", part, *own)
    assert answer.code == 0 and ("note: " in answer.err) == bool(says) and says in " ".join(answer.err.split())


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_checkpoint(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY_S", -1)
    out, seen = tmp_path / "run", b""

    def keep(state: Progress, epoch: int, total: int) -> None:
        nonlocal seen
        seen = (out / "last.ckpt").read_bytes() if (out / "last.ckpt").exists() else b""
        assert math.isfinite(state.loss_sum)

    with pytest.raises(PocketSegError, match=r"not finite at step [123]") as caught:
        train(tiny_job(data, out, lr=1e30, warmup_steps=0), keep)
    assert f"--set lr={load_recipe('topformer_tiny', {}).lr:.1e} " in caught.value.hint, "not a third of 1e30"
    state = torch.load(out / "last.ckpt", weights_only=True)
    assert state["progress"]["step"] >= 1 and all(v.isfinite().all() for v in state["network"].values())
    assert not (out / "result.json").exists()


def test_each_stage_trains_at_its_size_and_the_best_is_of_the_last_one(data: Data, tmp_path: Path) -> None:
    out = tmp_path / "run"
    train(tiny_job(data, out, stages=[[0.5, 64, 64], [0.5, 96, 64]], height_px=96))
    rows = list(csv.DictReader((out / "log.csv").open()))
    assert [(row["height_px"], row["width_px"]) for row in rows] == [("64", "64"), ("96", "64")]
    result = json.loads((out / "result.json").read_text())
    assert result["best_val_miou"] == float(rows[1]["val_miou"])
    assert models.open_model(str(out / "best.safetensors")).spec.height_px == 96


def test_a_run_without_a_training_or_validation_photo_is_refused(data: Data, tmp_path: Path) -> None:
    photos = {p: dict(data.split.photos[p]) for p in ("train", "val", "test")}
    for part, error in (("val", SplitError), ("train", DataError)):
        split = Split(name="own", photos={**photos, part: {}}, never={}, made_with={})
        file = write_json(tmp_path / f"{part}.json", to_json(split))
        with pytest.raises(error, match=r"no (validation )?photos"):
            train(dataclasses.replace(tiny_job(data, tmp_path / part), split_file=file))


def test_class_weights_that_do_not_match_the_classes_are_refused(data: Data, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="class_weights has 2 numbers for 4 classes"):
        train(tiny_job(data, tmp_path / "run", class_weights=[1.0, 2.0]))


def test_a_class_that_no_training_photo_holds_is_said_and_does_no_harm(data: Data, tmp_path: Path) -> None:
    root = shutil.copytree(data.spec.partition(":")[2], tmp_path / "data")
    (root / "classes.json").write_text(json.dumps([*CLASSES, "cape"]))
    said: list[str] = []
    job = dataclasses.replace(tiny_job(data, tmp_path / "run"), data=f"folder:{root}")
    start(job, report=lambda state, epoch, total: None, **{**QUIET, "say": said.append})
    assert [s for s in said if "no training photo has a pixel of cape" in s]
    assert math.isfinite(json.loads((tmp_path / "run/result.json").read_text())["best_val_miou"])


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_an_accelerator_that_is_not_there_is_refused(kind: str, data: Data, tmp_path: Path) -> None:
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if present[kind]:
        pytest.skip(f"this machine has {kind}")
    with pytest.raises(UsageError, match="this machine has no"):
        train(dataclasses.replace(tiny_job(data, tmp_path / "run"), accelerator=kind))
    assert not (tmp_path / "run").exists()


def test_a_batch_of_one_photo_is_refused_before_any_work_unless_statistics_are_frozen(
    data: Data, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"a step has 1 photo for 1 process \(batch_size 1, 5 training photos\)"):
        train(tiny_job(data, tmp_path / "run", batch_size=1))
    with pytest.raises(UsageError, match=r"a step has 3 photos for 2 processes"):
        train(dataclasses.replace(tiny_job(data, tmp_path / "run", batch_size=3), devices=2))
    assert not (tmp_path / "run").exists()
    train(tiny_job(data, tmp_path / "run", batch_size=1, epochs=1, norm_statistics="frozen"))


def test_half_precision_without_a_gpu_is_refused(data: Data, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="16-mixed needs a GPU") as caught:
        train(dataclasses.replace(tiny_job(data, tmp_path / "run"), precision="16-mixed"))
    assert "bf16-mixed" in caught.value.hint and not (tmp_path / "run").exists()


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_no_generator_takes_is_refused(seed: int, data: Data, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="seed must be from 0 to 4294967295"):
        dataclasses.replace(tiny_job(data, tmp_path / "run"), seed=seed)


def test_a_run_says_where_it_was_made(finished: Path) -> None:
    said = json.loads((finished / "environment.json").read_text())
    assert said["cores"] >= 1 and said["packages"]["torch"] == importlib.metadata.version("torch")


def test_a_last_stage_without_a_step_is_refused(data: Data, tmp_path: Path) -> None:
    stages = [[0.95, 96, 64], [0.05, 64, 64]]
    with pytest.raises(UsageError) as caught:
        train(tiny_job(data, tmp_path / "run", stages=stages))
    assert caught.value.message == (
        "the last stage gets no step: the run has 4 steps, stages=[[0.95,96,64],[0.05,64,64]]"
    )
    with pytest.raises(UsageError, match="the run has 1 step, "):
        train(tiny_job(data, tmp_path / "run", stages=stages, epochs=1, batch_size=5))
