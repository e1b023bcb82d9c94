"""Small data: a warm-up that fits the run, an average that forgets where it began, and names of runs."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import models
from pocketseg.core.errors import UsageError
from pocketseg.core.files import write_json
from pocketseg.data.embedded import FOLDER, sample_ids
from pocketseg.data.photos import digest
from pocketseg.data.split import Split, to_json
from pocketseg.training.arrays import PhotoArrays
from pocketseg.training.loop import Run, update_ema
from pocketseg.training.recipe import TrainingRecipe, load_recipe
from pocketseg.training.run_facts import data_of_run
from pocketseg.training.schedule import fitted, said_of, steps_per_epoch
from pocketseg.training.start import TrainingJob, start

CCP_PHOTOS = 591  # labelled training photos of the data that the released networks were trained on


def _peak(recipe: TrainingRecipe, photos: int, tmp_path: Path) -> float:
    """Give the highest rate of a run, as a share of the recipe's."""
    arrays = PhotoArrays(images=torch.zeros(photos, 1, 1, 3), masks=torch.zeros(photos, 1, 1), labelled=photos)
    run = Run(folder=tmp_path, spec=models.spec("topformer_tiny"), recipe=recipe, seed=1, arrays=arrays,
              validate=lambda *a: 0.0, save_best=lambda *a: None, report=lambda *a: None)  # fmt: skip
    return max(run.lr_at(step) for step in range(run.total_steps)) / recipe.lr


@pytest.mark.parametrize("variant", ["published", "garments", "taught"])
def test_recipes_keep_their_warm_up_on_the_data_that_they_were_made_for(variant: str) -> None:
    for name in ("topformer_tiny", "topformer_small", "topformer_base"):
        recipe = load_recipe(name, {}, variant if variant != "taught" or name == "topformer_tiny" else "garments")
        assert fitted(recipe, recipe.epochs * steps_per_epoch(recipe, CCP_PHOTOS)) is recipe


def test_a_warm_up_that_would_outlast_a_run_is_a_tenth_of_it(tmp_path: Path) -> None:
    recipe = load_recipe("topformer_tiny", {"epochs": 6})
    assert _peak(recipe, 41, tmp_path) < 0.003, "12 steps of 1500: the rate never comes near the recipe's"
    used = fitted(recipe, 6 * steps_per_epoch(recipe, 41))
    assert used == dataclasses.replace(recipe, warmup_steps=1) and _peak(used, 41, tmp_path) > 0.9
    assert said_of(recipe, used, 12).startswith("warmup_steps is 1, not the recipe's 1500: the run has 12 steps (")
    assert "the run has 1 step (" in said_of(recipe, used, 1)
    for total in (1, 5, 100, 2_000, 2_999):
        assert 1 <= fitted(recipe, total).warmup_steps <= max(1, total / 10 + 0.5)
    assert fitted(recipe, 3_000) is recipe and said_of(recipe, recipe, 3_000) == ""


def test_a_warm_up_that_was_asked_for_is_taken_as_it_is_with_a_warning_where_it_does_not_end() -> None:
    recipe = load_recipe("topformer_tiny", {"epochs": 6, "warmup_steps": 40, "lr": 1e-3})
    assert fitted(recipe, 12, {"warmup_steps"}) is recipe
    assert "the run ends inside its warm-up" in said_of(recipe, recipe, 12) and "3.0e-04" in said_of(recipe, recipe, 12)
    assert "it has 1 step, warmup_steps is 40" in said_of(recipe, recipe, 1)
    assert said_of(recipe, recipe, 400) == ""
    none = dataclasses.replace(recipe, warmup_steps=0)
    assert fitted(none, 1) is none and said_of(none, none, 1) == ""


