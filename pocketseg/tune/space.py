"""What a search chooses from: for each step a share or none at all, and the precisions of the target."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import compress
import export
from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.core.types import Recipe
from pocketseg.tune.trials import Trial

STEPS = ("prune",)  # the one that makes files both smaller and faster on every target
PRECISION = "precision"  # the search's name for it; steps are named by their own text
_TENTHS = 8  # of the largest share: in tenths, so that recipes that begin alike share their stages
_WITH, _WITHOUT = "with", "without"


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Every recipe that may be tried.

    steps: in the order in which they are applied. A bare name (`prune`) has a share to choose; a step with its value
    (`distil:u2netp`) is used or not. precisions: of the target, fp32 first. most: the largest share, in tenths.
    """

    steps: tuple[str, ...]
    precisions: tuple[str, ...]
    most: int = _TENTHS

    def recipes(self) -> Iterator[Recipe]:
        """Return all of them, those without steps first, as they need no training."""
        for choices in itertools.product(*(self.choices(step) for step in self.steps)):
            for precision in self.precisions:
                yield self.recipe({**dict(zip(self.steps, choices, strict=True)), PRECISION: precision})

    def choices(self, step: str) -> tuple[int | str, ...]:
        """Return the choices for a step: tenths of a share, 0 for none, or whether it is used."""
        return (_WITHOUT, _WITH) if ":" in step else tuple(range(self.most + 1))

    def ask(self, trial: Any) -> Recipe:
        """Let an Optuna trial choose."""
        chosen: dict[str, int | str] = {}
        for step in self.steps:
            choices = self.choices(step)
            if ":" in step:
                chosen[step] = trial.suggest_categorical(step, choices)
            else:
                chosen[step] = trial.suggest_int(step, choices[0], choices[-1])
        chosen[PRECISION] = trial.suggest_categorical(PRECISION, self.precisions)
        return self.recipe(chosen)

    def recipe(self, chosen: Mapping[str, int | str]) -> Recipe:
        """Return the recipe of one choice for each step, and a precision."""
        steps = []
        for step in self.steps:
            choice = chosen[step]
            if choice == _WITH:
                steps.append(step)
            elif isinstance(choice, int) and choice > 0:
                steps.append(f"{step}:{choice / 10:g}")
        return Recipe(steps=tuple(steps), precision=str(chosen[PRECISION]))

    def params(self, recipe: Recipe) -> dict[str, int | str]:
        """Return the choices that make a recipe."""
        shares = dict(text.split(":", 1) for text in recipe.steps if text not in self.steps)
        chosen: dict[str, int | str] = {
            step: (_WITH if step in recipe.steps else _WITHOUT)
            if ":" in step
            else round(10 * float(shares.get(step, 0)))
            for step in self.steps
        }
        return {**chosen, PRECISION: recipe.precision}

    def size(self) -> int:
        """Return the number of recipes."""
        return math.prod(len(self.choices(step)) for step in self.steps) * len(self.precisions)


def untried(trials: Sequence[Trial], space: Space) -> str:
    """Return a sentence on the precisions and steps that no trial has used yet, and how many trials reach them; else
    empty.
    """
    tried = [Recipe.parse(trial.recipe) for trial in trials]
    precisions = [p for p in space.precisions if p not in {recipe.precision for recipe in tried}]
    used = {text for recipe in tried for step in recipe.steps for text in (step, step.partition(":")[0])}
    steps = [step for step in space.steps if step not in used]
    if not (precisions or steps):
        return ""
    named = ", ".join([*(f"precision {p}" for p in precisions), *(f"step {s}" for s in steps)])
    enough = len(trials) + len(precisions) + len(steps)  # precisions come first, each alone
    return (
        f"Not tried yet: {named}. Give --trials {min(enough, space.size())} or more to go on; "
        f"all recipes are {space.size()} trials."
    )


def space(target: str, steps: tuple[str, ...] = STEPS) -> Space:
    """Return a target's space. Raises UnknownNameError, UsageError for steps that cannot be searched."""
    precisions = tuple(export.facts(target, "PRECISIONS"))
    shared = tuple(s for s in compress.steps() if str(compress.facts(s, "VALUE")).startswith("R,"))
    for step in steps:
        if ":" in step:
            compress.parsed(step)
        elif step not in compress.steps():
            raise UnknownNameError("step to search", step, compress.steps())
        elif step not in shared:
            raise UsageError(f"step {step} has no share to search over", hint=f"write it with its value: {step}:...")
    if len(set(steps)) < len(steps):
        raise UsageError("a step is listed twice in --steps", hint="name each once")
    return Space(steps=steps, precisions=("fp32", *(p for p in precisions if p != "fp32")))
