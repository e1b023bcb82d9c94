"""The signals that a training run learns from: those that its recipe asks for and its user provides."""

from __future__ import annotations

from collections.abc import Sequence

from pocketseg.core.errors import UsageError
from pocketseg.data.photos import PhotoSet
from pocketseg.data.signals.source import SignalSource, open_signals
from pocketseg.training.recipe import TrainingRecipe


def signals_of(given: Sequence[str], recipe: TrainingRecipe, photos: PhotoSet) -> SignalSource | None:
    """Open what --signals names; None where nothing is asked for.

    Raises UsageError where signals are asked for and not given, or given and not asked for. Also for signals that the
    network would need besides the photo: no weights file can say so yet.
    """
    if recipe.input_signals:
        raise UsageError(
            "a network that takes signals besides the photo cannot be saved as weights yet",
            hint="`pocketseg study annotations` trains and scores such networks; leave out --set input_signals",
        )
    if bool(given) != recipe.takes_signals():
        raise UsageError(
            "--signals and --set target_signals must be given together",
            hint="give both --signals poses=FILE and --set 'target_signals=[\"keypoints\"]', or neither",
        )
    return open_signals(given, photos) if given else None
