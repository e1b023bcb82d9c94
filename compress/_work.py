"""What a step works with, and how it trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import models
from compress._budget import Budget, Photos
from pocketseg.core.errors import CheckpointError, UsageError
from pocketseg.core.files import copy_file, make_folder
from pocketseg.core.outside import read_json
from pocketseg.core.types import ModelSpec

if TYPE_CHECKING:
    from pocketseg.training.recipe import TrainingRecipe
    from pocketseg.training.state import Progress

UNLABELLED_SHARE = 0.375  # of a batch, where the data has photos without masks and there is a teacher for them


def _silent(what: str, done: int, total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One step on one network.

    Attributes:
        weights: the network so far, a file of our own.
        value: the text after the step's colon.
        photos: None where the step does not train.
        folder: the step's own, which an earlier call may have begun.
        progress: called with what, done, total.
        done: the trainings that the step has finished, each with its epochs, steps and validation mIoU.
        notes: sentences for the user on how it went.
    """

    weights: Path
    value: str
    budget: Budget
    photos: Photos | None
    folder: Path
    progress: Callable[[str, int, int], None] = _silent
    done: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def share(step: str, value: str, most: float) -> float:
    """Return a step's share, above 0 and at most `most`. Raises UsageError."""
    try:
        number = float(value)
    except ValueError:
        raise UsageError(f"{step}:{value} does not hold a number", hint=f"e.g. {step}:0.3") from None
    if not 0 < number <= most:
        raise UsageError(f"{step}:{value} must be a share above 0, at most {most:g}", hint=f"e.g. {step}:0.3")
    return number


def rounds(budget_epochs: int, count: int) -> list[int]:
    """Return epochs divided into at most `count` rounds, twice as many for the last one; one round where there are
    none."""
    count = max(1, min(count, budget_epochs))
    each = budget_epochs // (count + 1)
    if each == 0:
        return [1] * (count - 1) + [budget_epochs - (count - 1)]
    return [each] * (count - 1) + [budget_epochs - each * (count - 1)]


def in_rounds(
    work: Work,
    removed: float,
    largest_cut: float,
    name: str,
    cut: Callable[[Path, Path, float, str], None],
    losses: Mapping[str, float],
) -> Path:
    """Take a share of the network away in rounds, with training after each; return the last round's weights.

    Args:
        work: the step.
        removed: the share that is gone in the end.
        largest_cut: the share of the remainder that one round may take.
        name: of the cut weights' file, NAME.safetensors in the round's folder; an existing one is kept.
        cut: called with the weights so far, the file to write, the share that must be gone by then, the round's title.
        losses: with which the network before the step teaches.
    """
    count = 1
    while 1 - (1 - removed) ** (1 / count) > largest_cut:
        count += 1
    epochs = rounds(work.budget.epochs, count)
    weights = work.weights
    for number, passes in enumerate(epochs, start=1):
        what = f"round {number}"
        folder = make_folder(work.folder / f"round-{number}")
        less = folder / f"{name}.safetensors"
        if not less.is_file():
            cut(weights, less, 1 - (1 - removed) ** (number / len(epochs)), what)
        weights = train_on(work, less, folder, epochs=passes, what=what, teacher=work.weights, losses=losses)
    return weights


def train_on(
    work: Work, initial: Path, folder: Path, *, epochs: int, what: str, teacher: Path, losses: Mapping[str, Any]
) -> Path:
    """Train a network of our own from `initial`; return the weights that were best on the validation photos.

    The input size is the network's own and the rate lower than for training from scratch; weights that are 0 stay 0.
    Without epochs the network stays unchanged.

    Args:
        work: the step.
        initial: the weights to start from.
        folder: for the training.
        epochs: passes over the training photos.
        what: the title for progress.
        teacher: the network that teaches.
        losses: the step's own settings of the recipe, above all for the losses that involve the teacher.
    """
    if epochs == 0:
        return initial
    trained = folder / "trained.safetensors"
    if not trained.is_file():
        best = _train(work, initial, folder, epochs, what, teacher, losses)
        copy_file(best, trained)
    try:
        result = read_json(folder / "training" / "result.json")
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{folder} holds a damaged training ({error})", hint="remove the folder, and the training is repeated"
        ) from error
    work.done.append(
        {"what": what, "epochs": epochs, "steps": result["steps"], "best_val_miou": result["best_val_miou"]}
    )
    return trained


def recipe_of(
    spec: ModelSpec, epochs: int, losses: Mapping[str, Any], photos: Photos, budget: Budget
) -> TrainingRecipe:
    """Return the recipe of a step's training. Raises UsageError for settings and input sizes that cannot be trained."""
    from pocketseg.training.recipe import load_recipe

    base = load_recipe(spec.name, {}, "garments")
    changes = {
        "epochs": epochs,
        "stages": [],
        "height_px": spec.height_px,
        "width_px": spec.width_px,
        "lr": base.lr / 2,
        "warmup_steps": 10,
        "ema_decay": min(base.ema_decay, 0.99),
        "fine_weight": 0.0,
        "zeros": "kept",
        **losses,
        "unlabelled_share": UNLABELLED_SHARE if photos.unlabelled else 0.0,
        **budget.settings,
    }
    return load_recipe(spec.name, changes, "garments")


def _train(
    work: Work, initial: Path, folder: Path, epochs: int, what: str, teacher: Path, losses: Mapping[str, Any]
) -> Path:
    from pocketseg.training.start import TrainingJob, start

    assert work.photos is not None
    spec = models.open_model(str(initial)).spec
    job = TrainingJob(
        network=spec.name,
        spec=spec,
        data=work.photos.spec,
        out=folder / "training",
        kept=work.folder,  # shared by all rounds: the teacher runs once
        recipe=recipe_of(spec, epochs, losses, work.photos, work.budget),
        seed=work.budget.seed,
        split_file=work.photos.split_file(work.folder),
        accelerator=work.budget.accelerator,
        precision=work.budget.precision,
        threads=work.budget.threads,
        teachers=tuple(dict.fromkeys((str(teacher), *(str(models.locate(t).resolve()) for t in work.budget.teachers)))),
        initial=initial,
        given=frozenset(work.budget.settings),
    )

    def report(state: Progress, steps_per_epoch: int, total_steps: int) -> None:
        work.progress(f"{what}: training", state.step, total_steps)

    best = start(
        job,
        lambda done, total: work.progress(f"{what}: reading photos", done, total),
        lambda done, total: work.progress(f"{what}: asking the teacher", done, total),
        report,
    )
    assert best is not None
    return best
