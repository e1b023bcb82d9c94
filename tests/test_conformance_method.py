"""The method's cases, reached by a second implementation in plain Python: what Kotlin, Swift and TypeScript must do."""

from __future__ import annotations

import json
import math
from pathlib import Path
from statistics import NormalDist, fmean, median, stdev
from typing import Any

import pytest

from benchmark import intervals, method, verdict
from benchmark.timing import Effort
from scripts.conformance.method import PATH, TOLERANCE, cases

CASES: dict[str, Any] = json.loads(Path(PATH).read_text(encoding="utf-8"))
ROUNDS = 1000


def near(found: Any, wanted: Any) -> bool:
    """Compare numbers to the tolerance that the cases state, all else exactly."""
    if isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(near(found[k], wanted[k]) for k in wanted)
    if isinstance(wanted, list | tuple):
        return len(found) == len(wanted) and all(near(a, b) for a, b in zip(found, wanted, strict=True))
    if isinstance(wanted, float) and isinstance(found, int | float):
        return math.isclose(found, wanted, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(found == wanted)


def draw(place: int, count: int) -> int:
    x = (place * 0x9E3779B9 + 1) % 2**32
    x = (x ^ (x >> 16)) * 0x85EBCA6B % 2**32
    x = (x ^ (x >> 13)) * 0xC2B2AE35 % 2**32
    return ((x ^ (x >> 16)) * count) >> 32


def percentile(values: list[float], percent: float) -> float:
    ordered = sorted(values)
    at = percent / 100 * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


def medians_drawn(turns: list[list[float]]) -> list[float]:
    n = len(turns)
    return [median([ms for k in range(n) for ms in turns[draw(round_ * n + k, n)]]) for round_ in range(ROUNDS)]


def median_interval(turns: list[list[float]]) -> list[float | None]:
    if len(turns) < 2:
        return [None, None]
    drawn = medians_drawn(turns)
    return [percentile(drawn, 2.5), percentile(drawn, 97.5)]


def z(pairs: int) -> float:
    return NormalDist().inv_cdf(1 - 0.05 / pairs / 2)


def ratio_interval(value: float, spread: float, case: dict[str, Any]) -> dict[str, Any]:
    reach = z(case["pairs"]) * spread + math.log(1 + case["allowance"])
    low, high = math.exp(value - reach), math.exp(value + reach)
    return {"value": math.exp(value), "low": low, "high": high, "shown": low > 1 or high < 1}


def ratio(case: dict[str, Any]) -> dict[str, Any]:
    logs = [math.log(median(a) / median(b)) for a, b in zip(case["first"], case["second"], strict=True)]
    n = len(logs)
    drawn = [median(logs[draw(r * n + k, n)] for k in range(n)) for r in range(ROUNDS)]
    return ratio_interval(median(logs), stdev(drawn), case)


def unpaired_ratio(case: dict[str, Any]) -> dict[str, Any]:
    whole = [median([ms for turn in case[name] for ms in turn]) for name in ("first", "second")]
    spread = math.hypot(*(stdev(map(math.log, medians_drawn(case[name]))) for name in ("first", "second")))
    return ratio_interval(math.log(whole[0] / whole[1]), spread, case)


def miou(photos: list[list[list[int]]]) -> float:
    classes = range(len(photos[0]))
    total = [[sum(photo[i][j] for photo in photos) for j in classes] for i in classes]
    each = [
        total[k][k] / max(1, sum(total[k]) + sum(total[i][k] for i in classes) - total[k][k])
        for k in classes
        if sum(total[k]) > 0
    ]
    return sum(each) / max(1, len(each))


def mious_drawn(photos: list[list[list[int]]]) -> list[float]:
    n = len(photos)
    return [miou([photos[draw(r * n + k, n)] for k in range(n)]) for r in range(ROUNDS)]


def undisturbed(turn: dict[str, Any], best: dict[str, float], threads: int) -> bool:
    for reading in (turn["before"], turn["after"]):
        if reading["integer_ms"] > method.NEAR_INTEGER * best["integer_ms"]:
            return False
        if reading["memory_ms"] > method.NEAR_MEMORY * best["memory_ms"]:
            return False
    wall_ms, much_ms = turn["wall_ms"], max(20.0, 0.15 * turn["wall_ms"])
    waited, cpu, others, stolen = (turn[name] for name in ("waited_ms", "cpu_ms", "others_ms", "stolen_ms"))
    return not (
        (waited is not None and waited > 0.02 * wall_ms)
        or (threads == 1 and cpu is not None and wall_ms - cpu > 0.05 * wall_ms)
        or (others is not None and others > much_ms)
        or (stolen is not None and stolen > much_ms)
        or not steady(turn["execute_ms"])
    )


def steady(runs: list[float]) -> bool:
    half = len(runs) // 2
    if len(runs) < 8:
        return True
    halves = sorted((median(runs[:half]), median(runs[-half:])))
    return halves[1] <= 1.05 * halves[0]


def statistics_of(turns: list[dict[str, Any]], best: dict[str, float], threads: int) -> dict[str, Any]:
    kept = [turn for turn in turns if undisturbed(turn, best, threads)]
    counted = kept if len(kept) >= 12 else turns
    runs = [ms for turn in counted for ms in turn["execute_ms"]]
    alls = [ms for turn in turns for ms in turn["execute_ms"]]
    found: dict[str, Any] = dict.fromkeys(
        ("p50_ms", "p50_low_ms", "p50_high_ms", "p50_all_ms", "p90_ms", "p99_ms", "cv", "drift")
    )
    found |= {"runs": len(alls), "turns": len(turns), "undisturbed_turns": len(kept)}
    if not runs:
        return found
    low, high = median_interval([turn["execute_ms"] for turn in counted])
    p50 = median(runs)
    found |= {"p50_ms": p50, "p50_all_ms": median(alls)}
    if low is not None and high is not None:
        below, above = ((math.log(ratio_) ** 2 + 0.025**2) ** 0.5 for ratio_ in (p50 / low, high / p50))
        found |= {"p50_low_ms": p50 * math.exp(-below), "p50_high_ms": p50 * math.exp(above)}
    if any(turn["batch"] > 1 for turn in turns):
        runs = []
    found |= {"p90_ms": percentile(runs, 90) if len(runs) >= 64 else None}
    found |= {"p99_ms": percentile(runs, 99) if len(runs) >= 662 else None}
    found["cv"] = stdev(runs) / fmean(runs) if len(runs) > 1 else None
    half = len(counted) // 2
    medians = [median(turn["execute_ms"]) for turn in counted]
    found["drift"] = median(medians[-half:]) / median(medians[:half]) - 1 if len(counted) >= 4 else None
    return found


def test_the_cases_are_what_the_rules_give() -> None:
    assert near(json.loads(json.dumps(cases())), CASES), "run python -m scripts.conformance"


def test_drawing_is_the_documented_hash() -> None:
    for case in CASES["draws"]:
        count = case["count"]
        assert [draw(k, count) for k in range(2 * count)] == case["first"]
        assert set(case["first"]) <= set(range(count))
    many = [draw(k, 10) for k in range(100_000)]
    assert all(abs(many.count(thing) - 10_000) < 400 for thing in range(10))


def test_percentiles_are_linear_between_neighbours() -> None:
    assert all(near(percentile(c["values"], c["percent"]), c["is"]) for c in CASES["percentile"])


def test_intervals_of_the_median_are_reached() -> None:
    assert all(near(median_interval(case["turns"]), case["is"]) for case in CASES["median_interval"])
    assert sum(case["is"][0] is None for case in CASES["median_interval"]) == 1


@pytest.mark.parametrize("rule", [ratio, unpaired_ratio])
def test_ratios_are_reached(rule: Any) -> None:
    own = [case for case in CASES["ratio"] if case["rule"] == rule.__name__]
    assert all(near(rule(case), case["is"]) for case in own)
    assert {case["is"]["shown"] for case in own} == {True, False}


def test_scores_are_reached() -> None:
    for case in CASES["miou"]:
        assert near(miou(case["first"]), case["miou"])
        if len(case["first"]) < 10:
            assert case["interval"] == [None, None] and case["difference"]["low"] is None
            continue
        first, second = mious_drawn(case["first"]), mious_drawn(case["second"])
        assert near([percentile(first, 2.5), percentile(first, 97.5)], case["interval"])
        value = miou(case["first"]) - miou(case["second"])
        reach = z(case["pairs"]) * stdev(a - b for a, b in zip(first, second, strict=True))
        wanted = case["difference"]
        assert near([value, value - reach, value + reach], [wanted["value"], wanted["low"], wanted["high"]])


def test_disturbed_turns_are_told() -> None:
    for case in CASES["disturbance"]:
        assert undisturbed(case["turn"], case["best"], case["threads"]) == case["undisturbed"]
    assert [case["undisturbed"] for case in CASES["disturbance"]].count(True) == 10


def test_statistics_are_reached() -> None:
    for case in CASES["statistics"]:
        found = statistics_of(case["turns"], case["best"], case["threads"])
        assert near(found, case["is"])
        narrow = found["p50_low_ms"] is not None and (
            (found["p50_high_ms"] - found["p50_low_ms"]) / 2 / found["p50_ms"] < 0.03
        )
        assert case["is_enough"] == (found["undisturbed_turns"] >= 12 and narrow)
    assert {case["verdict"] for case in CASES["statistics"]} == {"VALID", "UNSTABLE", "INVALID"}


def test_what_was_seen_of_the_device_is_summed_up() -> None:
    for case in CASES["seen"]:
        states = [state for state in (case["start"], case["end"]) if state is not None]
        ordered = [look for look in (case["start"], *case["turns"], case["end"]) if look is not None]
        words = [look["thermal"] for look in ordered if look["thermal"] not in (None, "")]
        shares = sorted(state["frequency_share"] for state in states if state["frequency_share"] is not None)
        assert case["is"] == {
            "frequency": shares[0] if shares else None,
            "thermal": words[-1] if words else None,
            "low_power": True in [state["low_power"] for state in states],
            "hidden": False in [look["foreground"] for look in ordered],
        }
    assert {case["is"]["hidden"] for case in CASES["seen"]} == {True, False}


def test_a_test_is_the_first_reason_against_a_measurement() -> None:
    said = [case for case in CASES["verdict"] if case["conditions"]["test"]]
    assert said and all(case["is"] == "INVALID" and "ran in a test" in case["reasons"][0] for case in said)


def test_a_verdict_but_valid_has_a_reason_and_valid_has_none() -> None:
    said = [(case["is"], case["reasons"]) for case in CASES["verdict"]]
    assert said[0] == ("VALID", [])
    assert all((verdict == "VALID") == (not reasons) for verdict, reasons in said)
    assert {verdict for verdict, _ in said} == {"VALID", "UNSTABLE", "INVALID"}


@pytest.mark.documents
def test_the_method_is_described_with_the_numbers_that_it_has() -> None:
    text = " ".join((PATH.parents[2] / "docs" / "method.md").read_text(encoding="utf-8").split())
    effort = Effort(least_wall_s=15, ceiling_s=60)
    for said in (
        f"at most {method.NEAR_INTEGER:g} times the best known",
        f"both memory readings at most {method.NEAR_MEMORY:g} times",
        f"waited for a processor for at most {method.WAITED_SHARE:.0%}".replace("%", " %"),
        f"at most {method.ASLEEP_SHARE:.0%} of the wall time".replace("%", " %"),
        f"the larger of {method.OTHERS_MS:.0f} ms and {method.OTHERS_SHARE:.0%}".replace("%", " %"),
        f"halves differ by at most {method.STEADY:.0%}".replace("%", " %").replace("halves", "half"),
        f"fewer than {method.LEAST_UNDISTURBED}, over those of all turns",
        f"root of its square plus {method.RUN_ALLOWANCE:g} squared",
        f"log(1 + {method.PROCESS_ALLOWANCE:g})",
        f"{effort.passes} passes are planned",
        f"at least {effort.least_runs} runs and {effort.least_s:g} s a file, at most {effort.most_s:g} s",
        f"**p90** wants {intervals.LEAST_RUNS_P90} runs, **p99** {intervals.LEAST_RUNS_P99}",
        f"fewer than {verdict.LEAST_TURNS} turns |",
        f"a drift above {verdict.DRIFT:.0%}".replace("%", " %"),
        f"more than {verdict.MANY_OTHERS_CORES:g} cores busy",
        f"more than {verdict.OTHERS_CORES:g} cores before",
        f"more than {verdict.MUCH_STOLEN:.0%} of the time".replace("%", " %"),
        f"more than {verdict.STOLEN:.0%} |".replace("%", " %"),
        f"below {verdict.LOW_FREQUENCY:.0%} of the highest".replace("%", " %"),
    ):
        assert said in text, said
