"""Cases of docs/method.md: inputs of its rules, drawn from a seed, with the results that every implementation must
give.
"""

from __future__ import annotations

import dataclasses
import math
import random
from typing import Any

import numpy as np

from benchmark import intervals, method, verdict
from benchmark.looks import seen
from benchmark.method import Turn
from benchmark.verdict import Conditions
from benchmark.yardstick import Reading
from scripts.conformance.arrays import FOLDER

PATH = FOLDER / "method.json"
TOLERANCE = 1e-9  # relative, of every number
_BEST = Reading(integer_ms=0.6, memory_ms=0.7)


def cases() -> dict[str, Any]:
    """Return all cases, by rule."""
    return {
        "about": "docs/method.md says the rules; numbers agree to a relative 1e-9; null: no figure",
        "draws": [{"count": n, "first": intervals.draws(2, n).reshape(-1).tolist()} for n in (1, 2, 7, 32)],
        "percentile": _percentiles(),
        "median_interval": [_median_interval(turns) for turns in _turn_lists()],
        "ratio": _ratios(),
        "miou": _mious(),
        "disturbance": _disturbances(),
        "statistics": [_statistics(turns) for turns in _measured()],
        "seen": _seen(),
        "verdict": _verdicts(),
    }


def _percentiles() -> list[dict[str, Any]]:
    lists = ([3.0], [2.0, 1.0], [5.0, 1.0, 4.0, 2.0, 3.0], [float(v * v % 37) for v in range(64)])
    return [
        {"values": values, "percent": percent, "is": intervals.percentile(values, percent)}
        for values in lists
        for percent in (0, 2.5, 50, 90, 99, 100)
    ]


def _turn_lists() -> list[list[list[float]]]:
    rng = random.Random(1)
    made = [[[2.0, 2.5, 2.25]], [[1.0], [2.0]], [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]]
    for turns, runs in ((5, 1), (12, 3), (40, 7)):
        made.append([[round(rng.lognormvariate(1, 0.1), 4) for _ in range(runs)] for _ in range(turns)])
    made.append([[round(rng.lognormvariate(1, 0.1), 4) for _ in range(rng.randint(1, 9))] for _ in range(15)])
    return made


def _median_interval(turns: list[list[float]]) -> dict[str, Any]:
    return {"turns": turns, "is": _plain(intervals.median_interval(turns))}


def _ratios() -> list[dict[str, Any]]:
    rng = random.Random(2)
    found = []
    for passes, times, pairs in ((2, 1.0, 1), (15, 1.0, 1), (20, 1.1, 1), (20, 1.1, 190), (30, 1.04, 6), (25, 2.0, 3)):
        speed = [rng.choice((1.0, 1.4)) for _ in range(passes)]
        first = [[round(3 * times * s * rng.lognormvariate(0, 0.02), 4) for _ in range(4)] for s in speed]
        second = [[round(3 * s * rng.lognormvariate(0, 0.02), 4) for _ in range(5)] for s in speed]
        for rule in (intervals.ratio, intervals.unpaired_ratio):
            said = rule(first, second, pairs=pairs, allowance=0.03)
            found.append({
                "rule": rule.__name__, "first": first, "second": second, "pairs": pairs, "allowance": 0.03,
                "is": _difference(said),
            })  # fmt: skip
    return found


def _mious() -> list[dict[str, Any]]:
    rng = np.random.default_rng(3)
    found = []
    for photos, classes in ((9, 2), (12, 2), (32, 4)):
        first = rng.integers(0, 50, (photos, classes, classes)) + 200 * np.eye(classes, dtype=np.int64)
        first[:, classes - 1] = 0  # a class that no label holds
        second = first + np.eye(classes, dtype=np.int64) * rng.integers(0, 30, (photos, 1, 1))
        second[:, classes - 1] = 0
        found.append({
            "first": first.tolist(), "second": second.tolist(), "miou": intervals.miou(first.sum(0)),
            "interval": _plain(intervals.miou_interval(first)), "pairs": 3,
            "difference": _difference(intervals.miou_difference(first, second, pairs=3)),
        })  # fmt: skip
    return found


def _quiet(**changes: Any) -> Turn:
    plain: dict[str, Any] = {
        "number": 0, "started_s": 0.0, "before": _BEST, "after": _BEST, "wall_ms": 50.0, "cpu_ms": 49.9,
        "waited_ms": 0.1, "others_ms": 0.0, "stolen_ms": 0.0, "switches": 0, "at_ms": (0.0,), "execute_ms": (50.0,),
    }  # fmt: skip
    return Turn(**{**plain, **changes})


