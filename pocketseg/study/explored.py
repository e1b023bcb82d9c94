"""What the plan only looks at besides its question: no verdict rests on it, and no p is given."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pocketseg.study.analysis import best_arms, scores
from pocketseg.study.resampling import interval, of_groups
from pocketseg.study.results import Results
from pocketseg.study.scoring import ABSENT, GIVEN, MISPLACED
from pocketseg.training.scores import iou, mious

EXTREMES = 3  # photos with the largest gains, and as many with the largest losses


def by_state(first: Results) -> dict[str, dict[str, float]]:
    """Return the input arms' mean differences from the control with signals given, absent and misplaced."""
    control, found = scores(first, first.control), {}
    for arm in first.arms:
        kept = [set(first.counts[arm, fold]) for fold in first.folds]
        if not all({ABSENT, MISPLACED} <= states for states in kept):
            continue
        found[arm] = {
            state: statistics.fmean(
                float(mious(first.counts[arm, fold][state].sum(0))) - one
                for fold, one in zip(first.folds, control, strict=True)
            )
            for state in (GIVEN, ABSENT, MISPLACED)
        }
    return found


def by_class(first: Results) -> dict[str, dict[str, list[float]]]:
    """Return each arm's differences of IoU from the control by class, one a fold that has the class."""
    found: dict[str, dict[str, list[float]]] = {}
    for arm in first.arms[1:]:
        apart = [
            iou(first.given(arm, fold).sum(0)) - iou(first.given(first.control, fold).sum(0)) for fold in first.folds
        ]
        found[arm] = {
            name: [float(values[k]) for values in apart if not np.isnan(values[k])]
            for k, name in enumerate(first.classes)
        }
    return found


def by_kind(first: Results, kinds: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    """Return each arm's difference from the control over the photos of a kind, all folds together.

    The interval is a bootstrap over their groups, as the plan's second, and not corrected for their number. kinds: ids
    by the kind's name; one without photos of the folds is left out.
    """
    rule, found = first.plan["rule"], {}
    for kind, members in kinds.items():
        matrices = {arm: _of_groups(first, arm, set(members)) for arm in first.arms}
        if len(matrices[first.control]) < 2:
            continue
        drawn = of_groups([matrices], first.control, rule["bootstrap_rounds"], rule["bootstrap_seed"])
        control = float(mious(matrices[first.control].sum(0)))
        found[kind] = {
            "photos": len(set(members)),
            "control": control,
            "arms": {
                arm: {
                    "difference": float(mious(matrices[arm].sum(0))) - control,
                    "interval": list(interval(drawn[arm], rule["confidence"])),
                }
                for arm in first.arms[1:]
            },
        }
    return found


def extremes(first: Results, kinds: Mapping[str, Sequence[str]], folds: Sequence[int]) -> list[tuple[str, str, str]]:
    """Return what a gallery shows: an arm, a photo of these folds, and why. Of each arm the photos of its largest gain
    and loss over all of them; of each kind of photo those of the arm with the largest mean difference.
    """
    shown = []
    for arm in first.arms[1:]:
        ranked = [photo_id for _, photo_id in _apart(first, arm, folds)]
        shown += [(arm, ranked[0], "largest gain"), (arm, ranked[-1], "largest loss")]
    best = best_arms(first)[0]
    ranked = [photo_id for _, photo_id in _apart(first, best, folds)]
    for kind, members in kinds.items():
        inside = [photo_id for photo_id in ranked if photo_id in members]
        if inside:
            shown += [(best, inside[0], f"{kind}: largest gain"), (best, inside[-1], f"{kind}: largest loss")]
    return shown


def _apart(first: Results, arm: str, folds: Sequence[int]) -> list[tuple[float, str]]:
    """Return the mIoU of each photo of the folds less that of the control, and its id, the largest gain first."""
    apart: list[tuple[float, str]] = []
    for fold in folds:
        differences = mious(first.given(arm, fold)) - mious(first.given(first.control, fold))
        apart += zip(differences.tolist(), first.ids(fold), strict=True)
    return sorted(apart, key=lambda pair: (-pair[0], pair[1]))


def by_photo(first: Results) -> dict[str, dict[str, Any]]:
    """Return on which share of the photos each arm is better or worse than the control, and where it is so most."""
    found = {}
    for arm in first.arms[1:]:
        apart = _apart(first, arm, first.folds)
        found[arm] = {
            "better": sum(d > 0 for d, _ in apart) / len(apart),
            "worse": sum(d < 0 for d, _ in apart) / len(apart),
            "gains": [photo_id for _, photo_id in apart[:EXTREMES]],
            "losses": [photo_id for _, photo_id in apart[::-1][:EXTREMES]],
        }
    return found


def _of_groups(first: Results, arm: str, members: set[str]) -> Any:
    """Return the matrices of those groups of all folds that have members, summed over these, G,C,C."""
    sums = []
    for fold in first.folds:
        ids, matrices = first.ids(fold), first.given(arm, fold)
        for group in first.groups(fold):
            if inside := [k for k in group if ids[k] in members]:
                sums.append(matrices[inside].sum(0))
    count = len(first.classes)
    return np.stack(sums) if sums else np.zeros((0, count, count), np.int64)
