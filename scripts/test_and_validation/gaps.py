"""The gap in mIoU between test and validation photos: its interval, and how often chance alone makes one.

All networks are scored on the same photos, so their gaps are not independent: photos are drawn once for all of them,
and what is tested is the mean gap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pocketseg.core.metrics import Counts
from pocketseg.training import scores
from pocketseg.training.scores import ROUNDS, SEED

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Confusion matrices of N networks over the photos of both parts, in the order of the ids.

    val: N,photos,C,C. test: likewise.
    """

    networks: tuple[str, ...]
    classes: tuple[str, ...]
    val_ids: tuple[str, ...]
    test_ids: tuple[str, ...]
    val: Counts
    test: Counts


def summed(matrices: Counts, weights: Values) -> Values:
    """Return the confusion matrices of weighted photos, (rounds, networks, C, C).

    matrices: networks,photos,C,C. weights: rounds,photos.
    """
    found: Values = np.einsum("rp,npij->rnij", weights, matrices.astype(np.float64), optimize=True)
    return found


def mious(matrices: Counts, weights: Values) -> Values:
    """Return the mIoU of weighted photos, (rounds, networks)."""
    return scores.mious(summed(matrices, weights))


def draws(count: int, rounds: int, generator: np.random.Generator) -> Values:
    """Return how often each photo is drawn in each resampling, (rounds, count)."""
    return scores.draws(count, rounds, generator).astype(np.float64)


def whole_and_draws(count: int, rounds: int, generator: np.random.Generator) -> Values:
    """Return the weights of the photos as they are, then those of resamplings, (1 + rounds, count)."""
    return np.concatenate((ones(count), draws(count, rounds, generator)))


def ones(count: int) -> Values:
    """Return the weights of the photos as they are, (1, count)."""
    return np.ones((1, count))


def interval(values: Values) -> list[float]:
    """Return the 95 % percentile interval. Raises ValueError where no value is a number."""
    found = scores.interval(values)
    if found is None:
        raise ValueError("no value is a number")
    return found


def gap(scored: Scored) -> Values:
    """Return test mIoU minus validation mIoU, by network."""
    found: Values = mious(scored.test, ones(len(scored.test_ids)))[0] - mious(scored.val, ones(len(scored.val_ids)))[0]
    return found


def drawn_gaps(scored: Scored, rounds: int = ROUNDS, seed: int = SEED) -> Values:
    """Return the gaps of resampled photos, both parts drawn independently, (rounds, networks)."""
    generator = np.random.default_rng(seed)
    val = mious(scored.val, draws(len(scored.val_ids), rounds, generator))
    return mious(scored.test, draws(len(scored.test_ids), rounds, generator)) - val


def chance(
    scored: Scored, kinds: Mapping[str, str], groups: Sequence[Sequence[str]], rounds: int = ROUNDS, seed: int = SEED
) -> Values:
    """Return the mean gap over networks of random divisions of all photos, (rounds,).

    Each division has as many validation photos of each kind as the split has, but for groups, which stay together.
    kinds: of each photo. groups: ids of one scene; a group counts as its first photo's kind.
    """
    together = np.concatenate((scored.val, scored.test), 1)
    place = {i: k for k, i in enumerate((*scored.val_ids, *scored.test_ids))}
    linked = {i for group in groups for i in group}
    members = [present for group in groups if (present := [i for i in group if i in place])]
    members += [[i] for i in place if i not in linked]
    of_kind: dict[str, list[list[int]]] = {}
    for group in members:
        of_kind.setdefault(kinds[group[0]], []).append([place[i] for i in group])
    wanted = Counter(kinds[i] for i in scored.val_ids)
    generator = np.random.default_rng(seed)
    weights = np.zeros((rounds, len(place)))
    for row in weights:
        for kind, units in of_kind.items():
            count = 0
            for k in generator.permutation(len(units)):
                if count >= wanted[kind]:
                    break
                row[units[k]] = 1
                count += len(units[k])
    gaps = mious(together, 1 - weights) - mious(together, weights)
    found: Values = gaps.mean(1)
    return found
