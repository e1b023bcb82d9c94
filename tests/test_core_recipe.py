"""Recipes and specs: written, read back, refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.core.types import PRECISIONS, ModelSpec, Recipe

STEPS = st.from_regex(r"[a-z][a-z0-9_]{0,8}(:[A-Za-z0-9_.\-]{1,6})?", fullmatch=True).filter(
    lambda step: step not in PRECISIONS
)


@given(st.lists(STEPS, max_size=4), st.sampled_from(PRECISIONS))
def test_a_recipe_round_trips_through_its_text(steps: list[str], precision: str) -> None:
    recipe = Recipe(steps=tuple(steps), precision=precision)
    assert Recipe.parse(str(recipe)) == recipe
    assert Recipe.parse(" + ".join([*steps, precision])) == recipe, "blanks do not matter"


def test_a_recipe_without_a_precision_means_fp32() -> None:
    assert Recipe.parse("prune:0.3") == Recipe(steps=("prune:0.3",), precision="fp32")


@given(st.text(max_size=12))
def test_any_text_is_a_recipe_or_a_usage_error(text: str) -> None:
    try:
        recipe = Recipe.parse(text)
    except UsageError:
        return
    assert Recipe.parse(str(recipe)) == recipe


@pytest.mark.parametrize(("text", "near"), [("fp61", "fp16"), ("w8a", "w8a8"), ("f32", "fp32")])
def test_a_misspelt_precision_suggests_the_nearest(text: str, near: str) -> None:
    with pytest.raises(UnknownNameError, match=f"did you mean '{near}'"):
        Recipe.parse(text)


@pytest.mark.parametrize("text", ["prune:+fp32", "Prune:0.3+fp32", "+fp32", "prune:0.3+", "a b+fp32", "prune:1:2+fp32"])
def test_a_bad_step_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="is not a recipe step"):
        Recipe.parse(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"height_px": 31}, "height_px of x is 31"),
        ({"width_px": 0}, "width_px of x is 0"),
        ({"classes": ("background",)}, "at least 2"),
        ({"std_rgb": (0.2, 0.0, 0.2)}, "must be positive"),
    ],
)
def test_a_spec_that_no_network_can_have_is_refused(change: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {"name": "x", "height_px": 64, "width_px": 32, "mean_rgb": (0.5,) * 3, "std_rgb": (0.2,) * 3}
    ModelSpec(**good, classes=CLASSES)
    with pytest.raises(UsageError, match=message):
        ModelSpec(**{**good, "classes": CLASSES, **change})
