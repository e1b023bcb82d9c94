"""What is shown of two measured files: paired by photo and by pass, in one setting, and a front that stands on it."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from _ranks import BEFORE, BROKEN, INVALID, UNSTABLE, measured, three
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark import intervals
from benchmark import ranks as module
from benchmark.method import LEAST_UNDISTURBED, PROCESS_ALLOWANCE
from benchmark.ranks import (
    Comparison,
    Outcome,
    Ranks,
    alike,
    compare_across_runs,
    compare_latency,
    compare_miou,
    compare_size,
    front,
    ranks,
    turned,
)
from benchmark.rows import row_of
from benchmark.samples import sample, system
from pocketseg.core.types import BenchmarkRow

BETTER, WORSE, NOT_SHOWN = Outcome
OTHER_RUN = "f" * 32


def latency(first: BenchmarkRow, second: BenchmarkRow, pairs: int = 1) -> Comparison:
    return compare_latency(sample(first), sample(second), pairs=pairs)


def miou(first: BenchmarkRow, second: BenchmarkRow, pairs: int = 1) -> Comparison:
    return compare_miou(sample(first), sample(second), pairs=pairs)


def of_run(run: str, row: BenchmarkRow, **changes: Any) -> BenchmarkRow:
    """Return a row whose record is of another run, with entries of its tables changed."""
    assert row.document is not None
    document = {**row.document, "run": {**row.document["run"], "id": run}}
    for name, value in changes.items():
        document[name] = {**document[name], **value} if isinstance(value, dict) else value
    return row_of(document)


# ---- two files -------------------------------------------------------------------------------------------------------


def test_a_file_against_itself_shows_no_difference() -> None:
    row = measured()
    for found in (miou(row, row), latency(row, row)):
        assert found.outcome is NOT_SHOWN and found.difference is not None and found.why == ""
    assert miou(row, row).difference == intervals.Difference(value=0.0, low=0.0, high=0.0, none=0.0)


def test_what_is_slower_or_misses_more_is_shown_to_be_worse() -> None:
    good, slow, poor = measured(), measured(p50_ms=4.6, place=1), measured(wrong=0.2, place=2)
    assert latency(slow, good).outcome is WORSE and latency(good, slow).outcome is BETTER
    assert miou(poor, good).outcome is WORSE and miou(good, poor).outcome is BETTER
    assert latency(slow, good).difference is not None
    assert 1.1 < latency(slow, good).difference.value < 1.2  # type: ignore[union-attr]
    assert module.latency(slow, good, pairs=1) == latency(slow, good).difference


def test_a_difference_within_what_two_processes_differ_by_is_not_shown() -> None:
    assert latency(measured(), measured(p50_ms=4.0 * (1 + PROCESS_ALLOWANCE / 3), place=1)).outcome is NOT_SHOWN


def test_intervals_are_those_of_the_written_method() -> None:
    a, b = sample(measured()), sample(measured(p50_ms=4.4, wrong=0.12, place=1))
    for pairs in (1, 10):
        by_photo = intervals.miou_difference(a.confusions, b.confusions, pairs=pairs)
        found = compare_miou(a, b, pairs=pairs).difference
        assert found is not None and (found.low, found.high) == pytest.approx((by_photo.low, by_photo.high))
        assert a.document is not None and b.document is not None
        turns = [[turn["execute_ms"] for turn in s.document["turns"]] for s in (a, b)]  # type: ignore[index]
        by_pass = intervals.ratio(*turns, pairs=pairs, allowance=PROCESS_ALLOWANCE)
        found = compare_latency(a, b, pairs=pairs).difference
        assert found is not None
        assert (found.value, found.low, found.high) == pytest.approx((by_pass.value, by_pass.low, by_pass.high))
        apart = intervals.unpaired_ratio(*turns, pairs=pairs, allowance=PROCESS_ALLOWANCE)
        elsewhere = sample(of_run(OTHER_RUN, measured(p50_ms=4.4, wrong=0.12, place=1)))
        found = compare_latency(a, elsewhere, pairs=pairs).difference
        assert found is not None
        assert (found.value, found.low, found.high) == pytest.approx((apart.value, apart.low, apart.high))


def test_an_odd_number_of_passes_is_resampled_as_the_method_says() -> None:
    a, b = (measured(p50_ms=ms, place=at, turns=21) for at, ms in enumerate((4.0, 4.4)))
    turns = [[turn["execute_ms"] for turn in row.document["turns"]] for row in (a, b)]  # type: ignore[index]
    wanted = intervals.ratio(*turns, pairs=3, allowance=PROCESS_ALLOWANCE)
    found = latency(a, b, 3).difference
    assert found is not None and (found.low, found.high) == pytest.approx((wanted.low, wanted.high))


def test_photos_are_matched_by_their_bytes_whatever_their_order() -> None:
    first, second = measured(), measured(wrong=0.12, place=1)
    assert second.document is not None
    quality = second.document["quality"]
    mixed = of_run(second.document["run"]["id"], second, quality={"photos": quality["photos"][::-1]})
    assert miou(first, mixed) == miou(first, second)
    other = of_run(second.document["run"]["id"], second, quality={"photos": quality["photos"][1:]})
    assert miou(first, other).difference is None and "other photos" in miou(first, other).why
    mended = [{**quality["photos"][0], "label_sha256": "e" * 64}, *quality["photos"][1:]]
    assert miou(first, of_run("a" * 32, second, quality={"photos": mended})).difference is None


@pytest.mark.parametrize("of_the_run", [{}, {"id": OTHER_RUN}, {"group": 1}])
def test_files_are_paired_by_pass_only_where_they_took_turns_with_one_another(of_the_run: dict[str, Any]) -> None:
    """Each pass is as slow as it will for both: what is 10 % slower is shown only pass by pass."""
    first, second = measured(), measured(p50_ms=4.4, place=1)
    documents = []
    for row in (first, second):
        assert row.document is not None
        turns = [
            {**turn, "execute_ms": [ms * (1 + turn["number"] % 5) for ms in turn["execute_ms"]]}
            for turn in row.document["turns"]
        ]
        documents.append({**row.document, "turns": turns})
    documents[1]["run"] = {**documents[1]["run"], **of_the_run}
    outcome = latency(*map(row_of, documents)).outcome
    assert outcome is (NOT_SHOWN if of_the_run else BETTER)


def test_disturbed_passes_are_left_out_while_ten_others_remain() -> None:
    good = measured()
    assert good.document is not None

    def disturbed(count: int) -> BenchmarkRow:
        document = measured(place=1).document
        assert document is not None
        slow, quiet = document["turns"][:count], document["turns"][count:]
        turns = [
            {**turn, "waited_ms": turn["wall_ms"], "execute_ms": [3 * ms for ms in turn["execute_ms"]]} for turn in slow
        ]
        return row_of({**document, "turns": [*turns, *quiet]})

    assert latency(good, disturbed(10)).outcome is NOT_SHOWN
    assert latency(good, disturbed(11)).outcome is BETTER, "fewer than ten are left, so all count"
    unknown = of_run(good.document["run"]["id"], disturbed(10), yardstick={"best": None})
    assert sample(unknown).undisturbed == frozenset()


@pytest.mark.parametrize(("changes", "says"), [
    ({"device": {"cpu": "B"}}, "differ in device (cpu)"),
    ({"device": {"cpu_features": ["sse2"]}}, "differ in device (cpu features)"),
    ({"device": {"matrix_tiles": "used"}}, "differ in device (matrix tiles)"),
    ({"device": {"os": "Darwin 24"}}, "differ in device (system)"),
    ({"kind": "emulated"}, "differ in kind"),
    ({"runtime": {"threads": 2}}, "differ in threads"),
    ({"runtime": {"version": "2.4.0"}}, "differ in runtime"),
    ({"program": {"build_type": "debug"}}, "differ in build type"),
])  # fmt: skip
def test_times_of_two_runs_compare_only_in_one_setting(changes: dict[str, Any], says: str) -> None:
    other = of_run(OTHER_RUN, measured(p50_ms=40.0, place=1), **changes)
    found = latency(measured(), other)
    assert found.outcome is NOT_SHOWN and found.difference is None and says in found.why
    assert miou(measured(), other).difference is not None, "scores do not hang on where they are taken"


def test_across_runs_a_newer_system_or_runtime_is_no_other_device() -> None:
    newer = of_run(OTHER_RUN, measured(p50_ms=8.0), device={"os": "Linux-7.0-x86_64"}, runtime={"version": "9"})
    assert compare_across_runs(sample(newer), sample(measured()), pairs=1).outcome is WORSE
    assert system("Linux-6.1") == system("Linux 5") == "Linux" and system(None) == ""


def disturbed_but(quiet: int, row: BenchmarkRow) -> BenchmarkRow:
    """Return a row all of whose turns but some were disturbed, so that it is UNSTABLE."""
    assert row.document is not None
    turns = [
        turn if turn["number"] < quiet else {**turn, "waited_ms": turn["wall_ms"]} for turn in row.document["turns"]
    ]
    return row_of({**row.document, "turns": turns, **UNSTABLE})


def test_times_of_two_runs_compare_only_where_both_are_known_to_be_of_the_best_speed() -> None:
    good, slow = measured(), measured(p50_ms=8.0, place=1)
    enough, few = (disturbed_but(quiet, slow) for quiet in (LEAST_UNDISTURBED, LEAST_UNDISTURBED - 1))
    unknown = row_of({**disturbed_but(20, slow).document, "yardstick": {"version": "python-1", "best": None}})  # type: ignore[dict-item]
    assert latency(good, of_run(OTHER_RUN, slow)).outcome is BETTER
    assert latency(good, of_run(OTHER_RUN, enough)).outcome is BETTER
    for row in (few, unknown):
        elsewhere = of_run(OTHER_RUN, row)
        assert latency(good, row).outcome is BETTER, "in one run they took turns"
        for two in ((good, elsewhere), (elsewhere, good), (elsewhere, of_run("e" * 32, row))):
            for compare in (compare_latency, compare_across_runs):
                found = compare(*map(sample, two), pairs=1)
                assert found.outcome is NOT_SHOWN and found.difference is None
                assert found.why == "the computer's speed at that time is not known"
    rows = [good, of_run(OTHER_RUN, few)]
    assert front(ranks(rows)) == [0, 1] and front(ranks([good, few])) == [0]


@pytest.mark.parametrize(("changes", "of_miou", "of_latency"), [
    (INVALID, BETTER, NOT_SHOWN), (BROKEN, NOT_SHOWN, NOT_SHOWN), ({"quality": None}, NOT_SHOWN, BETTER),
    ({"turns": 0}, BETTER, NOT_SHOWN),
])  # fmt: skip
def test_what_may_be_of_something_else_shows_nothing(changes: Any, of_miou: Outcome, of_latency: Outcome) -> None:
    other = measured(p50_ms=8.0, wrong=0.3, place=1, **changes)
    there, back = ((miou(*two), latency(*two)) for two in ((measured(), other), (other, measured())))
    assert [found.outcome for found in there] == [of_miou, of_latency]
    assert [found.outcome for found in back] == [{BETTER: WORSE}.get(one, one) for one in (of_miou, of_latency)]
    assert all(found.why for found in (*there, *back) if found.outcome is NOT_SHOWN)


def test_rows_of_before_show_nothing_and_sizes_are_exact() -> None:
    before = dataclasses.replace(measured(p50_ms=40.0), **BEFORE)
    assert "before records were kept" in latency(before, measured()).why == miou(before, measured()).why
    assert compare_size(3, 2).outcome is WORSE and compare_size(2, 3).outcome is BETTER
    assert compare_size(2, 2).outcome is NOT_SHOWN and compare_size(None, 2).difference is None


def test_few_samples_claim_nothing() -> None:
    first, second = measured(turns=1), measured(p50_ms=9.0, place=1, turns=1)
    found = latency(first, second)
    assert found.outcome is NOT_SHOWN and found.difference is not None and found.difference.value < 1
    assert "too few" in found.why
    assert "too few" in latency(first, of_run(OTHER_RUN, second)).why
    nothing = measured(turns=3, place=1)
    assert nothing.document is not None
    zeros = [{**turn, "execute_ms": [0.0] * 8} for turn in nothing.document["turns"]]
    assert "not timed" in latency(first, row_of({**nothing.document, "turns": zeros})).why


# ---- all pairs -------------------------------------------------------------------------------------------------------


def test_more_pairs_want_more() -> None:
    first, second = measured(), measured(wrong=0.11, place=1)
    widths = [
        found.high - found.low for pairs in (1, 10, 435) if (found := miou(first, second, pairs).difference) is not None
    ]
    assert widths == sorted(widths) and widths[0] < widths[-1]


def test_every_pair_is_there_both_ways() -> None:
    found = ranks(three())
    assert found.files == 3 and len(found.miou) == len(found.cost) == 6
    for (a, b), one in found.cost.items():
        assert turned(one).outcome is found.cost[b, a].outcome
    assert found.cost[1, 0].outcome is BETTER and found.cost[2, 0].outcome is NOT_SHOWN


def test_an_identical_file_changes_what_is_shown_only_through_the_number_of_pairs() -> None:
    rows = three()
    few, more = ranks(rows), ranks([*rows, rows[0]])
    for axis in ("miou", "cost"):
        for key, one in getattr(few, axis).items():
            other = getattr(more, axis)[key]
            assert other.difference.value == one.difference.value
            assert other.outcome in (one.outcome, NOT_SHOWN)
            assert getattr(more, axis)[0, 3].outcome is NOT_SHOWN
    assert {0, 3} <= set(front(more)) or not {0, 3} & set(front(more))


def test_a_file_leaves_the_front_only_for_one_that_is_shown_better_and_not_shown_worse() -> None:
    assert front(ranks(three())) == [1], "both others are shown slower, and no score is shown to differ"
    apart = [measured("fp32", p50_ms=8.0), measured("w8a8", p50_ms=4.0, wrong=0.2, place=1)]
    assert front(ranks(apart)) == [0, 1], "each is shown better on one axis"
    same = [measured(place=place) for place in range(3)]
    assert front(ranks(same)) == [0, 1, 2], "nothing is shown"
    sizes = [measured(size_bytes=5), measured(place=1, size_bytes=4), measured(place=2, size_bytes=4, wrong=0.3)]
    assert front(ranks(sizes, "size_bytes")) == [1]


def test_what_cannot_be_compared_on_both_axes_drives_no_file_off_the_front() -> None:
    invalid = [measured(p50_ms=50.0, **INVALID), measured(p50_ms=3.0, wrong=0.3, place=1, **INVALID)]
    found = ranks(invalid)
    assert found.miou[0, 1].outcome is BETTER and front(found) == [0, 1]
    unscored = [measured(quality=None), measured(p50_ms=8.0, place=1)]
    assert front(ranks(unscored)) == [0, 1]


def test_a_file_whose_output_is_not_what_it_was_is_on_no_front() -> None:
    rows = [measured(), measured(p50_ms=1.0, place=1, **BROKEN)]
    assert ranks(rows).broken == {1} and front(ranks(rows)) == [0] == front(ranks(rows, "size_bytes"))
    assert front(ranks(rows[1:])) == []


def made_up(files: int, better: dict[str, set[tuple[int, int]]]) -> Ranks:
    def axis(pairs: set[tuple[int, int]]) -> dict[tuple[int, int], Comparison]:
        outcomes = dict.fromkeys(itertools.permutations(range(files), 2), NOT_SHOWN)
        outcomes |= dict.fromkeys(pairs, BETTER) | {(b, a): WORSE for a, b in pairs}
        some = intervals.Difference(value=1.0, low=0.9, high=1.1, none=1.0)
        return {pair: Comparison(outcome=outcome, difference=some) for pair, outcome in outcomes.items()}

    return Ranks(files=files, miou=axis(better.get("miou", set())), cost=axis(better.get("cost", set())))


def test_where_each_would_have_to_leave_for_another_none_does() -> None:
    assert front(made_up(3, {"cost": {(0, 1), (1, 2), (2, 0)}})) == [0, 1, 2]
    assert front(made_up(3, {"cost": {(0, 1), (1, 2)}})) == [0]
    assert front(made_up(0, {})) == []


@st.composite
def _ranks(draw: st.DrawFn) -> Ranks:
    files = draw(st.integers(1, 6))
    better = {}
    for axis in ("miou", "cost"):
        pairs = set()
        for a, b in itertools.combinations(range(files), 2):
            winner = draw(st.sampled_from((None, (a, b), (b, a))))
            pairs |= {winner} if winner else set()
        better[axis] = pairs
    return made_up(files, better)


@given(_ranks())
def test_a_front_is_never_empty_and_what_left_it_is_beaten(found: Ranks) -> None:
    stays = front(found)
    assert stays and stays == sorted(set(stays))
    for place in set(range(found.files)) - set(stays):
        assert any(
            BETTER in (outcomes := {found.miou[other, place].outcome, found.cost[other, place].outcome})
            and WORSE not in outcomes
            for other in range(found.files) if other != place
        )  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(2, 6), st.floats(0.05, 0.3)), min_size=2, max_size=2, unique=True), st.booleans())
def test_better_one_way_is_worse_the_other_way(files: list[tuple[float, float]], one_run: bool) -> None:
    rows = [measured(p50_ms=ms, wrong=wrong, place=at) for at, (ms, wrong) in enumerate(files)]
    if not one_run:
        rows[1] = of_run(OTHER_RUN, rows[1])
    for compare in (latency, miou):
        there, back = compare(rows[0], rows[1]), compare(rows[1], rows[0])
        assert turned(there).outcome is back.outcome
        ahead, behind = turned(there).difference, back.difference
        assert ahead is not None and behind is not None
        assert (ahead.value, ahead.low, ahead.high) == pytest.approx((behind.value, behind.low, behind.high))


def test_neighbours_that_show_no_difference_stand_together() -> None:
    found = made_up(5, {"cost": {(1, 2)}})
    assert alike([0, 1, 2, 3, 4], found.cost) == [[0, 1], [2, 3, 4]]
    assert alike([0, 2, 1, 3], found.cost) == [[0, 2], [1, 3]] and alike([1, 2], found.cost) == [] == alike([0], {})


def test_medians_of_disturbed_and_other_turns_are_those_of_numpy() -> None:
    row = measured()
    assert row.document is not None
    first = row.document["turns"][0]
    assert sample(row).passes[first["number"]] == pytest.approx(np.log(np.median(first["execute_ms"])))
    assert np.exp(sample(row).log_median) == pytest.approx(row.p50_ms)
