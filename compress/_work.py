"""What a compression step gets to work with, and how it trains."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import models
from pocketseg.core.errors import UsageError
from pocketseg.core.files import write_json

if TYPE_CHECKING:
    from pocketseg.training.loop import Progress

Counted = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One step on one network.

    weights: the network so far. value: the text after the step's colon. data, split_file: training and validation
    photos. epochs: passes over the training photos that all of the step's training may take. folder: the step's own,
    which an earlier call may have begun. settings: changes to the training recipe. progress: gives a counter by name.
    """

    weights: Path
    value: str
    data: str
    folder: Path
    epochs: int
    split_file: Path | None = None
    seed: int = 1
    threads: int | None = None
    precision: str = "32-true"
    accelerator: str = "auto"
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)
    teachers: tuple[str, ...] = ()
    progress: Callable[[str], Counted] = lambda what: lambda done, total: None
    report: Callable[[Progress, int, int], None] = lambda state, epoch, total: None


def share_of_text(step: str, value: str) -> float:
    """Read a step's share. Raises UsageError."""
    try:
        return float(value)
    except ValueError:
        raise UsageError(f"{step}:{value} has no number", hint=f"e.g. {step}:0.3") from None


def train_on(work: Work, initial: Path, folder: Path, *, share: float, what: str) -> Path:
    """Train a network from `initial` with a share of the step's epochs; return its best weights.

    Short training of a trained network: a lower rate, no input size but its own.
    """
    from pocketseg.training.recipe import load_recipe
    from pocketseg.training.start import TrainingJob, start

    spec = models.open_model(str(initial)).spec
    epochs = max(1, round(work.epochs * share))
    base = load_recipe(spec.name, {}, "garments")
    changes = {
        "epochs": epochs,
        "stages": [],
        "height_px": spec.height_px,
        "width_px": spec.width_px,
        "lr": base.lr / 2,
        "warmup_steps": 10,
        "ema_decay": min(base.ema_decay, 0.99),
        **work.settings,
    }
    job = TrainingJob(
        network=spec.name,
        data=work.data,
        out=folder / "training",
        recipe=load_recipe(spec.name, changes, "garments"),
        seed=work.seed,
        split_file=work.split_file,
        accelerator=work.accelerator,
        precision=work.precision,
        threads=work.threads,
        teachers=work.teachers,
        initial=initial,
    )
    best = start(job, work.progress(f"{what}: reading photos"), work.progress(f"{what}: asking teachers"), work.report)
    assert best is not None
    trained = folder / "trained.safetensors"
    shutil.copyfile(best, trained)
    write_json(folder / "budget.json", {"epochs": epochs, "of": work.epochs})
    return trained
