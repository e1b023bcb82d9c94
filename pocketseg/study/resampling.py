"""Draws groups of look-alike photos with replacement, the same for all arms, and computes the difference of mIoU anew.

Photos of a group resemble one another, so that groups and not photos are drawn (a cluster bootstrap).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pocketseg.core.metrics import Counts
from pocketseg.training.scores import draws, mious

Ratios = npt.NDArray[np.float64]
Fold = Mapping[str, Counts]  # by arm: the confusion matrices of a fold's groups, G,C,C


def by_group(matrices: Counts, groups: Sequence[Sequence[int]]) -> Counts:
    """Return the sum of each group's confusion matrices, G,C,C. groups: the indices of their photos."""
    return np.stack([matrices[list(group)].sum(0) for group in groups])


def of_groups(folds: Sequence[Fold], control: str, rounds: int, seed: int) -> dict[str, Ratios]:
    """Return each arm's mean difference from the control over the folds, (rounds,): groups are drawn in each fold."""
    found = _empty(folds, control, rounds)
    for number, fold in enumerate(folds):
        drawn = _differences(fold, control, rounds, np.random.default_rng([seed, 1, number]))
        for arm, values in drawn.items():
            found[arm] += values / len(folds)
    return found


def of_folds_and_groups(folds: Sequence[Fold], control: str, rounds: int, seed: int) -> dict[str, Ratios]:
    """Return the same where folds are drawn with replacement first, then groups within each of them."""
    found = _empty(folds, control, rounds)
    chosen = np.random.default_rng([seed, 2]).integers(len(folds), size=(rounds, len(folds)))
    for place in range(len(folds)):
        for number, fold in enumerate(folds):
            here = np.flatnonzero(chosen[:, place] == number)
            drawn = _differences(fold, control, len(here), np.random.default_rng([seed, 3, place, number]))
            for arm, values in drawn.items():
                found[arm][here] += values / len(folds)
    return found


def interval(values: Ratios, confidence: float) -> tuple[float, float]:
    """Return the percentile interval of resampled values."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def _differences(fold: Fold, control: str, rounds: int, chance: np.random.Generator) -> dict[str, Ratios]:
    """Return each arm's difference of mIoU from the control in rounds that draw a fold's groups with replacement."""
    count = len(fold[control])
    drawn = draws(count, rounds, chance).astype(np.float64)  # rounds,G
    scores = {}
    for arm, matrices in fold.items():
        classes = matrices.shape[-1]
        # float64 holds sums of pixels exactly, and multiplies fast
        scores[arm] = mious((drawn @ matrices.reshape(count, -1).astype(np.float64)).reshape(rounds, classes, classes))
    return {arm: values - scores[control] for arm, values in scores.items() if arm != control}


def _empty(folds: Sequence[Fold], control: str, rounds: int) -> dict[str, Ratios]:
    return {arm: np.zeros(rounds) for arm in folds[0] if arm != control}
