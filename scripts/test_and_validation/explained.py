"""How much of the gap goes when test photos are weighted so that some property is spread as in validation photos.

Both parts are resampled together with the weights, so the intervals hold both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pocketseg.training import scores
from pocketseg.training.scores import ROUNDS, SEED
from scripts.test_and_validation.gaps import Scored, Values, interval, mious, summed, whole_and_draws

QUANTILES = (0.2, 0.4, 0.6, 0.8)  # of a measured property, over the photos of both parts
_STEPS, _RIDGE = 12, 1.0
Weigh = Callable[[Values, Values], Values]  # from draws of validation and test photos to weights of test photos


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Means over networks, each with its 95 % interval. left: the gap of weighted test photos. explained: the rest."""

    left: float
    left_interval: list[float]
    explained: float
    explained_interval: list[float]


def _of(before: Values, after: Values) -> Explained:
    """Return what is left, and what is gone, of gaps (rounds, networks) whose first row is that of the photos
    themselves."""
    left = after.mean(1)
    gone = before.mean(1) - left
    return Explained(
        left=float(left[0]), left_interval=interval(left[1:]), explained=float(gone[0]),
        explained_interval=interval(gone[1:]),
    )  # fmt: skip


def weighted(scored: Scored, weigh: Weigh, rounds: int = ROUNDS, seed: int = SEED) -> Explained:
    """Return what is left of the gap when test photos are weighted."""
    generator = np.random.default_rng(seed)
    val = whole_and_draws(len(scored.val_ids), rounds, generator)
    test = whole_and_draws(len(scored.test_ids), rounds, generator)
    base = mious(scored.val, val)
    return _of(mious(scored.test, test) - base, mious(scored.test, weigh(val, test)) - base)


def in_kinds(val: Sequence[str], test: Sequence[str]) -> Weigh:
    """Return a weighing by kind: each kind of photo gets its share among validation photos.

    Test photos of a kind that validation lacks get no weight.
    """
    kinds = sorted({*val, *test})
    of_val = np.array([[kind == k for k in kinds] for kind in val], float)  # photos,kinds
    of_test = np.array([[kind == k for k in kinds] for kind in test], float)

    def weigh(drawn_val: Values, drawn_test: Values) -> Values:
        want, have = drawn_val @ of_val, drawn_test @ of_test  # rounds,kinds
        ratio = np.where(have > 0, want / np.maximum(have, 1), 0)
        found: Values = drawn_test * (ratio @ of_test.T)
        return found

    return weigh


def in_fifths(val: Sequence[float], test: Sequence[float]) -> Weigh:
    """Return a weighing by a measured property, cut at the fifths of both parts together."""
    cuts = np.unique(np.quantile([*val, *test], QUANTILES))
    of_val, of_test = (np.searchsorted(cuts, np.array(values), side="right") for values in (val, test))
    return in_kinds([str(k) for k in of_val], [str(k) for k in of_test])


def by_odds(val: Values, test: Values) -> Weigh:
    """Return a weighing by several properties together: the odds of being a validation photo, by logistic regression.

    val, test: photos,properties, which are standardised here. A small ridge keeps rare properties in bounds.
    """
    both = np.concatenate((val, test))
    spread = both.std(0)
    both = (both - both.mean(0)) / np.where(spread > 0, spread, 1)
    design = np.concatenate((np.ones((len(both), 1)), both), 1)
    is_val = np.arange(len(both)) < len(val)
    penalty = np.diag([0.0, *[_RIDGE] * both.shape[1]])

    def weigh(drawn_val: Values, drawn_test: Values) -> Values:
        found = np.zeros_like(drawn_test)
        for k, counts in enumerate(np.concatenate((drawn_val, drawn_test), 1)):
            beta = np.zeros(design.shape[1])
            for _ in range(_STEPS):
                odds = 1 / (1 + np.exp(-design @ beta))
                slope = design.T @ (counts * (is_val - odds)) - penalty @ beta
                bend = (design * (counts * odds * (1 - odds))[:, None]).T @ design + penalty
                beta += np.linalg.solve(bend, slope)
            found[k] = drawn_test[k] * np.exp(design[~is_val] @ beta)
        return found

    return weigh


def same_classes(scored: Scored, rounds: int = ROUNDS, seed: int = SEED) -> Explained:
    """Return what is left of the gap when each class has validation's share of test pixels.

    The rows of the test photos' matrix are scaled, so each class stays as well recognised as it was.
    """
    generator = np.random.default_rng(seed)
    val = whole_and_draws(len(scored.val_ids), rounds, generator)
    test = whole_and_draws(len(scored.test_ids), rounds, generator)
    of_val, of_test = summed(scored.val, val), summed(scored.test, test)
    want = of_val.sum(-1) / of_val.sum((-2, -1))[..., None]  # rounds,networks,C
    have = of_test.sum(-1) / of_test.sum((-2, -1))[..., None]
    scaled = of_test * (want / have)[..., None]
    base = scores.mious(of_val)
    return _of(scores.mious(of_test) - base, scores.mious(scaled) - base)


def optimism(log: Sequence[Mapping[str, Any]], best_epoch: int, reach: int = 2) -> dict[str, Any] | None:
    """Return by how much the best epoch stands above its neighbours on validation photos, and how many those are.

    The interval is that of the neighbours' mean; one epoch's scatter is estimated from steps between epochs. Only
    epochs at the best one's input size count. None where they are fewer than four.
    """
    size = next((r["height_px"], r["width_px"]) for r in log if int(float(r["epoch"])) == best_epoch)
    known = {int(float(r["epoch"])): float(r["val_miou"]) for r in log if (r["height_px"], r["width_px"]) == size}
    if len(known) < 4:
        return None
    scatter = float(np.diff([known[e] for e in sorted(known)]).std() / np.sqrt(2))
    near = [known[e] for e in range(best_epoch - reach, best_epoch + reach + 1) if e in known and e != best_epoch]
    value, half = known[best_epoch] - float(np.mean(near)), 1.96 * scatter / float(np.sqrt(len(near)))
    return {"value": value, "interval": [value - half, value + half], "neighbours": len(near)}
