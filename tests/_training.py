"""A tiny run: its data, its job, and what two runs have in common."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

import models
from pocketseg.data.split import Split, read_split
from pocketseg.training.arrays import PhotoArrays
from pocketseg.training.loop import Run
from pocketseg.training.recipe import TrainingRecipe, load_recipe
from pocketseg.training.start import TrainingJob, start
from pocketseg.training.state import Progress

QUIET: dict[str, Any] = {"loading": lambda done, total: None, "asking": lambda done, total: None}
TINY = {"epochs": 2, "batch_size": 2, "height_px": 64, "width_px": 64, "warmup_steps": 2}
STEPS = 4
FILES = {"config.json", "log.csv", "best.safetensors", "last.ckpt", "result.json"}  # a release needs these
NAMES = FILES | {".lock", "curves.svg", "data.json", "environment.json", "tensorboard"}


@dataclasses.dataclass(frozen=True)
class Data:
    """A folder of seven embedded photos and the split file of it: 5 to train, 1 to validate, 1 to test."""

    spec: str
    split_file: Path

    @property
    def split(self) -> Split:
        return read_split(self.split_file)


def tiny_job(data: Data, out: Path, **changes: Any) -> TrainingJob:
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


def train(job: TrainingJob, report: Callable[[Progress, int, int], None] = lambda state, epoch, total: None) -> Path:
    return start(job, report=report, **QUIET)


def tensors_of(path: Path) -> dict[str, Any]:
    content = torch.load(path, weights_only=True)
    del content["progress"]
    return content


def same_values(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_values(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(same_values(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def assert_same_run(one: Path, other: Path) -> None:
    assert (one / "best.safetensors").read_bytes() == (other / "best.safetensors").read_bytes()
    assert same_values(tensors_of(one / "last.ckpt"), tensors_of(other / "last.ckpt"))
    rows = [list(csv.DictReader((run / "log.csv").open())) for run in (one, other)]
    for row in rows[0] + rows[1]:
        del row["seconds"], row["images_per_s"]
    assert rows[0] == rows[1]
    assert {p.name for p in other.iterdir()} == NAMES


class Killed(BaseException):
    """Stands for a kill: nothing in the product can catch it."""


def run_of(recipe: TrainingRecipe, photos: int, tmp_path: Path) -> Run:
    empty = PhotoArrays(images=torch.zeros(photos, 1, 1, 3), masks=torch.zeros(photos, 1, 1), labelled=photos)
    spec = models.spec("topformer_tiny")
    return Run(folder=tmp_path, spec=spec, recipe=recipe, seed=1, arrays=empty, validate=lambda *a: 0.0,
               save_best=lambda *a: None, report=lambda *a: None)  # fmt: skip
