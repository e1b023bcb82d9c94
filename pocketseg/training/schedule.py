"""Fits a recipe's warm-up to a run: recipes were made for thousands of steps, and small data gives a dozen."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from pocketseg.training.recipe import TrainingRecipe

_MOST, _INSTEAD = 0.5, 0.1  # a warm-up of more than this share of the run is this share instead


def counted(number: int, what: str) -> str:
    """Return `1 step`, `2 steps`..."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def steps_per_epoch(recipe: TrainingRecipe, labelled: int) -> int:
    """Return how many steps a pass over the labelled photos takes."""
    return max(1, labelled // (recipe.batch_size - recipe.unlabelled_a_step))


def fitted(recipe: TrainingRecipe, total_steps: int, given: Collection[str] = ()) -> TrainingRecipe:
    """Return the recipe with a warm-up of a tenth of the run where its own would take more than half of the run.

    given: settings that were asked for by name, which stay as they are. The running average needs no such care: young
    averages move faster, so at no step does it reach back further than about a ninth of the steps so far
    (loop.update_ema).
    """
    if "warmup_steps" in given or recipe.warmup_steps <= _MOST * total_steps:
        return recipe
    return dataclasses.replace(recipe, warmup_steps=max(1, round(_INSTEAD * total_steps)))


def said_of(recipe: TrainingRecipe, used: TrainingRecipe, total_steps: int) -> str:
    """Return what a user must know of the warm-up in use; empty where it is the recipe's and ends in time."""
    if used.warmup_steps != recipe.warmup_steps:
        return (
            f"warmup_steps is {used.warmup_steps}, not the recipe's {recipe.warmup_steps}: the run has "
            f"{counted(total_steps, 'step')} (--set warmup_steps=N is taken as it is)"
        )
    if used.warmup_steps >= total_steps and used.warmup_steps > 1:
        return (
            f"the run ends inside its warm-up: it has {counted(total_steps, 'step')}, warmup_steps is "
            f"{used.warmup_steps}, so the rate stays below {used.lr * total_steps / used.warmup_steps:.1e} of "
            f"{used.lr:.1e}; give more --epochs or fewer warmup_steps"
        )
    return ""
