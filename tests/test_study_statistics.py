"""The study's statistics against known values, and by simulation: how often are intervals and verdicts right?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from _study import labels_of, matrices

from pocketseg.core.metrics import Counts, IouMeter
from pocketseg.study.analysis import HARMS, HELPS, NO_DIFFERENCE, verdict_of
from pocketseg.study.resampling import Fold, by_group, interval, of_folds_and_groups, of_groups
from pocketseg.study.statistics import holm, t_inside, t_quantile, t_test
from pocketseg.training.scores import mious

ROUNDS, FOLDS, GROUPS = 200, 5, 20


# ---- known values ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("freedom", "quantile"),  # two-sided 95 %, as tables of Student's t have it
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (5, 2.5706), (9, 2.2622), (30, 2.0423)],
)
def test_quantiles_of_t_are_those_of_the_tables(freedom: int, quantile: float) -> None:
    assert t_quantile(0.95, freedom) == pytest.approx(quantile, abs=5e-5)
    assert t_inside(quantile, freedom) == pytest.approx(0.95, abs=2e-6 * quantile)


def test_t_agrees_with_an_integral_of_its_density() -> None:
    for freedom in (1, 2, 3, 4, 7):
        at = np.linspace(-1.3, 1.3, 200_001)
        log = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(freedom * math.pi) / 2
        density = np.exp(log - (freedom + 1) / 2 * np.log1p(at * at / freedom))
        assert t_inside(1.3, freedom) == pytest.approx(float(np.trapezoid(density, at)), abs=1e-9)


def test_a_t_test_is_that_of_a_textbook() -> None:
    values = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]  # Student, 1908: hours of sleep gained
    found = t_test(values, 0.95)
    assert found.mean == pytest.approx(0.75) and found.p == pytest.approx(0.2176, abs=5e-5)
    assert (found.low, found.high) == (pytest.approx(-0.5298, abs=1e-4), pytest.approx(2.0298, abs=1e-4))


def test_values_without_any_spread_leave_no_doubt() -> None:
    assert t_test([0.5] * 5, 0.95).p == 0 and t_test([0.0] * 5, 0.95).p == 1
    assert t_test([-0.5] * 5, 0.95).low == t_test([-0.5] * 5, 0.95).high == -0.5


def test_holm_corrects_the_smallest_most_and_keeps_the_order() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9, 0.6]) == [1.0, 1.0, 1.0] and holm([]) == []


@pytest.mark.parametrize(
    ("mean", "corrected", "groups", "both", "verdict"),
    [
        (0.02, 0.04, (0.01, 0.03), (0.005, 0.04), HELPS),
        (-0.02, 0.04, (-0.03, -0.01), (-0.04, -0.005), HARMS),
        (0.02, 0.05, (0.01, 0.03), (0.005, 0.04), NO_DIFFERENCE),  # p is not below 0.05
        (0.02, 0.01, (-0.01, 0.03), (0.005, 0.04), NO_DIFFERENCE),
        (0.02, 0.01, (0.01, 0.03), (0.0, 0.04), NO_DIFFERENCE),
        (-0.02, 0.01, (-0.03, 0.01), (-0.04, -0.005), NO_DIFFERENCE),
    ],
)
def test_a_verdict_needs_the_test_and_both_intervals(
    mean: float, corrected: float, groups: tuple[float, float], both: tuple[float, float], verdict: str
) -> None:
    assert verdict_of(mean, corrected, (groups, both), 0.05) == verdict


def test_miou_is_the_products_own() -> None:
    found = matrices(labels_of(1, 6), np.linspace(0.3, 0.9, 6))
    found[:, 2] = 0  # a class that no label holds, but that is predicted
    meter = IouMeter(("a", "b", "c", "d"))
    meter._counts = found.sum(0)
    assert float(mious(found.sum(0))) == pytest.approx(meter.miou(), abs=1e-6)
    assert mious(found).shape == (6,) and float(mious(np.zeros((4, 4), np.int64))) == 0.0


# ---- resampling ------------------------------------------------------------------------------------------------------


def _fold(fold: int, arms: dict[str, np.ndarray]) -> Fold:
    labels = labels_of(fold, len(next(iter(arms.values()))))
    return {arm: matrices(labels, right) for arm, right in arms.items()}


def test_arms_that_are_equal_differ_in_no_draw() -> None:
    right = np.linspace(0.5, 0.9, GROUPS)
    folds = [_fold(k, {"photo": right, "same": right, "better": right + 0.05}) for k in range(FOLDS)]
    for drawn in (of_groups(folds, "photo", ROUNDS, 1), of_folds_and_groups(folds, "photo", ROUNDS, 1)):
        assert set(drawn) == {"same", "better"} and drawn["same"].shape == (ROUNDS,)
        assert not drawn["same"].any() and interval(drawn["same"], 0.95) == (0.0, 0.0)
        assert (drawn["better"] > 0).all()


def test_draws_depend_on_the_seed_alone_and_not_on_the_arms_beside() -> None:
    chance = np.random.default_rng(1)
    arms = {name: chance.uniform(0.5, 0.9, GROUPS) for name in ("photo", "a", "b")}
    both, alone = [_fold(1, arms)] * 2, [_fold(1, {k: arms[k] for k in ("photo", "a")})] * 2
    for draw in (of_groups, of_folds_and_groups):
        assert np.array_equal(draw(both, "photo", ROUNDS, 1)["a"], draw(alone, "photo", ROUNDS, 1)["a"])
        assert not np.array_equal(draw(both, "photo", ROUNDS, 1)["a"], draw(both, "photo", ROUNDS, 2)["a"])


def test_folds_that_differ_widen_the_interval_over_folds_alone() -> None:
    right = np.full(GROUPS, 0.7)
    folds = [_fold(1, {"photo": right, "a": right + gain}) for gain in (0.0, 0.02, 0.04, 0.06, 0.08)]
    groups, both = (interval(d(folds, "photo", 2000, 1)["a"], 0.95) for d in (of_groups, of_folds_and_groups))
    assert groups[1] - groups[0] < 0.01 < both[1] - both[0]


def test_photos_of_a_group_are_summed() -> None:
    found: Counts = matrices(labels_of(1, 3), np.array([0.5, 0.6, 0.7]))
    assert np.array_equal(by_group(found, [[0, 2], [1]]), np.stack([found[0] + found[2], found[1]]))


# ---- simulation ------------------------------------------------------------------------------------------------------


def _verdicts(seed: int, gain: float, run_noise: float = 0.01) -> tuple[list[str], tuple[float, float]]:
    """Return the verdicts on five arms of a study drawn at random, and the first one's interval over groups."""
    chance = np.random.default_rng(seed)
    arms = ("photo", *"abcde")
    folds = []
    for _ in range(FOLDS):
        hard = chance.normal(0.7, 0.05, GROUPS)
        right = {
            arm: hard + chance.normal(0, run_noise) + chance.normal(0, 0.02, GROUPS) + gain * (arm != "photo")
            for arm in arms
        }
        folds.append(_fold(int(chance.integers(1 << 30)), {arm: np.clip(r, 0, 1) for arm, r in right.items()}))
    scores = {arm: [float(mious(fold[arm].sum(0))) for fold in folds] for arm in arms}
    tests = {a: t_test([x - y for x, y in zip(scores[a], scores["photo"], strict=True)], 0.95) for a in arms[1:]}
    groups, both = of_groups(folds, "photo", ROUNDS, 1), of_folds_and_groups(folds, "photo", ROUNDS, 1)
    corrected = holm([test.p for test in tests.values()])
    verdicts = [
        verdict_of(tests[a].mean, p, (interval(groups[a], 0.95), interval(both[a], 0.95)), 0.05)
        for a, p in zip(tests, corrected, strict=True)
    ]
    return verdicts, interval(groups["a"], 0.95)