def _disturbances() -> list[dict[str, Any]]:
    slow, far = Reading(integer_ms=0.7, memory_ms=0.7), Reading(integer_ms=0.6, memory_ms=1.2)
    turns = [
        (_quiet(), 1), (_quiet(before=slow), 1), (_quiet(after=slow), 1), (_quiet(before=far), 1),
        (_quiet(after=far), 1), (_quiet(waited_ms=1.5), 1), (_quiet(waited_ms=None), 1), (_quiet(cpu_ms=45.0), 1),
        (_quiet(cpu_ms=45.0), 0), (_quiet(cpu_ms=99.0), 2), (_quiet(cpu_ms=None), 1), (_quiet(others_ms=20.0), 1),
        (_quiet(others_ms=30.0), 1), (_quiet(others_ms=None), 1), (_quiet(stolen_ms=30.0), 1),
        (_quiet(execute_ms=(3.0, 3.1, 3.0, 3.1, 9.0, 3.1, 3.2, 3.1, 3.2)), 1),
        (_quiet(execute_ms=(3.0, 3.1, 3.0, 3.1, 3.4, 3.4, 3.5, 3.4)), 1),
        (_quiet(execute_ms=(3.0, 3.1, 3.0, 3.4, 3.4, 3.5, 3.4)), 1),
        (_quiet(wall_ms=400.0, cpu_ms=400.0, others_ms=50.0), 1),
        (_quiet(wall_ms=400.0, cpu_ms=400.0, others_ms=70.0), 1),
    ]  # fmt: skip
    best = dataclasses.asdict(_BEST)
    return [
        {"turn": dataclasses.asdict(turn), "best": best, "threads": threads,
         "undisturbed": not method.disturbance(turn, _BEST, threads)}
        for turn, threads in turns
    ]  # fmt: skip


def _measured() -> list[list[Turn]]:
    rng = random.Random(4)
    found = []
    for count, runs, share in ((3, 4, 1.0), (20, 4, 0.5), (20, 4, 1.0), (60, 12, 0.7), (14, 1, 1.0)):
        turns = []
        for number in range(count):
            is_fast = rng.random() < share
            speed = 1.0 if is_fast else 1.4
            reading = Reading(integer_ms=round(0.6 * speed, 4), memory_ms=0.7)
            execute_ms = tuple(round(3 * speed * rng.lognormvariate(0, 0.03), 4) for _ in range(runs))
            wall_ms = round(sum(execute_ms), 4)
            turns.append(_quiet(
                number=number, started_s=round(0.1 * number, 4), before=reading, after=reading, execute_ms=execute_ms,
                wall_ms=wall_ms, cpu_ms=wall_ms, waited_ms=0.0, at_ms=(),
            ))  # fmt: skip
        found.append(turns)
    means = [dataclasses.replace(turn, batch=10) for turn in found[3]]
    return [[], *found, means]


def _statistics(turns: list[Turn]) -> dict[str, Any]:
    found = method.statistics_of(turns, _BEST, 1)
    said, reasons = verdict.verdict(found, Conditions(best_known=True))
    return {
        "turns": [dataclasses.asdict(turn) for turn in turns],
        "best": dataclasses.asdict(_BEST),
        "threads": 1,
        "is": dataclasses.asdict(found),
        "is_enough": method.is_enough(turns, _BEST, 1),
        "verdict": said.value,
        "reasons": len(reasons),
    }


def _verdicts() -> list[dict[str, Any]]:
    good = method.statistics_of(_measured()[4], _BEST, 1)
    few = [method.statistics_of(_measured()[3][:turns], _BEST, 1) for turns in (0, 1, 4)]
    changes: list[dict[str, Any]] = [
        {}, {"best_known": False}, {"others_before": 0.2}, {"others_during": 0.2}, {"others_after": 0.2},
        {"others_during": 0.6}, {"stolen": 0.05}, {"stolen": 0.2}, {"swapped_bytes": 1 << 30}, {"frequency": 0.8},
        {"thermal": "serious"}, {"low_power": True}, {"hidden": True}, {"debug_build": True},
        {"debugger": True}, {"simulator": True}, {"test": True}, {"test": True, "debug_build": True, "low_power": True},
        {"accelerator_asked": "gpu"}, {"accelerator_asked": "gpu", "accelerator_obtained": None},
        {"golden": "failed", "golden_reason": "12 % differ"}, {"golden": "not checked", "golden_reason": "none held"},
    ]  # fmt: skip
    cases = [
        *((good, change) for change in [*changes, *_at_limits()]), *((of_few, {}) for of_few in few),
        *((dataclasses.replace(good, **near), {}) for near in _near_limits()),
    ]  # fmt: skip
    found = []
    for statistics, change in cases:
        conditions = Conditions(**{"best_known": True, **change})
        said, reasons = verdict.verdict(statistics, conditions)
        found.append({
            "statistics": dataclasses.asdict(statistics), "conditions": dataclasses.asdict(conditions),
            "is": said.value, "reasons": list(reasons),
        })  # fmt: skip
    return found


