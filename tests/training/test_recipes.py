"""Recipes: published settings, variants, and what is wrong with others."""

from __future__ import annotations

import json
import math
import tomllib
from typing import Any

import pytest

import models
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.training.recipe import FOLDER as FOLDER_OF_RECIPES
from pocketseg.training.recipe import load_recipe, parse_changes


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
    with pytest.raises(UsageError, match="is not a setting"):
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
    ("scale", [0.01, 1.0], "must lie between 0.1 and 10"),
    ("scale", [1.0, 50.0], "must lie between 0.1 and 10"),
    ("betas", [0.9, 1.0], "betas must be from 0 to below 1"),
    ("betas", [-0.1, 0.9], "betas must be from 0 to below 1"),
    ("output_weights", [], "output_weights is empty"),
    ("output_weights", [-1.0], "output_weights must not be negative"),
    ("class_weights", [1.0, -1.0, 1.0, 1.0], "class_weights must not be negative"),
    ("class_weights", [0.0, 0.0, 0.0, 0.0], "one must be above 0"),
    *((name, -1, f"{name} must not be negative") for name in (
        "weight_decay", "clip_norm", "color", "warmup_steps", "poly_power", "head_lr_factor",
    )),
    ("flip", 1.5, "from 0 to 1"),
    ("flip", -0.5, "from 0 to 1"),
    ("ema_decay", 1.0, "ema_decay must be from 0 to below 1"),
    ("ema_decay", -0.1, "ema_decay must be from 0 to below 1"),
    ("class_weights", [1.0, "x"], "class_weights must be a list of numbers"),
    ("stages", [0.5, 64, 64], "stages must be a list of"),
    ("stages", [[0.5, 64, 64]], r"stages=\[\[0.5,64,64\]\] must add up to 1"),
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
    assert "--set 'stages=[]' or stages that end at 64 x 64" in caught.value.hint
    assert load_recipe("topformer_tiny", {"height_px": 64, "width_px": 64, "stages": []}, "garments").height_px == 64


@pytest.mark.documents
def test_every_recipe_file_and_every_kept_run_has_settings_that_are_accepted() -> None:
    for file in sorted(FOLDER_OF_RECIPES.glob("*.toml")):
        content = tomllib.loads(file.read_text())
        for variant in ("published", *(k for k, v in content.items() if isinstance(v, dict))):
            load_recipe(file.stem, {}, variant)
    for file in sorted((ROOT / "docs/runs").glob("*.json")):
        kept = json.loads(file.read_text())
        load_recipe(kept["network"], kept["recipe"])
