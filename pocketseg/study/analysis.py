"""The answer of the study of annotations, from its records alone: the plan's intervals, corrected p, and verdicts.

Nothing is computed before all runs of a stage are there, so that nobody decides on half of them.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pocketseg.study.plan import Stage
from pocketseg.study.resampling import by_group, interval, of_folds_and_groups, of_groups
from pocketseg.study.results import Results, read_all
from pocketseg.study.statistics import holm, t_test
from pocketseg.training.scores import mious

HELPS, HARMS, NO_DIFFERENCE = "helps", "harms", "no difference"
PAYS, PAYS_NOT, UNDECIDED = "pays", "was not shown to pay", "the second stage decides"
UNTRIED = "was not tried in the second stage, so not shown to pay"
CHOSEN_ARMS = 2  # of the first stage, for the second


def both_stages(folder: Path, plan: Mapping[str, Any]) -> tuple[Results, Results | None]:
    """Return the first stage's results, and the second's once the first has chosen its arms."""
    first = read_all(folder, plan, Stage.FIRST, list(plan["arms"]))
    if first.lacking():
        return first, None
    return first, read_all(folder, plan, Stage.SECOND, [first.control, *best_arms(first)])


def best_arms(first: Results) -> list[str]:
    """Return the arms of the largest mean difference from the control, best first; ties in the plan's order."""
    means = {arm: statistics.fmean(by_fold(first, arm)) for arm in first.arms[1:]}
    return sorted(means, key=lambda arm: -means[arm])[:CHOSEN_ARMS]


def scores(results: Results, arm: str) -> list[float]:
    """Return an arm's mIoU in each fold, over all the photos that the fold holds out."""
    return [float(mious(results.given(arm, fold).sum(0))) for fold in results.folds]


def by_fold(results: Results, arm: str) -> list[float]:
    """Return an arm's mIoU less the control's in each fold."""
    return [a - b for a, b in zip(scores(results, arm), scores(results, results.control), strict=True)]


def compared(first: Results, second: Results | None) -> dict[str, dict[str, Any]]:
    """Return each arm's differences from the control in the first stage, with intervals and the rule's verdict."""
    rule = first.plan["rule"]
    rounds, seed, confidence = rule["bootstrap_rounds"], rule["bootstrap_seed"], rule["confidence"]
    folds = [{arm: by_group(first.given(arm, k), first.groups(k)) for arm in first.arms} for k in first.folds]
    groups = of_groups(folds, first.control, rounds, seed)
    both = of_folds_and_groups(folds, first.control, rounds, seed)
    tests = {arm: t_test(by_fold(first, arm), confidence) for arm in first.arms[1:]}
    corrected = dict(zip(tests, holm([test.p for test in tests.values()]), strict=True))
    found = {}
    for arm, test in tests.items():
        by_groups, by_both = interval(groups[arm], confidence), interval(both[arm], confidence)
        verdict = verdict_of(test.mean, corrected[arm], (by_groups, by_both), rule["alpha"])
        found[arm] = {
            "miou": scores(first, arm),
            "difference": by_fold(first, arm),
            "mean": test.mean,
            "t_interval": [test.low, test.high],
            "p": test.p,
            "p_holm": corrected[arm],
            "groups_interval": list(by_groups),
            "both_interval": list(by_both),
            "verdict": verdict,
        }
        if first.plan["arms"][arm]["recipe"]["input_signals"]:
            found[arm]["pays"] = _pays(first.plan, arm, test.mean, verdict, second)
    return found


def verdict_of(mean: float, corrected: float, intervals: Sequence[tuple[float, float]], alpha: float) -> str:
    """Return the verdict by the plan's rule. intervals: the two of the bootstraps."""
    if corrected < alpha and mean > 0 and all(low > 0 for low, _ in intervals):
        return HELPS
    if corrected < alpha and mean < 0 and all(high < 0 for _, high in intervals):
        return HARMS
    return NO_DIFFERENCE


def _pays(plan: Mapping[str, Any], arm: str, mean: float, verdict: str, second: Results | None) -> str:
    """Return whether an input is worth its cost by the rule. second: the runs of the chosen arms, done or not."""
    if verdict != HELPS or mean < plan["rule"]["least_gain_of_an_input"]:
        return PAYS_NOT
    if second is None or arm not in second.arms:
        return UNTRIED
    if second.lacking():
        return UNDECIDED
    return PAYS if statistics.fmean(by_fold(second, arm)) > 0 else PAYS_NOT


def second_stage(second: Results) -> dict[str, Any]:
    """Return the second stage's differences, of which no test is made."""
    found = {}
    for arm in second.arms:
        apart = by_fold(second, arm)
        found[arm] = {"miou": scores(second, arm), "difference": apart, "mean": statistics.fmean(apart)}
    return found
