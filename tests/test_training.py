"""Training: a run killed at any moment ends with the same weights, and its scores are those of its weights."""

from __future__ import annotations

import csv
import dataclasses
import importlib.metadata
import itertools
import json
import math
import shutil
import struct
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from _commands import Call
from PIL import Image
from torch import nn
from torch.nn import functional

import models
from pocketseg.core.cache import ROOT
from pocketseg.core.classes import CLASSES, IGNORE_INDEX
from pocketseg.core.errors import CheckpointError, DataError, PocketSegError, SplitError, UnknownNameError, UsageError
from pocketseg.core.files import write_json
from pocketseg.data.embedded import FOLDER, sample_ids, sample_split
from pocketseg.data.photos import digest, open_photos
from pocketseg.data.split import Split, read_split, to_json
from pocketseg.inference import network_input
from pocketseg.training import loop
from pocketseg.training.arrays import MARGIN, PhotoArrays, load_arrays
from pocketseg.training.augment import augment
from pocketseg.training.card import card_text
from pocketseg.training.curves import draw
from pocketseg.training.distil import unwrapped
from pocketseg.training.evaluate import evaluate
from pocketseg.training.fine_head import FineHead, fine_loss, nearest
from pocketseg.training.loop import Run, update_ema
from pocketseg.training.losses import dice_loss, loss_of
from pocketseg.training.recipe import FOLDER as FOLDER_OF_RECIPES
from pocketseg.training.recipe import TrainingRecipe, load_recipe, parse_changes
from pocketseg.training.release import release
from pocketseg.training.scores import score
from pocketseg.training.start import TrainingJob, share_of, start
from pocketseg.training.state import Progress
from pocketseg.training.teacher import open_teachers, soft_labels, teacher_loss

QUIET: dict[str, Any] = {"loading": lambda done, total: None, "asking": lambda done, total: None}
TINY = {"epochs": 2, "batch_size": 2, "height_px": 64, "width_px": 64, "warmup_steps": 2}
STEPS = 4
FILES = {"config.json", "log.csv", "best.safetensors", "last.ckpt", "result.json"}  # a release needs these
NAMES = FILES | {"curves.svg", "data.json", "environment.json", "tensorboard"}


@dataclasses.dataclass(frozen=True)
class Data:
    """A folder of seven embedded photos and the split file of it: 5 to train, 1 to validate, 1 to test."""

    spec: str
    split_file: Path

    @property
    def split(self) -> Split:
        return read_split(self.split_file)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    root = tmp_path_factory.mktemp("data")
    parts = {"train": sample_ids("train")[:5], "val": sample_ids("val")[:1], "test": sample_ids("test")[:1]}
    for folder, suffix in (("images", "jpg"), ("masks", "png")):
        (root / folder).mkdir()
        for photo_id in sum(parts.values(), ()):
            shutil.copy(FOLDER / folder / f"{photo_id}.{suffix}", root / folder)
    shutil.copy(FOLDER / "classes.json", root)
    photos = {p: {i: digest(root / "images" / f"{i}.jpg") for i in ids} for p, ids in parts.items()}
    split = Split(name="tiny", photos=photos, never={}, made_with={})
    return Data(f"folder:{root}", write_json(root / "split.json", to_json(split)))


def _job(data: Data, out: Path, **changes: Any) -> TrainingJob:
    return TrainingJob(
        network="topformer_tiny",
        data=data.spec,
        out=out,
        recipe=load_recipe("topformer_tiny", {**TINY, **changes}),
        seed=3,
        split_file=data.split_file,
        accelerator="cpu",
        threads=1,
    )


