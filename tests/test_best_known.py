"""The best known speed of this computer: what bursts agree on, kept, reached, lowered, expired; damage is unknown."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmark import best, bursts
from benchmark.best import EXPIRES, Best, find, known, reached
from benchmark.bursts import LEAST, MOST, READINGS, Burst, agreed, take, take_until_agreed
from benchmark.yardstick import Reading
from pocketseg.core.cache import Cache
from pocketseg.core.errors import RuntimeFailedError

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
FAST, SLOW = (0.605, 0.73), (0.85, 0.95)


def burst(*least: tuple[float, float], others_cores: float | None = 0.0, stolen: float | None = 0.0) -> Burst:
    """Return a burst that met these pairs of integer and memory times at its quickest."""
    pairs = [(integer * slower, memory * slower) for integer, memory in least for slower in (1.0, 1.05, 1.4)]
    readings = tuple(Reading(integer_ms=integer, memory_ms=memory) for integer, memory in pairs)
    return Burst(readings=readings, others_cores=others_cores, stolen=stolen)


def series(given: Sequence[Burst]) -> Callable[[], Burst]:
    """Return what takes these bursts, one after the other, and the last again and again."""
    waiting = list(given)
    return lambda: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def readings(integer_ms: float, memory_ms: float, count: int) -> list[Reading]:
    return [Reading(integer_ms=integer_ms, memory_ms=memory_ms)] * count


def put(cache: Cache, integer_ms: float = 0.6, memory_ms: float = 0.7, at: datetime = NOW) -> None:
    """Keep a best known that was reached at a time."""
    reading = Reading(integer_ms=integer_ms, memory_ms=memory_ms)
    best._write(best._file(cache), Best(reading=reading, reached_at=best._text(at)))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


# ---- bursts ----------------------------------------------------------------------------------------------------------


def test_the_best_is_the_fast_states_however_few_bursts_met_it() -> None:
    found = agreed([burst(SLOW)] * 8 + [burst(FAST), burst((0.607, 0.735), SLOW)])
    assert found == Reading(integer_ms=0.607, memory_ms=0.735), "the second-quickest burst's, as two agree on it"


def test_one_quick_burst_that_no_other_agrees_with_leaves_it_unknown() -> None:
    assert agreed([burst(SLOW)] * 9 + [burst(FAST)]) is None
    assert agreed([burst(FAST)] * 9 + [burst((0.605, 0.5))]) is None, "memory too"


def test_one_burst_that_was_a_little_quicker_is_passed_over() -> None:
    found = agreed([burst(FAST)] * 9 + [burst((0.605, 0.73 / 1.05))])
    assert found == Reading(integer_ms=0.605, memory_ms=0.73)


def test_bursts_beside_others_work_or_stolen_time_do_not_count() -> None:
    loud = burst((0.5, 0.5), others_cores=0.8), burst((0.5, 0.5), stolen=0.2)
    assert agreed([burst(FAST)] * LEAST + list(loud) * 2) == Reading(integer_ms=FAST[0], memory_ms=FAST[1])
    assert agreed(list(loud) * LEAST) is None
    assert burst(FAST, others_cores=None, stolen=None).is_quiet, "a system that does not say is taken at its best"


def test_bursts_go_on_until_they_agree_but_not_for_ever() -> None:
    seen: list[tuple[int, int]] = []
    late = [burst(SLOW)] * (LEAST - 1) + [burst(FAST), burst(SLOW), burst(FAST)]
    assert len(take_until_agreed(lambda *now: seen.append(now), series(late))) == LEAST + 2
    assert seen[-1] == (LEAST, LEAST)
    never = [burst((0.6 * 0.9**number, 0.7)) for number in range(MOST)]
    assert len(take_until_agreed(lambda *now: None, series(never))) == MOST
    busy = [burst(FAST, others_cores=2.0)]
    assert len(take_until_agreed(lambda *now: None, series(busy))) == LEAST, "a busy machine does not become quiet soon"
    assert len(take_until_agreed(lambda *now: None, series([burst(FAST), *busy]))) == MOST


def test_a_real_burst_reads_both_pieces_of_work_in_a_process_of_its_own() -> None:
    found = take()
    assert len(found.readings) == READINGS
    assert all(0 < r.integer_ms < 1000 and 0 < r.memory_ms < 1000 for r in found.readings)
    assert len({r.integer_ms for r in found.readings}) > 1


def test_a_burst_whose_process_fails_says_so(monkeypatch: pytest.MonkeyPatch, cache: Cache) -> None:
    monkeypatch.setattr(bursts, "READINGS", "many")
    with pytest.raises(RuntimeFailedError, match=r"yardstick's process failed.*ended with status"):
        take()
    notes: list[str] = []
    assert find(cache, note=notes.append, source=take) is None and "could not be measured" in notes[0]


# ---- kept, damaged, for this run alone -------------------------------------------------------------------------------


def test_what_was_found_is_known_to_the_next_run(cache: Cache) -> None:
    seen: list[Any] = []
    assert known(cache) is None
    found = find(cache, lambda *now: seen.append(now), source=series([burst(FAST)]))
    assert found is not None and found.reading == Reading(integer_ms=FAST[0], memory_ms=FAST[1])
    assert known(cache) == found and seen[-1] == (best.MEASURING, LEAST, LEAST)
    assert cache.summary()["yardstick"][0] == 1


@pytest.mark.parametrize(
    "changed", [{"cpu": "Other CPU"}, {"cpu_features": ["avx9"]}, {"cores": 77}, {"model": "Other"}]
)
def test_another_device_or_processor_knows_nothing_of_it(
    changed: dict[str, Any], cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(cache)
    assert known(cache, NOW) is not None
    here, unknown = best.device_document()
    monkeypatch.setattr(best, "device_document", lambda: ({**here, **changed}, unknown))
    assert known(cache, NOW) is None


def test_another_version_of_the_yardstick_knows_nothing_of_it(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    put(cache)
    monkeypatch.setattr(best, "VERSION", "python-2")
    assert known(cache, NOW) is None


GOOD = {"integer_ms": 0.6, "memory_ms": 0.7, "reached_at": "2026-11-29T12:00:00Z"}


def text_of(without: str = "", **changes: Any) -> str:
    """Return what a file holds whose checksum is right, with changes, or without one of its entries."""
    content = {name: value for name, value in {**GOOD, **changes}.items() if name != without}
    return json.dumps(best._checked(content))


def test_a_file_that_is_whole_is_known(cache: Cache) -> None:
    put(cache)
    best._file(cache).write_text(text_of())
    found = known(cache, NOW)
    assert found is not None and found.reading == Reading(integer_ms=0.6, memory_ms=0.7)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "7", json.dumps(GOOD), text_of()[:-9], "[" * 5000, "\x00\xff",
        *(text_of(integer_ms=x) for x in (None, "0.6", -1, 0, True, [], {}, 1e400, float("nan"), 0.0099, 101, 1e9)),
        *(text_of(memory_ms=x) for x in (None, 0.001, 100.1)),
        *(text_of(reached_at=value) for value in (
            None, "", "yesterday", 5, "2026-11-29T12:00:00", "2026-11-29T12:00:00+00:00", "2026-11-29T17:30:00+05:30",
            "2026-11-29 12:00:00Z", "2026-11-29T12:00:00.5Z", "2026-11-9T12:00:00Z", "2026-11-29T12:00Z",
            "2026-11-29T12:02:00Z", "2027-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
        )),
        text_of(without="memory_ms"), text_of(without="reached_at"),
        text_of().replace("0.6", "0.5"), text_of().replace("0.7", "0.8"), text_of().replace("29T12", "28T12"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_no_knowledge_and_is_written_anew(text: str, cache: Cache) -> None:
    put(cache)
    best._file(cache).write_text(text)
    assert known(cache, NOW) is None and reached(cache, readings(0.1, 0.1, 50), NOW) is None
    assert find(cache, source=series([burst(FAST)])) == known(cache)


def test_a_cache_that_cannot_be_written_leaves_it_for_this_run_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    notes: list[str] = []
    found = find(Cache(tmp_path / "file"), note=notes.append, source=series([burst(FAST)]))
    assert found is not None and found.reading.integer_ms == FAST[0] and found.reached_at is None
    assert len(notes) == 1 and "only for this run" in notes[0] and "cannot write" in notes[0]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ([burst((0.6 * 0.9**number, 0.7)) for number in range(MOST)], "no two of"),
        ([burst(FAST, others_cores=1.5)], r"undisturbed in 0 of 10 short measurements \(others kept 1.50 cores busy\)"),
    ],
)
def test_what_stays_unknown_says_why(given: list[Burst], why: str, cache: Cache) -> None:
    notes: list[str] = []
    assert find(cache, note=notes.append, source=series(given)) is None and known(cache) is None
    assert len(notes) == 1 and re.search(why, notes[0])


# ---- what a run's own readings say of it -----------------------------------------------------------------------------


def test_a_run_that_comes_near_it_keeps_it_from_expiring(cache: Cache) -> None:
    put(cache, at=NOW - timedelta(days=29))
    found = reached(cache, [*readings(0.9, 1.1, 80), *readings(0.61, 0.71, 2)], NOW)
    assert found is not None and found.reached_at == "2026-11-29T12:00:00Z"
    assert known(cache, NOW + timedelta(days=29)) == found


@pytest.mark.parametrize("near", [(0.61, 1.1), (0.9, 0.71), (0.63, 0.73)])
def test_a_run_that_does_not_come_near_in_both_lets_it_age(near: tuple[float, float], cache: Cache) -> None:
    put(cache, at=NOW - timedelta(days=29))
    found = reached(cache, readings(*near, 80), NOW)
    assert found is not None and found.reached_at != "2026-11-29T12:00:00Z"
    assert known(cache, NOW + timedelta(days=2)) is None


def test_it_expires_when_it_was_not_reached_for_thirty_days(cache: Cache) -> None:
    put(cache)
    assert known(cache, NOW + EXPIRES) is not None and known(cache, NOW + EXPIRES + timedelta(seconds=1)) is None
    assert reached(cache, readings(0.6, 0.7, 50), NOW + timedelta(days=31)) is None, "a run alone does not find it"


def test_a_run_that_is_lower_again_and_again_lowers_it(cache: Cache) -> None:
    put(cache)
    found = reached(cache, [*readings(0.85, 1.0, 70), *readings(0.55, 0.7, 10)], NOW)
    assert found is not None and found.reading == Reading(integer_ms=0.55, memory_ms=0.7)
    assert known(cache, NOW) == found


@pytest.mark.parametrize(
    ("integer_ms", "count", "of"), [(0.55, 4, 80), (0.55, 15, 1000), (0.596, 80, 80)],
    ids=["four", "too small a share", "by less than one percent"],
)  # fmt: skip
def test_a_run_that_is_lower_by_chance_does_not(integer_ms: float, count: int, of: int, cache: Cache) -> None:
    put(cache)
    found = reached(cache, [*readings(integer_ms, 0.7, count), *readings(0.61, 0.7, of - count)], NOW)
    assert found is not None and found.reading.integer_ms == 0.6


def test_runs_of_the_same_computer_do_not_push_it_down_for_ever(cache: Cache) -> None:
    """Two states and spread memory, as recorded: the lowest of ever more readings must not creep."""
    drawn = random.Random(1)

    def some(count: int) -> list[Reading]:
        return [
            Reading(
                integer_ms=drawn.choice((0.605, 0.85)) * (1 + abs(drawn.gauss(0, 0.02))),
                memory_ms=0.73 * (1 + drawn.gammavariate(2, 0.12)),
            )
            for _ in range(count)
        ]

    given = [Burst(readings=tuple(some(READINGS)), others_cores=0.0, stolen=0.0) for _ in range(MOST)]
    first = find(cache, source=series(given))
    assert first is not None and 0.605 <= first.reading.integer_ms < 0.61 and 0.73 <= first.reading.memory_ms < 0.76
    for _ in range(100):
        reached(cache, some(160))
    last = known(cache)
    assert last is not None and last.reading.integer_ms == first.reading.integer_ms
    assert last.reading.memory_ms > 0.98 * first.reading.memory_ms


def test_runs_side_by_side_leave_a_whole_file(cache: Cache) -> None:
    put(cache)

    def use(number: int) -> bool:
        reached(cache, readings(0.6 - 0.0001 * number, 0.7, 50), NOW + timedelta(seconds=number))
        return known(cache, NOW + timedelta(minutes=1)) is not None

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(use, range(60)))
    assert [p.name for p in best._file(cache).parent.iterdir()] == ["best.json"]


def test_without_a_reading_and_without_knowledge_nothing_is_done(cache: Cache) -> None:
    assert reached(cache, readings(0.6, 0.7, 50), NOW) is None and not cache.folder.exists()
    put(cache)
    assert reached(cache, [], NOW) == known(cache, NOW)
