"""Whether validation still rose at the end of a run is told from its noise, and across input sizes."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.u2net_or_topformer.rise import rise


def log(scores: list[float], sizes: list[int]) -> list[dict[str, float]]:
    return [
        {"epoch": n, "height_px": size, "width_px": size, "val_miou": score}
        for n, (score, size) in enumerate(zip(scores, sizes, strict=True), start=1)
    ]


def test_the_slope_is_that_of_least_squares_over_the_last_quarter() -> None:
    scores = [*np.linspace(0, 0.5, 12), 0.50, 0.51, 0.50, 0.53]
    found = rise(log(scores, [96] * 16))
    wanted = np.polyfit(range(4), scores[-4:], 1)[0]
    assert found is not None and found.epochs == 4 and found.slope == pytest.approx(wanted)
    assert found.low < 0 < found.high and "no trend shown" in found.said


@pytest.mark.parametrize(("step", "words"), [(0.01, "still rose"), (-0.01, "fell"), (0.0, "no trend shown")])
def test_a_trend_is_told_from_noise(step: float, words: str) -> None:
    noise = np.random.default_rng(1).normal(0, 0.002, 40)
    found = rise(log([0.5 + step * n + noise[n] for n in range(40)], [96] * 40))
    assert found is not None and found.said.startswith(words)


def test_a_larger_input_is_no_rise() -> None:
    scores = [0.5, 0.501, 0.499, 0.5, 0.5, 0.6, 0.601, 0.599, 0.6, 0.6]
    found = rise(log([0.1] * 30 + scores, [96] * 35 + [192] * 5))
    assert found is not None and found.epochs == 10 and abs(found.slope) < 1e-3 and found.low < 0 < found.high


@pytest.mark.parametrize("count", [1, 4, 8])
def test_few_epochs_say_nothing(count: int) -> None:
    assert rise(log([0.1 * n for n in range(count)], [96] * count)) is None
    assert rise(log([0.1, 0.2, 0.3, 0.4] * 3, [96] * 10 + [128, 192])) is None


def test_without_a_trend_the_interval_holds_zero_as_often_as_it_says() -> None:
    chance, held = np.random.default_rng(7), 0
    for _ in range(1000):
        found = rise(log(list(chance.normal(0.5, 0.01, 20)), [96] * 18 + [128] * 2))
        assert found is not None
        held += found.low <= 0 <= found.high
    assert 0.93 <= held / 1000 <= 0.97