def _train(job: TrainingJob, report: Callable[[Progress, int, int], None] = lambda state, epoch, total: None) -> Path:
    return start(job, report=report, **QUIET)


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def finished(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing interrupted."""
    out = tmp_path_factory.mktemp("finished") / "run"
    _train(_job(data, out))
    return out


def test_a_run_draws_its_curves_and_tells_tensorboard(finished: Path) -> None:
    rows = list(csv.DictReader((finished / "log.csv").open()))
    picture = (finished / "curves.svg").read_text()
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    for value in (row[key] for row in rows for key in ("loss", "val_miou")):
        assert f"{float(value):.3f}" in picture
    seen: dict[str, list[float]] = {}
    for file in sorted((finished / "tensorboard").iterdir()):
        for event in _events(file.read_bytes()):
            for value in event.summary.value:
                seen.setdefault(value.tag, []).append(value.simple_value)
    assert seen["val_miou"] == pytest.approx([float(row["val_miou"]) for row in rows], abs=1e-6)
    assert seen["loss"] == pytest.approx([float(row["loss"]) for row in rows], abs=1e-6)


def test_a_single_epoch_is_drawn_as_points(tmp_path: Path) -> None:
    row = {"epoch": 1, "height_px": 64, "width_px": 64, "loss": 1.0, "val_miou": 0.5}
    for count, points in ((1, 2), (2, 0)):
        draw(tmp_path / "curves.svg", "a run", [{**row, "epoch": e + 1} for e in range(count)])
        assert (tmp_path / "curves.svg").read_text().count("<circle") == points


def test_a_picture_of_curves_marks_a_new_width_too(tmp_path: Path) -> None:
    rows = [{"epoch": e, "height_px": 64, "width_px": w, "loss": 1.0, "val_miou": 0.5} for e, w in ((1, 64), (2, 96))]
    draw(tmp_path / "curves.svg", "a run", rows)
    assert "64 x 96 px" in (tmp_path / "curves.svg").read_text()


def _events(data: bytes) -> Iterator[Any]:
    """Read TensorBoard's records: length, checksum, event, checksum."""
    from tensorboardX.proto.event_pb2 import Event

    place = 0
    while place < len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        event = Event()
        event.ParseFromString(data[place + 12 : place + 12 + length])
        yield event
        place += 16 + length


def _tensors(path: Path) -> dict[str, Any]:
    content = torch.load(path, weights_only=True)
    del content["progress"]
    return content


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def _assert_same_run(one: Path, other: Path) -> None:
    assert (one / "best.safetensors").read_bytes() == (other / "best.safetensors").read_bytes()
    assert _same(_tensors(one / "last.ckpt"), _tensors(other / "last.ckpt"))
    rows = [list(csv.DictReader((run / "log.csv").open())) for run in (one, other)]
    for row in rows[0] + rows[1]:
        del row["seconds"], row["images_per_s"]
    assert rows[0] == rows[1]
    assert {p.name for p in other.iterdir()} == NAMES


# ---- a run -----------------------------------------------------------------------------------------------------------


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


def test_a_finished_run_started_again_stays_as_it_is(finished: Path, data: Data, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "run")
    steps: list[int] = []
    _train(_job(data, tmp_path / "run"), lambda state, epoch, total: steps.append(state.step))
    assert not steps
    _assert_same_run(finished, tmp_path / "run")


class Killed(BaseException):
    """Stands for a kill: nothing in the product can catch it."""


@pytest.mark.parametrize(("step", "save_every_s"), [(1, -1.0), (2, -1.0), (3, -1.0), (STEPS, -1.0), (1, 1e9), (3, 1e9)])
def test_a_run_stopped_after_any_step_resumes_to_the_same_weights(
    step: int, save_every_s: float, finished: Path, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY_S", save_every_s)

    def stop(state: Progress, epoch: int, total: int) -> None:
        if state.step == step:
            raise Killed

    with pytest.raises(Killed):
        _train(_job(data, tmp_path / "run"), stop)
    _train(_job(data, tmp_path / "run"))
    _assert_same_run(finished, tmp_path / "run")


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
        _train(_job(data, tmp_path / "run"))
    _train(_job(data, tmp_path / "run"))
    _assert_same_run(finished, tmp_path / "run")


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
    _train(_job(data, tmp_path / "run"), lambda state, epoch, total: steps.append(state.step))
    assert steps == [3, 4], "it goes on from the second step"
    _assert_same_run(finished, tmp_path / "run")


@pytest.mark.parametrize("change", [{"lr": 2e-3}, {"epochs": 3}, {"flip": 0.0}])
def test_other_settings_in_a_runs_folder_are_refused_and_leave_it_alone(
    change: dict[str, Any], finished: Path, data: Data
) -> None:
    before = {p.name: p.read_bytes() for p in finished.rglob("*") if p.is_file()}
    with pytest.raises(UsageError, match="holds a run with other settings"):
        _train(_job(data, finished, **change))
    with pytest.raises(UsageError, match="holds a run with other settings"):
        _train(dataclasses.replace(_job(data, finished), seed=4))
    assert {p.name: p.read_bytes() for p in finished.rglob("*") if p.is_file()} == before


def test_a_run_that_never_began_does_not_keep_its_folder_for_its_settings(data: Data, tmp_path: Path) -> None:
    (tmp_path / "bad.pth").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match=r"bad\.pth"):
        _train(dataclasses.replace(_job(data, tmp_path / "run"), initial=tmp_path / "bad.pth"))
    _train(_job(data, tmp_path / "run", epochs=1))
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
    with pytest.raises(CheckpointError, match=r"last\.ckpt cannot be resumed from") as caught:
        _train(_job(data, tmp_path / "run"))
    assert "remove it" in caught.value.hint and "\n" not in caught.value.message


def test_a_runs_training_state_is_no_model_and_the_best_weights_are_named(finished: Path) -> None:
    with pytest.raises(CheckpointError, match=r"last\.ckpt is a run's training state") as caught:
        models.open_model(str(finished / "last.ckpt"))
    assert caught.value.hint == f"give {finished / 'best.safetensors'}"


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
        _train(_job(data, out, lr=1e30, warmup_steps=0), keep)
    assert f"--set lr={load_recipe('topformer_tiny', {}).lr:.1e} " in caught.value.hint, "not a third of 1e30"
    state = torch.load(out / "last.ckpt", weights_only=True)
    assert state["progress"]["step"] >= 1 and all(v.isfinite().all() for v in state["network"].values())
    assert not (out / "result.json").exists()


def test_each_stage_trains_at_its_size_and_the_best_is_of_the_last_one(data: Data, tmp_path: Path) -> None:
    out = tmp_path / "run"
    _train(_job(data, out, stages=[[0.5, 64, 64], [0.5, 96, 64]], height_px=96))
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
            _train(dataclasses.replace(_job(data, tmp_path / part), split_file=file))


def test_class_weights_that_do_not_match_the_classes_are_refused(data: Data, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="class_weights has 2 numbers for 4 classes"):
        _train(_job(data, tmp_path / "run", class_weights=[1.0, 2.0]))


def test_a_class_that_no_training_photo_holds_is_said_and_does_no_harm(data: Data, tmp_path: Path) -> None:
    root = shutil.copytree(data.spec.partition(":")[2], tmp_path / "data")
    (root / "classes.json").write_text(json.dumps([*CLASSES, "cape"]))
    said: list[str] = []
    job = dataclasses.replace(_job(data, tmp_path / "run"), data=f"folder:{root}")
    start(job, report=lambda state, epoch, total: None, **{**QUIET, "say": said.append})
    assert [s for s in said if "no training photo holds a pixel of cape" in s]
    assert math.isfinite(json.loads((tmp_path / "run/result.json").read_text())["best_val_miou"])


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_an_accelerator_that_is_not_there_is_refused(kind: str, data: Data, tmp_path: Path) -> None:
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if present[kind]:
        pytest.skip(f"this machine has {kind}")
    with pytest.raises(UsageError, match="this machine has no"):
        _train(dataclasses.replace(_job(data, tmp_path / "run"), accelerator=kind))
    assert not (tmp_path / "run").exists()


def test_a_batch_of_one_photo_is_refused_before_any_work_unless_statistics_are_frozen(
    data: Data, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"a step has 1 photo for 1 process \(batch_size 1, 5 training photos\)"):
        _train(_job(data, tmp_path / "run", batch_size=1))
    with pytest.raises(UsageError, match=r"a step has 3 photos for 2 processes"):
        _train(dataclasses.replace(_job(data, tmp_path / "run", batch_size=3), devices=2))
    assert not (tmp_path / "run").exists()
    _train(_job(data, tmp_path / "run", batch_size=1, epochs=1, norm_statistics="frozen"))


def test_half_precision_without_a_gpu_is_refused(data: Data, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="16-mixed needs a GPU") as caught:
        _train(dataclasses.replace(_job(data, tmp_path / "run"), precision="16-mixed"))
    assert "bf16-mixed" in caught.value.hint and not (tmp_path / "run").exists()


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_no_generator_takes_is_refused(seed: int, data: Data, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="seed must be from 0 to 4294967295"):
        dataclasses.replace(_job(data, tmp_path / "run"), seed=seed)


def test_a_run_that_goes_on_says_so_and_from_where(
    finished: Path, data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY_S", -1.0)
    out, said = tmp_path / "run", list[str]()

    def stop(state: Progress, epoch: int, total: int) -> None:
        if state.step == 4:  # of which the last saved is the third
            raise Killed

    with pytest.raises(Killed):
        _train(_job(data, out), stop)
    for _ in range(2):
        start(_job(data, out), report=lambda state, epoch, total: None, **{**QUIET, "say": said.append})
    assert said == [
        f"{out} was begun before: it goes on with epoch 2 of 2, after 1 of its 2 steps",
        f"{out} is finished: all 2 epochs are done",
    ]


# ---- the parts of the loop -------------------------------------------------------------------------------------------


def _run(recipe: TrainingRecipe, photos: int, tmp_path: Path) -> Run:
    empty = PhotoArrays(images=torch.zeros(photos, 1, 1, 3), masks=torch.zeros(photos, 1, 1), labelled=photos)
    spec = models.spec("topformer_tiny")
    return Run(folder=tmp_path, spec=spec, recipe=recipe, seed=1, arrays=empty, validate=lambda *a: 0.0,
               save_best=lambda *a: None, report=lambda *a: None)  # fmt: skip


def test_every_epoch_shows_each_photo_at_most_once_in_a_new_order(tmp_path: Path) -> None:
    run = _run(load_recipe("topformer_tiny", {"epochs": 3, "batch_size": 4}), 18, tmp_path)
    assert run.steps_per_epoch == 4 and run.total_steps == 12
    epochs = [torch.cat([run.batch_ids(4 * e + k) for k in range(4)]).tolist() for e in range(3)]
    assert all(len(set(epoch)) == 16 for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_fewer_photos_than_a_batch_are_one_step(tmp_path: Path) -> None:
    run = _run(load_recipe("topformer_tiny", {"batch_size": 16}), 5, tmp_path)
    assert run.steps_per_epoch == 1 and sorted(run.batch_ids(0).tolist()) == [0, 1, 2, 3, 4]


def test_a_batch_larger_than_the_data_is_said_and_speed_counts_the_photos_that_were_seen(
    data: Data, tmp_path: Path
) -> None:
    said: list[str] = []
    job = _job(data, tmp_path / "run", epochs=1, batch_size=64)
    start(job, report=lambda state, epoch, total: None, **{**QUIET, "say": said.append})
    assert "note: a batch is 5 photos, not 64: there are no more to train on" in said
    (row,) = csv.DictReader((tmp_path / "run/log.csv").open())
    assert float(row["images_per_s"]) * float(row["seconds"]) == pytest.approx(5, rel=0.01)


def test_the_rate_warms_up_and_falls_to_nothing(tmp_path: Path) -> None:
    changes = {"epochs": 100, "batch_size": 1, "lr": 0.5, "warmup_steps": 10, "poly_power": 1.0}
    run = _run(load_recipe("topformer_tiny", changes), 1, tmp_path)
    rates = [run.lr_at(step) for step in range(101)]
    assert rates[0] == pytest.approx(0.05) and rates[4] == pytest.approx(0.25 * 0.96)
    assert max(rates) == rates[9] and rates[100] == 0
    assert all(a > b for a, b in itertools.pairwise(rates[9:]))


def test_stages_share_out_the_steps(tmp_path: Path) -> None:
    changes = {
        "stages": [[0.25, 64, 64], [0.75, 128, 64]],
        "height_px": 128,
        "width_px": 64,
        "epochs": 8,
        "batch_size": 1,
    }
    run = _run(load_recipe("topformer_tiny", changes), 1, tmp_path)
    assert [run.size_at(step) for step in range(8)] == [(64, 64)] * 2 + [(128, 64)] * 6


def test_the_loss_weighs_outputs_and_ignores_unlabelled_pixels() -> None:
    recipe = load_recipe("topformer_tiny", {"output_weights": [1.5, 0.5]})
    torch.manual_seed(0)
    first, second = torch.randn(2, 4, 3, 3), torch.randn(2, 4, 3, 3)
    labels = torch.randint(0, 4, (2, 3, 3))
    labels[:, 0] = IGNORE_INDEX
    kept = labels != IGNORE_INDEX

    def entropy(logits: torch.Tensor) -> torch.Tensor:
        chosen = logits.log_softmax(1).permute(0, 2, 3, 1)[kept]
        return -chosen.gather(1, labels[kept][:, None]).mean()

    want = 1.5 * entropy(first) + 0.5 * entropy(second)
    assert torch.allclose(loss_of((first, second), labels, recipe), want)
    assert torch.allclose(loss_of(first, labels, recipe), 1.5 * entropy(first))


def test_the_running_average_follows_the_network_and_copies_its_counters() -> None:
    network = nn.BatchNorm1d(2)
    average = {k: v.clone() for k, v in network.state_dict().items()}
    with torch.no_grad():
        network.weight.fill_(3.0)
    network.num_batches_tracked.fill_(7)
    update_ema(average, network, decay=0.5, step=1000)
    assert average["weight"].tolist() == [2.0, 2.0] and int(average["num_batches_tracked"]) == 7


# ---- photos and their augmentation -----------------------------------------------------------------------------------


def test_photos_are_kept_a_little_larger_than_the_input_with_masks_of_class_indices(data: Data) -> None:
    arrays = load_arrays(open_photos(data.spec), data.split.ids("train"), 64, 32)
    assert arrays.images.shape == (5, round(64 * MARGIN), round(32 * MARGIN), 3)
    assert arrays.masks[:, 0].shape == arrays.images.shape[:3] and set(arrays.masks.unique().tolist()) <= {0, 1, 2, 3}


def _coded(count: int = 6, size: int = 96) -> tuple[torch.Tensor, torch.Tensor]:
    """Photos whose grey says the class: 20, 80, 140, 200, in blocks."""
    blocks = torch.randint(0, 4, (count, size // 16, size // 16), generator=torch.Generator().manual_seed(5))
    masks = blocks.repeat_interleave(16, 1).repeat_interleave(16, 2).to(torch.uint8)
    return (masks * 60 + 20)[..., None].expand(-1, -1, -1, 3).contiguous(), masks


def _augmented(**changes: Any) -> tuple[torch.Tensor, torch.Tensor]:
    options: dict[str, Any] = {"height_px": 80, "width_px": 64, "scale": (0.5, 2.0), "flip": 0.5, "color": 0.0}
    images, masks = _coded()
    seed = changes.pop("seed", 1)
    generator = torch.Generator().manual_seed(seed)
    moved, labels, _ = augment(images, masks[:, None], **{**options, **changes}, generator=generator)
    return moved, labels[:, 0]


@pytest.mark.parametrize("seed", range(4))
def test_photo_and_mask_are_moved_alike(seed: int) -> None:
    images, labels = _augmented(seed=seed)
    assert images.shape == (6, 3, 80, 64) and labels.shape == (6, 80, 64)
    grey = images[:, 0]
    flat = ((grey - 20) % 60 < 1e-2) | ((grey - 20) % 60 > 60 - 1e-2)  # away from the blocks' edges
    inside = flat & (labels != IGNORE_INDEX)
    assert inside.float().mean() > 0.3
    assert torch.equal(((grey[inside] - 20) / 60).round().long(), labels[inside])
    assert set(labels.unique().tolist()) <= {0, 1, 2, 3, IGNORE_INDEX}


def test_what_lies_outside_the_photo_is_grey_and_ignored() -> None:
    images, labels = _augmented(scale=(0.5, 0.5), height_px=96, width_px=96)
    outside = labels == IGNORE_INDEX
    assert outside.flatten(1).float().mean(1).sub(0.75).abs().max() < 0.02, "half as high and wide: a quarter is photo"
    deep = nn.MaxPool2d(5, 1, 2)((~outside).float()[:, None])[:, 0] == 0  # two pixels from the photo
    assert deep.any() and (images.permute(0, 2, 3, 1)[deep] - 127.5).abs().max() < 1e-3


def test_zooming_in_never_leaves_the_photo() -> None:
    assert (_augmented(scale=(1.0, 2.0))[1] != IGNORE_INDEX).all()


def test_a_mirrored_batch_is_the_batch_mirrored() -> None:
    images, masks = _coded()
    same = {"scale": (1.0, 1.0), "height_px": 96, "width_px": 96}
    for flip, wanted in ((0.0, lambda t: t), (1.0, lambda t: t.flip(-1))):
        got, labels = _augmented(flip=flip, **same)
        assert torch.equal(labels, wanted(masks.long()))
        assert torch.allclose(got, wanted(images.permute(0, 3, 1, 2).float()), atol=0.1)


def test_colour_changes_leave_masks_alone_and_stay_in_range() -> None:
    plain, labels = _augmented()
    colored, same = _augmented(color=0.9)
    assert torch.equal(labels, same) and not torch.allclose(plain, colored, atol=1)
    assert colored.min() >= 0 and colored.max() <= 255


def test_augmentation_is_decided_by_its_seed() -> None:
    assert torch.equal(_augmented(color=0.4)[0], _augmented(color=0.4)[0])
    assert not torch.equal(_augmented()[0], _augmented(seed=2)[0])


def test_a_smaller_share_of_the_photos_is_part_of_a_larger_one() -> None:
    ids = [f"{k:04}" for k in range(50)]
    shares = [set(share_of(ids, s)) for s in (0.01, 0.1, 0.5, 1.0)]
    assert [len(s) for s in shares] == [1, 5, 25, 50] and all(a < b for a, b in itertools.pairwise(shares))
    assert share_of(ids[::-1], 0.5) == share_of(ids, 0.5)


def test_a_run_says_where_it_was_made(finished: Path) -> None:
    said = json.loads((finished / "environment.json").read_text())
    assert said["cores"] >= 1 and said["packages"]["torch"] == importlib.metadata.version("torch")


# ---- finer labels ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["topformer_tiny", "u2netp"])
def test_a_fine_head_learns_with_the_network_and_leaves_no_trace_in_its_weights(name: str) -> None:
    network = models.build(name, 4)
    before = set(network.state_dict())
    taught = FineHead(network, name, 9).train()
    outputs, fine = taught(torch.randn(2, 3, 64, 64))
    first = outputs[0] if isinstance(outputs, tuple) else outputs
    assert first.shape == (2, 4, 64, 64) and fine.shape[:2] == (2, 9)
    fine_loss(fine, nearest(torch.randint(0, 9, (2, 64, 64)), fine.shape[-2:])).backward()
    assert taught.fine.weight.grad is not None and taught.fine.weight.grad.abs().sum() > 0
    taught_parts = [p.grad for n, p in network.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0]
    assert len(taught_parts) > 20, "the gradients reach the network"
    assert unwrapped(taught) is network and set(unwrapped(taught).state_dict()) == before


def test_ignored_finer_labels_teach_nothing() -> None:
    logits = torch.randn(1, 5, 4, 4, requires_grad=True)
    fine_loss(logits, torch.full((1, 4, 4), IGNORE_INDEX)).backward()
    assert logits.grad is not None and not logits.grad.any()


def test_a_run_with_finer_labels_ends_in_weights_of_the_plain_network(tmp_path: Path) -> None:
    spec = f"imaterialist:{ROOT / 'tests/data/imaterialist'}"
    photos = open_photos(spec)
    parts = {"train": photos.ids[:4], "val": photos.ids[4:5], "test": photos.ids[5:]}
    split = Split(
        name="own", photos={p: {i: digest(photos.image_path(i)) for i in ids} for p, ids in parts.items()}, never={},
        made_with={},
    )  # fmt: skip
    file = write_json(tmp_path / "own.json", to_json(split))
    job = TrainingJob(
        network="topformer_tiny", data=spec, out=tmp_path / "run", seed=1, split_file=file, accelerator="cpu",
        recipe=load_recipe("topformer_tiny", {**TINY, "epochs": 1, "fine_weight": 0.5}),
    )  # fmt: skip
    best = _train(job)
    assert best is not None and models.open_model(str(best)).spec.classes == CLASSES


# ---- starting from other weights -------------------------------------------------------------------------------------


def test_a_network_takes_over_what_fits_from_a_backbone_and_says_what_did_not(tmp_path: Path) -> None:
    backbone = models.build("topformer_tiny_backbone", 4)
    state = {k: torch.randn_like(v) if v.is_floating_point() else v for k, v in backbone.state_dict().items()}
    state = {k: v for k, v in state.items() if not k.startswith("SIM.")} | {"head.l.weight": torch.zeros(1000, 160)}
    torch.save({"state_dict_ema": state}, tmp_path / "imagenet.pth")
    network = models.build("topformer_tiny", 4)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    report = models.take_over(network, tmp_path / "imagenet.pth")
    now = network.state_dict()
    assert set(report.taken) == {f"backbone.{k}" for k in state if k != "head.l.weight"}
    assert all(torch.equal(now[f"backbone.{k}"], v) for k, v in state.items() if k != "head.l.weight")
    assert report.left == ("backbone.head.l.weight",) and not report.other_shape
    assert (
        all(torch.equal(now[k], before[k]) for k in report.lacking) and "decode_head.conv_seg.weight" in report.lacking
    )
    assert f"{len(report.taken)} entries taken" in report.sentence()


def test_a_saliency_network_gives_all_but_its_outputs(tmp_path: Path) -> None:
    saliency = models.build("u2netp", 1)
    torch.save(saliency.state_dict(), tmp_path / "u2netp.pth")
    report = models.take_over(models.build("u2netp", 4), tmp_path / "u2netp.pth")
    assert {n.split(".")[0] for n in report.other_shape} == {*(f"side{k}" for k in range(1, 7)), "outconv"}
    assert not report.lacking and not report.left and report.parameters_taken < report.parameters


def test_weights_of_another_network_are_refused_and_change_nothing(tmp_path: Path) -> None:
    torch.save(models.build("u2netp", 4).state_dict(), tmp_path / "other.pth")
    network = models.build("topformer_tiny", 4)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    with pytest.raises(CheckpointError, match="gives 0 of the network's"):
        models.take_over(network, tmp_path / "other.pth")
    assert _same(before, dict(network.state_dict()))


def test_first_weights_that_are_not_there_are_named_and_a_released_name_is_taken(data: Data, tmp_path: Path) -> None:
    for initial, message in (
        (tmp_path / "typo.pth", "there is no file"), (tmp_path, "is a folder, not a weights file"),
    ):  # fmt: skip
        with pytest.raises(CheckpointError, match=message):
            _train(dataclasses.replace(_job(data, tmp_path / "run"), initial=initial))
    assert not (tmp_path / "run").exists()
    _train(dataclasses.replace(_job(data, tmp_path / "run", epochs=1), initial=Path("topformer_tiny")))
    assert json.loads((tmp_path / "run/initial.json").read_text())["source"] == "topformer_tiny.safetensors"


def test_dice_is_zero_for_the_truth_and_grows_with_error() -> None:
    labels = torch.randint(0, 3, (2, 16, 16), generator=torch.Generator().manual_seed(1))
    labels[0, :4] = IGNORE_INDEX
    right = functional.one_hot(labels.where(labels != IGNORE_INDEX, 0), 4).movedim(-1, 1) * 40.0
    wrong = right.roll(1, 1)
    assert float(dice_loss(right, labels)) < 1e-5 < 0.9 < float(dice_loss(wrong, labels))
    spoiled = right.clone()
    spoiled[0, :, :4] = torch.randn(4, 4, 16)
    assert float(dice_loss(spoiled, labels)) < 1e-5, "ignored pixels do not count"


# ---- learning from teachers ------------------------------------------------------------------------------------------


def _soft_job(data: Data, out: Path, teacher: Path, **changes: Any) -> TrainingJob:
    return dataclasses.replace(_job(data, out, teacher_weight=1.0, **changes), teachers=(str(teacher),))


def test_teachers_say_class_probabilities_and_mirroring_mirrors_them(
    finished: Path, data: Data, tmp_path: Path
) -> None:
    photos, ids = open_photos(data.spec), data.split.ids("train")
    teachers = open_teachers((str(finished / "best.safetensors"),), photos, data.split)
    said = soft_labels(teachers, photos, ids, 32, 32, tmp_path)
    assert said.shape == (5, 4, 32, 32) and np.abs(said.astype(int).sum(1) - 255).max() <= 3
    asked: list[tuple[int, int]] = []
    again = soft_labels(teachers, photos, ids, 32, 32, tmp_path, lambda done, total: asked.append((done, total)))
    assert np.array_equal(said, again) and asked == [(5, 5)], "what was said is kept"
    images = torch.zeros(5, 40, 40, 3, dtype=torch.uint8)
    options: dict[str, Any] = {"height_px": 64, "width_px": 64, "scale": (1.0, 1.0), "color": 0.0}
    soft = torch.from_numpy(said)
    for flip, wanted in ((0.0, soft), (1.0, soft.flip(-1))):
        moved = augment(images, torch.zeros(5, 1, 40, 40), soft, flip=flip, **options, generator=torch.Generator())[2]
        assert moved is not None and torch.allclose(moved, wanted.float() / 255, atol=0.01)


def test_the_teachers_loss_is_least_where_the_student_says_the_same() -> None:
    logits = torch.randn(2, 4, 8, 8)
    targets = logits.softmax(1)
    least = teacher_loss(logits, targets)
    assert all(teacher_loss(logits + 0.5 * torch.randn_like(logits), targets) > least for _ in range(5))
    outside = targets.clone()
    outside[:, :, :4] = 0  # beyond the photo
    assert torch.allclose(teacher_loss(logits, outside), teacher_loss(logits[:, :, 4:], targets[:, :, 4:]))


def test_a_teacher_that_saw_another_split_or_has_other_classes_is_refused(
    finished: Path, data: Data, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="was trained on split"):
        open_teachers((str(finished / "best.safetensors"),), open_photos(data.spec), sample_split())
    with pytest.raises(UsageError, match="belong together"):
        _train(dataclasses.replace(_job(data, tmp_path / "run"), teachers=("u2netp",)))
    with pytest.raises(UsageError, match="only through a teacher"):
        load_recipe("topformer_tiny", {"unlabelled_share": 0.5})


def test_unlabelled_photos_fill_their_share_of_every_batch(tmp_path: Path) -> None:
    recipe = load_recipe(
        "topformer_tiny", {"batch_size": 8, "teacher_weight": 1.0, "unlabelled_share": 0.25, "epochs": 4}
    )
    run = _run(recipe, 12, tmp_path)
    run = dataclasses.replace(run, arrays=dataclasses.replace(run.arrays, images=torch.zeros(17, 1, 1, 3)))
    assert recipe.unlabelled_a_step == 2 and run.steps_per_epoch == 2
    batches = [run.batch_ids(step).tolist() for step in range(8)]
    assert all(len(b) == 8 and sum(i >= 12 for i in b) == 2 for b in batches)
    others = [i for b in batches for i in b if i >= 12]
    assert all(sorted(others[k : k + 5]) == [12, 13, 14, 15, 16] for k in (0, 5, 10)), "each in turn"


@pytest.mark.parametrize(("batch", "share", "count"), [(4, 0.95, 4), (4, 0.1, 0)])
def test_a_share_of_unlabelled_photos_that_leaves_a_step_none_of_a_kind_is_refused(
    batch: int, share: float, count: int
) -> None:
    with pytest.raises(UsageError, match=rf"{share} is {count} photos of batch_size {batch}"):
        load_recipe("topformer_tiny", {"batch_size": batch, "teacher_weight": 1.0, "unlabelled_share": share})


def test_a_run_with_a_teacher_and_unlabelled_photos_trains_and_keeps_held_out_copies_away(
    finished: Path, data: Data, tmp_path: Path
) -> None:
    root = Path(data.spec.partition(":")[2])
    mine = tmp_path / "data"
    shutil.copytree(root, mine)
    first, held = data.split.ids("test")[0], data.split.ids("train")[0]
    photos = open_photos(data.spec)
    shutil.copy(photos.image_path(first), mine / "images" / f"copy_of_test{photos.image_path(first).suffix}")
    Image.open(photos.image_path(held)).rotate(90).save(mine / "images" / "free.png")
    job = _soft_job(data, tmp_path / "run", finished / "best.safetensors", unlabelled_share=0.5)
    _train(dataclasses.replace(job, data=f"folder:{mine}"))
    config = json.loads((tmp_path / "run/config.json").read_text())
    assert config["unlabelled"] == 1 and len(config["teachers"]) == 1


# ---- recipes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("network", [name for name in models.names() if not name.startswith("efficientnet")])
def test_every_network_has_its_published_recipe_and_variants_of_it(network: str) -> None:
    published = load_recipe(network, {})
    assert published.epochs > 0 and published.sizes()[-1][1:] == (published.height_px, published.width_px)
    assert published.fine_weight == published.teacher_weight == published.ema_decay == 0, "as published"
    chosen = load_recipe(network, {}, "garments") if "cloth" not in network else published
    assert chosen.optimizer == published.optimizer and chosen.sizes()[-1][1:] == published.sizes()[-1][1:]


def test_an_unknown_variant_of_a_recipe_names_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match="unknown recipe of topformer_tiny 'garment'; did you mean 'garments'"):
        load_recipe("topformer_tiny", {}, "garment")


def test_an_unknown_setting_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="'batchsize'; did you mean 'batch_size'"):
        load_recipe("topformer_tiny", {"batchsize": 2})
    with pytest.raises(UnknownNameError, match="did you mean 'adamw'"):
        load_recipe("topformer_tiny", {"optimizer": "adanw"})


def test_changes_are_read_as_toml_or_text() -> None:
    read = parse_changes(("lr=5e-4", "epochs = 3", "scale=[0.5, 2.0]", "optimizer=adam", 'name="x=y"'))
    assert read == {"lr": 5e-4, "epochs": 3, "scale": [0.5, 2.0], "optimizer": "adam", "name": "x=y"}
    with pytest.raises(UsageError, match="is no setting"):
        parse_changes(("lr",))


BAD_SETTINGS: list[tuple[str, Any, str]] = [
    ("lr", "fast", "lr must be a number"),
    ("lr", math.nan, "lr must be a number"),
    ("lr", True, "lr must be a number"),
    ("lr", 0.0, "lr must be positive"),
    ("lr", [1e-3], "lr must be a number"),
    ("epochs", 2.5, "epochs must be a whole number"),
    ("epochs", 0, "epochs must be positive"),
    ("batch_size", -1, "batch_size must be positive"),
    ("optimizer", 3, "optimizer must be a text"),
    ("betas", 0.9, "betas must be two numbers"),
    ("betas", [0.9], "betas must be two numbers"),
    ("scale", ["a", "b"], "scale must be two numbers"),
    ("scale", [2.0, 0.5], "from a smaller to a larger"),
    ("scale", [0.0, 1.0], "both positive"),
    ("scale", [0.01, 1.0], "must lie within 0.1 to 10"),
    ("scale", [1.0, 50.0], "must lie within 0.1 to 10"),
    ("betas", [0.9, 1.0], "betas must be from 0 to below 1"),
    ("betas", [-0.1, 0.9], "betas must be from 0 to below 1"),
    ("output_weights", [], "output_weights is empty"),
    ("output_weights", [-1.0], "output_weights must not be negative"),
    ("class_weights", [1.0, -1.0, 1.0, 1.0], "class_weights must not be negative"),
    ("class_weights", [0.0, 0.0, 0.0, 0.0], "one above 0"),
    *((name, -1, f"{name} must not be negative") for name in (
        "weight_decay", "clip_norm", "color", "warmup_steps", "poly_power", "head_lr_factor",
    )),
    ("flip", 1.5, "from 0 to 1"),
    ("flip", -0.5, "from 0 to 1"),
    ("ema_decay", 1.0, "ema_decay must be from 0 to below 1"),
    ("ema_decay", -0.1, "ema_decay must be from 0 to below 1"),
    ("class_weights", [1.0, "x"], "class_weights must be a list of numbers"),
    ("stages", [0.5, 64, 64], "stages must be a list of"),
    ("stages", [[0.5, 64, 64]], "must add up to 1"),
    ("stages", [[1.5, 64, 64], [-0.5, 320, 192]], "must be positive"),
    ("stages", [[1.0, 60, 64]], "multiples of 32"),
    ("stages", [[1.0, 64, 64]], "the last stage trains at 64 x 64"),
    ("height_px", 100, "multiples of 32"),
    ("width_px", 32, "at least 64"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "message"), BAD_SETTINGS)
def test_a_bad_setting_is_named_with_what_it_must_be(name: str, value: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_recipe("topformer_tiny", {name: value})


def test_a_size_that_the_stages_of_a_variant_do_not_end_at_is_refused_with_what_to_set() -> None:
    with pytest.raises(UsageError, match=r"released size is 64 x 64") as caught:
        load_recipe("topformer_tiny", {"height_px": 64, "width_px": 64}, "garments")
    assert "--set stages=[] or stages that end at 64 x 64" in caught.value.hint
    assert load_recipe("topformer_tiny", {"height_px": 64, "width_px": 64, "stages": []}, "garments").height_px == 64


def test_every_recipe_file_and_every_kept_run_has_settings_that_are_accepted() -> None:
    for file in sorted(FOLDER_OF_RECIPES.glob("*.toml")):
        content = tomllib.loads(file.read_text())
        for variant in ("published", *(k for k, v in content.items() if isinstance(v, dict))):
            load_recipe(file.stem, {}, variant)
    for file in sorted((ROOT / "docs/runs").glob("*.json")):
        kept = json.loads(file.read_text())
        load_recipe(kept["network"], kept["recipe"])


def test_a_last_stage_without_a_step_is_refused(data: Data, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the last stage has no step: the run has 4"):
        _train(_job(data, tmp_path / "run", stages=[[0.95, 96, 64], [0.05, 64, 64]]))


# ---- scores ----------------------------------------------------------------------------------------------------------


def _network() -> nn.Module:
    torch.manual_seed(11)
    network = models.build("topformer_tiny")
    nn.init.normal_(network.decode_head.conv_seg.weight, std=3.0)  # so that every class occurs
    return network


def test_scores_are_those_computed_by_hand_at_each_photos_own_size(data: Data) -> None:
    network = _network().eval()
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64)
    photos, ids = open_photos(data.spec), data.split.ids("train")[:3]
    confusion = np.zeros((4, 4), np.int64)
    for photo_id in ids:
        image = Image.open(photos.image_path(photo_id)).convert("RGB")
        mask = np.asarray(Image.open(photos.mask_path(photo_id)))
        small = np.asarray(image.resize((64, 64), Image.Resampling.BILINEAR), np.float32) / 255
        x = torch.from_numpy(((small - spec.mean_rgb) / spec.std_rgb).astype(np.float32)).permute(2, 0, 1)[None]
        with torch.no_grad():
            scores = functional.interpolate(network(x), mask.shape, mode="bilinear", align_corners=False)
        np.add.at(confusion, (mask.reshape(-1), scores[0].argmax(0).numpy().reshape(-1)), 1)
    union = confusion.sum(0) + confusion.sum(1) - confusion.diagonal()
    assert (union > 0).all() and (confusion.sum(0) > 0).sum() > 1
    iou = confusion.diagonal() / union
    meter = evaluate(network, spec, photos, ids)
    answer = score(network, spec, photos, ids).summary("val", "abc")
    assert meter.iou() == pytest.approx(answer["iou"], abs=1e-6)
    assert meter.miou() == pytest.approx(answer["miou"], abs=1e-6)
    assert (answer["photos"], answer["split_hash"]) == (3, "abc")
    assert list(answer["iou"].values()) == pytest.approx(iou.tolist(), abs=1e-3)  # a pixel's tie may fall otherwise
    assert answer["miou"] == pytest.approx(iou.mean(), abs=1e-3)


def test_scoring_leaves_the_network_in_the_mode_it_was_in(data: Data) -> None:
    network = _network().train()
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    evaluate(network, spec, open_photos(data.spec), data.split.ids("test"))
    assert network.training and _same(before, dict(network.state_dict()))


def test_network_input_takes_photos_of_any_size() -> None:
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=32)
    batch = network_input([np.zeros((10, 20, 3), np.uint8), np.full((70, 30, 3), 255, np.uint8)], spec)
    assert batch.shape == (2, 3, 64, 32)
    want = [[(v - m) / s for m, s in zip(spec.mean_rgb, spec.std_rgb, strict=True)] for v in (0, 1)]
    assert torch.allclose(batch[:, :, 5, 5], torch.tensor(want), atol=1e-5)


# ---- release ---------------------------------------------------------------------------------------------------------


def test_a_released_card_holds_the_scores_of_the_released_weights(finished: Path, data: Data, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    weights = release(
        finished, data.spec, data.split_file, "tiny", tmp_path / "out", lambda done, total: seen.append((done, total))
    )
    assert {p.name for p in weights.parent.iterdir()} == {"tiny.safetensors", "tiny.json", "tiny.md"}
    assert seen == [(1, 2), (2, 2)]
    card = json.loads(weights.with_suffix(".json").read_text())
    loaded = models.open_model(str(weights))
    for part in ("val", "test"):
        ids = data.split.ids(part)
        again = score(loaded.module, loaded.spec, open_photos(data.spec), ids).summary(part, data.split.hash)
        assert card[part] == again
    assert card["sha256"] == loaded.sha256 and card["size_bytes"] == weights.stat().st_size
    assert card["parameters"] == sum(p.numel() for p in loaded.module.parameters())
    text = weights.with_suffix(".md").read_text()
    for number in (f"{card['test']['miou']:.4f}", f"{card['val']['miou']:.4f}", card["sha256"], data.split.hash):
        assert number in text
    assert "Clothing Co-Parsing" not in text  # what is known of one data set's photos is said of no other's


def test_a_card_says_what_the_weights_learnt_from(finished: Path, data: Data, tmp_path: Path) -> None:
    run = shutil.copytree(finished, tmp_path / "run")
    config = json.loads((run / "config.json").read_text())
    learnt = {"teachers": ["ab" * 32, "cd" * 32], "unlabelled": 1090, "initial": "ef" * 32}
    write_json(run / "config.json", {**config, **learnt})
    weights = release(run, data.spec, data.split_file, "mine", tmp_path / "out", lambda done, total: None)
    text = weights.with_suffix(".md").read_text()
    assert "taught by `abababababab`, `cdcdcdcdcdcd`; 1,090 photos without masks; begun from weights `efef" in text


def test_a_card_names_the_settings_that_are_not_neutral_and_no_others() -> None:
    card = json.loads((models.RELEASED_FOLDER / "topformer_tiny.json").read_text())
    empty = {"miou": 0.5, "miou_interval": None, "photos": 1, "iou": dict.fromkeys(card["classes"])}
    card |= {"val": empty, "test": empty, "teachers": [], "unlabelled_photos": 0, "initial": None}
    neutral = {"fine_weight": 0.0, "dice_weight": 0.0, "class_weights": [], "clip_norm": 0.0, "warmup_steps": 0,
               "photos_share": 1.0, "flip": 0.0, "color": 0.0, "ema_decay": 0.0, "stages": []}  # fmt: skip
    plain_text = card_text(card | {"recipe": card["recipe"] | neutral, "training_seconds": 42.4})
    low, high = card["recipe"]["scale"]
    assert f"zoom {low} to {high}.\n- 42 seconds, " in plain_text and "photos are stretched" in plain_text
    changed = {"fine_weight": 0.5, "dice_weight": 0.25, "class_weights": [1.0, 2.0], "clip_norm": 5.0,
               "warmup_steps": 100, "photos_share": 0.25}  # fmt: skip
    text = card_text(card | {"recipe": card["recipe"] | changed, "training_seconds": 60.0, "fit": "stretch"})
    for words in ("finer labels (weight 0.5)", "Dice loss (weight 0.25)", "class weights [1.0, 2.0]", "clipped at 5.0",
                  "warm-up of 100 steps", "25.0% of the training photos", "- 1 minute, "):  # fmt: skip
        assert words in text


def test_only_a_finished_run_is_released(finished: Path, data: Data, tmp_path: Path) -> None:
    for name in sorted(FILES - {"last.ckpt"}):
        run = tmp_path / name
        shutil.copytree(finished, run)
        (run / name).unlink()
        with pytest.raises(CheckpointError, match=name):
            release(run, data.spec, data.split_file, "tiny", tmp_path / "out", lambda done, total: None)
    assert not (tmp_path / "out").exists()


def _nothing(done: int, total: int) -> None:
    """Show no progress."""


def test_a_release_is_not_overwritten_unless_asked(finished: Path, data: Data, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "tiny.md").write_text("another card")
    with pytest.raises(UsageError, match=r"holds tiny\.md already") as caught:
        release(finished, data.spec, data.split_file, "tiny", out, _nothing)
    assert "--replace" in caught.value.hint and (out / "tiny.md").read_text() == "another card"
    release(finished, data.spec, data.split_file, "tiny", out, _nothing, replace=True)
    assert (out / "tiny.md").read_text().startswith("# tiny")


def test_a_release_killed_while_it_scores_leaves_the_older_one_whole(
    finished: Path, data: Data, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for suffix in ("safetensors", "json", "md"):
        (out / f"tiny.{suffix}").write_text("older")

    def kill(done: int, total: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        release(finished, data.spec, data.split_file, "tiny", out, kill, replace=True)
    assert {p.name: p.read_text() for p in out.iterdir()} == {
        "tiny.safetensors": "older", "tiny.json": "older", "tiny.md": "older",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["../evil", "a/b", "..", "", ".hidden", "a b"])
def test_a_name_that_leaves_the_folder_is_refused(name: str, finished: Path, data: Data, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is no name of a model"):
        release(finished, data.spec, data.split_file, name, tmp_path / "out", _nothing)


def test_a_release_asks_for_the_runs_folder_and_names_what_its_files_lack(
    finished: Path, data: Data, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match="is a file") as caught:
        release(finished / "best.safetensors", data.spec, data.split_file, "tiny", tmp_path / "out", _nothing)
    assert f"give the run's folder: {finished}" in caught.value.hint
    run = shutil.copytree(finished, tmp_path / "run")
    for content, lacks in (({}, "config.json lacks split_hash"), ([], "config.json lacks split_hash")):
        write_json(run / "config.json", content)
        with pytest.raises(CheckpointError, match=lacks):
            release(run, data.spec, data.split_file, "tiny", tmp_path / "out", _nothing)


def test_a_run_is_not_released_on_another_split(finished: Path, data: Data, tmp_path: Path) -> None:
    photos = {p: dict(data.split.photos[p]) for p in ("train", "val", "test")}
    photos["test"] |= dict([photos["train"].popitem()])
    file = write_json(tmp_path / "own.json", to_json(Split(name="own", photos=photos, never={}, made_with={})))
    with pytest.raises(SplitError, match=f"was trained on split {data.split.hash}"):
        release(finished, data.spec, file, "tiny", tmp_path / "out", lambda done, total: None)
    assert not (tmp_path / "out").exists()


def test_a_batch_of_ignored_pixels_teaches_nothing_and_is_no_error() -> None:
    logits = torch.randn(2, 4, 8, 8, requires_grad=True)
    loss = loss_of(logits, torch.full((2, 8, 8), 255), load_recipe("topformer_tiny", {}))
    loss.backward()
    assert loss.item() == 0.0
    assert logits.grad is not None and not logits.grad.any()
