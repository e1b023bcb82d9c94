"""The signals that a training run learns from: those that its recipe asks for and its user provides."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence

from pocketseg.core.errors import DataError, UsageError
from pocketseg.data.photos import PhotoSet
from pocketseg.data.signals.source import FROM_DATA, SignalSource, open_signals
from pocketseg.training.arrays import PhotoArrays
from pocketseg.training.recipe import TrainingRecipe
from pocketseg.training.signal_arrays import DENSE_POSE, load_signals
from pocketseg.training.signal_inputs import DENSE_FROM_DATA


def signals_of(given: Sequence[str], recipe: TrainingRecipe, photos: PhotoSet) -> SignalSource | None:
    """Open what --signals names; None where nothing is asked for.

    Raises UsageError where signals are asked for and not given, or given and not asked for, and for settings with which
    no network with further inputs can be trained.
    """
    if bool(given) != recipe.takes_signals():
        raise UsageError(
            "--signals and signals in the recipe must be given together",
            hint="give --signals poses=FILE and --set 'target_signals=[\"keypoints\"]' (or input_signals), or neither",
        )
    if recipe.input_signals and recipe.fake_quant != "none":
        raise UsageError(
            "a network that takes signals beside the photo is not exported below fp16, so it is not trained for it",
            hint="leave out --set fake_quant or --set input_signals",
        )
    if DENSE_POSE in (*recipe.input_signals, *recipe.target_signals) and list(given) != [FROM_DATA]:
        raise UsageError("dense pose comes from the data's own folders, not from files", hint=DENSE_FROM_DATA)
    return open_signals(given, photos) if given else None


def with_signals(
    arrays: PhotoArrays,
    source: SignalSource,
    ids: Sequence[str],
    recipe: TrainingRecipe,
    say: Callable[[str], None],
) -> PhotoArrays:
    """Return training photos with their signals; those that lack one are counted in a note. ids: of all photos.

    Raises DataError for a signal that no labelled photo has: most likely the ids are not those of the data.
    """
    height, width = arrays.images.shape[1:3]
    names = dict.fromkeys((*recipe.input_signals, *recipe.target_signals))
    signals = load_signals(source, ids, height, width, names)
    for name in names:
        shown, what = int(signals.shown(name)[: arrays.labelled].sum()), name.replace("_", " ")
        if not shown:
            raise DataError(
                f"none of the {arrays.labelled} training photos has a signal of {what}",
                hint="the ids in the files of --signals must be those of the data, e.g. as metrics.csv of evaluate has",
            )
        if shown < arrays.labelled:
            say(f"note: {what}: found on {shown} of {arrays.labelled} training photos")
    return dataclasses.replace(arrays, signals=signals)


def check_start(started: Sequence[str], recipe: TrainingRecipe) -> None:
    """Refuse first weights of a network that takes other signals than the recipe's. started: those of its file."""
    if started and tuple(started) != tuple(recipe.input_signals):
        asked = " and ".join(recipe.input_signals) or "the photo alone"
        raise UsageError(
            f"the weights of --init take {' and '.join(started)} beside the photo, but this training takes {asked}",
            hint=f"give --set 'input_signals={json.dumps(list(started))}'",
        )
