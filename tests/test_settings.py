"""Settings of a training recipe: each says what it means, and docs/training.md lists them as they are."""

from __future__ import annotations

import dataclasses

import pytest

from pocketseg.training.recipe import TrainingRecipe, load_recipe, recipes
from scripts.readme import rewritten
from scripts.settings import BLOCK, PAGE, table, written


def test_every_setting_says_what_it_means_and_which_values_it_takes() -> None:
    for setting in dataclasses.fields(TrainingRecipe):
        meaning = setting.metadata["meaning"]
        assert meaning[0].isupper() and meaning.endswith((".", ")).")) and len(meaning) > 8, setting.name
        assert setting.metadata["values"], setting.name


def test_values_are_written_as_set_takes_them() -> None:
    assert written(((0.5, 192, 128), (0.5, 320, 192))) == "[[0.5, 192, 128], [0.5, 320, 192]]"
    assert written(()) == "[]" and written("adamw") == "adamw" and written(1.2e-4) == "0.00012"


def test_the_table_names_every_setting_and_what_each_variant_changes() -> None:
    lines = table().splitlines()
    for setting in dataclasses.fields(TrainingRecipe):
        assert sum(line.startswith(f"| `{setting.name}` |") for line in lines) == 1
    assert "topformer_base" in recipes()
    (of_base,) = [line for line in lines if line.startswith("| `taught` | topformer_base |")]
    assert f"`lr={load_recipe('topformer_base', {}, 'taught').lr}`" in of_base
    assert "`height_px" not in of_base, "the published value is no change"


@pytest.mark.documents
def test_the_page_on_training_lists_the_settings_as_they_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == rewritten(text, {BLOCK: table()}, PAGE.name), "python -m scripts.settings"