def _at_limits() -> list[dict[str, Any]]:
    """Return conditions at each limit of the verdict, which is still good, and just above or below it."""
    found: list[dict[str, Any]] = []
    for name, limits in (
        ("others_before", [verdict.OTHERS_CORES]), ("others_after", [verdict.OTHERS_CORES]),
        ("others_during", [verdict.OTHERS_CORES, verdict.MANY_OTHERS_CORES]),
        ("stolen", [verdict.STOLEN, verdict.MUCH_STOLEN]),
    ):  # fmt: skip
        found += [{name: value} for limit in limits for value in (limit, round(1.02 * limit, 9))]
    found += [{"swapped_bytes": verdict.SWAPPED_BYTES + more} for more in (0, 1)]
    return [*found, {"frequency": verdict.LOW_FREQUENCY}, {"frequency": 0.99 * verdict.LOW_FREQUENCY}]


def _near_limits() -> list[dict[str, Any]]:
    """Return figures of a file at and around the limits of the verdict."""
    drifts = [sign * times * verdict.DRIFT for times in (0.9, 1.0, 1.02, 1.1, 1.5) for sign in (1, -1)]
    aways = [100 * method.HALF_WIDTH - less for less in (0.0, 0.125)]
    few = [method.LEAST_UNDISTURBED - less for less in (0, 1)]
    return [
        *({"drift": round(drift, 9)} for drift in drifts),
        *({"p50_ms": 100.0, "p50_low_ms": 100 - away, "p50_high_ms": 100 + away} for away in aways),
        *({"undisturbed_turns": turns} for turns in few),
        *({"turns": turns, "undisturbed_turns": turns} for turns in (verdict.LEAST_TURNS, verdict.LEAST_TURNS - 1)),
    ]


def _look(**changes: Any) -> dict[str, Any]:
    return {"thermal": "", "low_power": False, "foreground": True, "frequency_share": 0.95, **changes}


def _turn_look(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"battery_c": 31.5, "power": "battery", "thermal": "", "foreground": True}
    return {**plain, "cores": [4, 7], "frequency_share": [0.5, 1.0], **changes}


def _seen() -> list[dict[str, Any]]:
    """Return cases of what the device's states amount to."""
    good, quiet = _look(), _turn_look()
    hot, hotter = _turn_look(thermal="light"), _turn_look(thermal="severe")
    blind = _turn_look(thermal=None, foreground=None, cores=None, frequency_share=None)
    looks: list[tuple[Any, list[Any], Any]] = [
        (good, [], good), (None, [], None), (None, [quiet], None), (good, [quiet, quiet], good),
        (good, [quiet, _turn_look(foreground=False), quiet], good), (good, [blind], good), (None, [blind], good),
        (_look(foreground=False), [quiet], None), (good, [], _look(foreground=False)),
        (good, [hot, hotter, quiet], good), (good, [hotter, hot], None), (_look(thermal="fair"), [hot], good),
        (_look(thermal="fair"), [quiet, blind], good), (good, [hot], _look(thermal="serious")),
        (_look(frequency_share=0.8), [quiet], good), (_look(frequency_share=None), [quiet], None),
        (_look(low_power=True), [quiet], good), (good, [quiet], _look(low_power=None)),
        (good, [quiet], _look(low_power=True)), (None, [], _look(low_power=True)),
    ]  # fmt: skip
    return [
        {"start": start, "turns": turns, "end": end, "is": dataclasses.asdict(seen(start, turns, end))}
        for start, turns, end in looks
    ]


def _difference(said: intervals.Difference) -> dict[str, Any]:
    return {"value": said.value, "low": _number(said.low), "high": _number(said.high), "shown": said.shown}


def _plain(pair: tuple[float, float]) -> list[float | None]:
    return [_number(value) for value in pair]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
