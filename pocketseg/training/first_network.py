"""The network that a training begins with: built, widened for its signals, and started from given weights."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from torch import nn

import models
from pocketseg.core.files import write_json
from pocketseg.training.recipe import TrainingRecipe
from pocketseg.training.signal_choice import check_start


def first_network(
    name: str, classes: int, recipe: TrainingRecipe, initial: Path | None, run: Path, say: Callable[[str], None]
) -> nn.Module:
    """Return a network with random weights from torch's generator, or with those of `initial` where they fit.

    What was taken from `initial` is said, and recorded in RUN/initial.json. Weights over signals begin at 0, unless
    `initial` has some. Raises CheckpointError, and UsageError for an `initial` that takes other signals.
    """
    network = models.build(name, classes)
    if initial is None:
        models.widen_for(network, recipe.input_signals)
        return network
    started = models.signals_in(models.read_metadata(initial), initial)
    check_start(started, recipe)
    models.widen_for(network, started)
    models.narrow_like(network, name, initial)
    taken = models.take_over(network, initial)
    if not started:
        models.widen_for(network, recipe.input_signals)
    write_json(run / "initial.json", dataclasses.asdict(taken) | {"source": initial.name})
    say(taken.sentence())
    return network