def test_signals_that_do_nothing_rarely_get_a_verdict_and_large_gains_do() -> None:
    studies = [_verdicts(seed, gain=0.0)[0] for seed in range(150)]
    wrong = sum(any(v != NO_DIFFERENCE for v in study) for study in studies)
    assert wrong / len(studies) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / len(studies))
    helped = [v for seed in range(15) for v in _verdicts(seed, gain=0.08)[0]]
    assert helped.count(HELPS) / len(helped) > 0.9


def test_the_interval_over_groups_covers_what_is_true_of_their_folds() -> None:
    covered = [low <= 0 <= high for low, high in (_verdicts(s, 0.0, run_noise=0.0)[1] for s in range(150))]
    share = sum(covered) / len(covered)
    assert 0.95 - 4 * math.sqrt(0.05 * 0.95 / len(covered)) <= share < 1, share


def test_the_t_interval_covers_the_mean_as_often_as_it_says() -> None:
    values = np.random.default_rng(1).normal(0.3, 1, (1000, FOLDS))
    found = [t_test(row, 0.95) for row in values.tolist()]
    share = sum(t.low <= 0.3 <= t.high for t in found) / len(found)
    assert share == pytest.approx(0.95, abs=3 * math.sqrt(0.05 * 0.95 / len(found)))
    assert all((t.p < 0.05) == (not t.low <= 0 <= t.high) for t in found)