@pytest.mark.parametrize("steps", [3, 12, 100, 1000])
def test_the_average_of_a_short_run_forgets_the_weights_that_it_began_with(steps: int) -> None:
    network = nn.Linear(1, 1, bias=False)
    average = {"weight": torch.ones(1, 1)}
    nn.init.zeros_(network.weight)
    for step in range(steps):
        update_ema(average, network, 0.998, step)
    assert float(average["weight"]) < 0.01


# ---- a real run ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Give four embedded photos as a folder and the split of it: 2 to train, 1 to validate, 1 to test."""
    root = tmp_path_factory.mktemp("data")
    parts = {"train": sample_ids("train")[:2], "val": sample_ids("val")[:1], "test": sample_ids("test")[:1]}
    for folder, suffix in (("images", "jpg"), ("masks", "png")):
        (root / folder).mkdir()
        for photo_id in sum(parts.values(), ()):
            shutil.copy(FOLDER / folder / f"{photo_id}.{suffix}", root / folder)
    write_json(root / "classes.json", ["background", "upper_body", "lower_body", "full_body"])
    photos = {p: {i: digest(root / "images" / f"{i}.jpg") for i in ids} for p, ids in parts.items()}
    split = Split(name="tiny", photos=photos, never={}, made_with={})
    return f"folder:{root}", write_json(root / "own.json", to_json(split))


def _start(data: tuple[str, Path], out: Path, settings: dict[str, Any], **changes: Any) -> list[str]:
    """Train a tiny run and give what it says."""
    said: list[str] = []
    tiny = {"batch_size": 1, "height_px": 64, "width_px": 64, "norm_statistics": "frozen", **settings}
    job = TrainingJob(
        network="topformer_tiny", data=data[0], out=out, recipe=load_recipe("topformer_tiny", tiny), seed=3,
        split_file=data[1], accelerator="cpu", threads=1, **changes,
    )  # fmt: skip
    start(job, lambda *a: None, lambda *a: None, lambda *a: None, said.append)
    return said


def test_a_short_run_says_and_keeps_the_warm_up_that_it_had(data: tuple[str, Path], tmp_path: Path) -> None:
    said = _start(data, tmp_path / "run", {"epochs": 1})
    assert any("warmup_steps is 1, not the recipe's 1500" in note for note in said)
    config = json.loads((tmp_path / "run/config.json").read_text())
    assert config["fitted"] == {"warmup_steps": 1} and config["recipe"]["warmup_steps"] == 1500
    line = (tmp_path / "run/log.csv").read_text().splitlines()
    rate = dict(zip(line[0].split(","), line[1].split(","), strict=True))["lr"]
    assert float(rate) == pytest.approx(3e-4 / 2), "its second step of two: half of the run is left"
    with pytest.raises(UsageError, match="holds a run with other settings"):
        _start(data, tmp_path / "run", {"epochs": 1, "warmup_steps": 1500}, given=frozenset({"warmup_steps"}))


def test_a_run_whose_warm_up_fits_says_nothing_of_it(data: tuple[str, Path], tmp_path: Path) -> None:
    said = _start(data, tmp_path / "run", {"epochs": 1, "warmup_steps": 1})
    assert not any("warm" in note for note in said)
    assert "fitted" not in json.loads((tmp_path / "run/config.json").read_text())


def test_a_run_bears_its_name_and_knows_its_photos(
    data: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "mine"
    _start(data, out, {"epochs": 1})
    best = out / "best.safetensors"
    assert models.open_model(str(best)).name == "mine" and data_of_run(best) == data
    _start(data, out, {"epochs": 1}, name="mugs")
    assert models.open_model(str(best)).name == "mugs"
    _start(data, out, {"epochs": 1})
    assert models.open_model(str(best)).name == "mugs", "a finished run keeps the name that it was given"
    monkeypatch.chdir(tmp_path)
    assert data_of_run(best) is None, "relative paths mean something else there"
    with pytest.raises(UsageError, match="is not a name for a model"):
        TrainingJob(network="u2netp", data="", out=out, recipe=load_recipe("u2netp", {}), seed=1, name="a/b")
