"""The watch: others' work apart from one's own, also where a measuring process ended; what cannot be seen is None."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark import counters, watch
from benchmark.watch import Instant, Passed, Watch, now, passed, swapped_bytes

SPIN = "import time\nuntil = time.monotonic() + {seconds}\nwhile time.monotonic() < until: pass"
START = Instant(at_ms=1000, busy_ms=50_000, stolen_ms=100, own_ms=10, ended_ms=7, workers_ms={5: 400, 6: 30})


def at(**changes: object) -> Instant:
    """Return what is counted two seconds after START, with what changed."""
    return dataclasses.replace(START, **{"at_ms": 3000, **changes})


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours that works, for half a minute at most."""
    process = subprocess.Popen([sys.executable, "-c", SPIN.format(seconds=30)])
    time.sleep(0.1)
    yield process
    process.kill()
    process.wait()


def test_work_of_this_process_and_of_those_that_measure_is_not_others() -> None:
    assert passed(START, at(busy_ms=52_000)) == Passed(others_cores=1.0, stolen=0.0)
    assert passed(START, at(busy_ms=52_000, own_ms=110, workers_ms={5: 2000, 6: 30})).others_cores == 0.15


def test_work_of_a_measuring_process_that_ended_is_not_others() -> None:
    ended = at(busy_ms=51_500, ended_ms=7 + 400 + 1000, workers_ms={6: 530})
    assert passed(START, ended).others_cores == 0.0
    assert passed(START, at(busy_ms=51_500, ended_ms=1407)).others_cores == 0.75, "another child's end tells nothing"


def test_one_that_is_gone_without_a_trace_counts_as_nothing() -> None:
    assert passed(START, at(busy_ms=51_000, workers_ms={})).others_cores == 0.5


def test_stolen_time_is_a_share_of_what_was_asked_for() -> None:
    assert passed(START, at(busy_ms=51_900, stolen_ms=200)).stolen == 0.05
    assert passed(START, at()).stolen == 0.0


@pytest.mark.parametrize("change", [{"busy_ms": None}, {"at_ms": 1000}])
def test_what_the_system_does_not_count_is_unknown(change: dict[str, object]) -> None:
    assert passed(START, at(**change)) == Passed(others_cores=None, stolen=None)
    assert passed(START, at(stolen_ms=None)).stolen is None


def test_a_busy_process_is_others_until_it_is_named(busy: subprocess.Popen[bytes]) -> None:
    start, pids = now([busy.pid]), {busy.pid}
    time.sleep(0.6)
    end = now([busy.pid])
    assert start.workers_ms.keys() == end.workers_ms.keys() == pids
    stranger = passed(*(dataclasses.replace(instant, workers_ms={}) for instant in (start, end))).others_cores
    own = passed(start, end).others_cores
    assert stranger is not None and own is not None and stranger > 0.1
    assert stranger - own > 0.1, "what it did is taken off"


def test_the_time_of_a_child_that_ended_is_found() -> None:
    child = subprocess.Popen([sys.executable, "-c", SPIN.format(seconds=0.4)])
    start = now([child.pid])
    child.wait()
    end = now([child.pid])
    assert child.pid in start.workers_ms and child.pid not in end.workers_ms
    assert end.ended_ms - start.ended_ms > 100


def test_a_watch_gives_the_verdict_what_it_asks_for(tmp_path: Path) -> None:
    cpufreq = tmp_path / "sys/devices/system/cpu/cpu0/cpufreq"
    throttle = tmp_path / "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count"
    vmstat = tmp_path / "proc/vmstat"
    for path, text in {cpufreq / "scaling_cur_freq": "3000", cpufreq / "cpuinfo_max_freq": "3000", throttle: "7",
                       vmstat: "nr_free_pages 9\npswpin 3\npswpout 4\n"}.items():  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    looking = Watch(system=tmp_path, look_s=0.05)
    looking.before()
    looking.start()
    (cpufreq / "scaling_cur_freq").write_text("1500")
    vmstat.write_text("pswpin 3\npswpout 5004\n")
    looking.stop()
    looking.after()
    found = looking.conditions(best_known=True, golden="failed", golden_reason="why")
    assert found.debug_build is hasattr(sys, "gettotalrefcount")
    assert found.frequency == 0.5, "the slower end of it"
    assert found.swapped_bytes == 5000 * (swapped_bytes(tmp_path) or 0) // 5007
    assert found.thermal == "" and (found.best_known, found.golden, found.golden_reason) == (True, "failed", "why")
    if sys.platform == "linux":
        assert None not in (found.others_before, found.others_during, found.others_after, found.stolen)
    throttle.write_text("9")
    looking.stop()
    assert looking.conditions(best_known=True).thermal == "a core was slowed down 2 times"


def test_a_watch_that_was_not_used_and_a_system_that_says_nothing_leave_all_unknown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(counters, "system_ms", lambda: (None, None))  # no Linux
    monkeypatch.setattr(watch, "_busy_ms", lambda: None)
    looking = Watch([1 << 22], system=tmp_path, look_s=0.01)
    unused = looking.conditions(best_known=False)
    looking.before()
    looking.start()
    looking.stop()
    looking.after()
    assert looking.conditions(best_known=False) == unused
    values = (unused.others_before, unused.others_during, unused.others_after, unused.stolen, unused.swapped_bytes)
    assert set(values) == {None} and unused.frequency is None and unused.thermal is None


def test_elsewhere_than_on_linux_others_are_seen_by_what_psutil_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "system_ms", lambda: (None, None))
    start = now()
    time.sleep(0.05)
    found = passed(start, now())
    assert found.others_cores is not None and found.others_cores >= 0 and found.stolen is None
