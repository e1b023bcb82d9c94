"""The conditions of a measurement: others' work before, during and after, stolen time, swapping, frequency, heat."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmark import counters, state
from benchmark._system import SYSTEM, read_text
from benchmark.verdict import Conditions
from pocketseg.core.installation import build_type

LOOK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """Counts up to a moment, in milliseconds of processor time; None if the system does not report them.

    Attributes:
        own_ms: of this process.
        ended_ms: of its children that have ended.
        workers_ms: of running measuring processes, by pid.
    """

    at_ms: float
    busy_ms: float | None
    stolen_ms: float | None
    own_ms: float
    ended_ms: float
    workers_ms: dict[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What passed between two instants.

    Attributes:
        others_cores: number of cores that other processes kept busy.
        stolen: share of the demanded time that the host of a virtual machine took.
    """

    others_cores: float | None = None
    stolen: float | None = None


class Watch:
    """Watches the conditions of a measurement by several processes.

    Its methods are called in the order of their definition.
    """

    def __init__(self, pids: Sequence[int] = (), *, system: Path = SYSTEM, look_s: float = LOOK_S) -> None:
        """Note whose work is not others': that of this process and of the measuring processes `pids`.

        Args:
            system: the folder that contains /proc and /sys.
            look_s: how long to watch before and after.
        """
        self._pids, self._system, self._look_s = tuple(pids), system, look_s
        self._before = self._during = self._after = Passed()
        self._start: Instant
        self._swapped: list[int | None] = []
        self._frequencies: list[float | None] = []
        self._throttled: list[int | None] = []
        self._thermal: str | None = None

    def before(self) -> None:
        """Watch for a second, idle, before anything is measured."""
        self._before = self._look()

    def start(self) -> None:
        """Begin to count."""
        self._note()
        self._start = now(self._pids)

    def stop(self) -> None:
        """Count what passed since `start`, also by measuring processes that ended in between."""
        self._during = passed(self._start, now(self._pids))
        self._note()
        self._thermal = state.thermal(self._system)

    def after(self) -> None:
        """Watch for a second, idle, after everything was measured."""
        self._after = self._look()

    def conditions(self, *, best_known: bool, golden: str = "passed", golden_reason: str = "") -> Conditions:
        """Return the conditions that the verdict needs; what was not watched is None."""
        shares = [share for share in self._frequencies if share is not None]
        return Conditions(
            best_known=best_known,
            debug_build=build_type() == "debug",
            others_before=self._before.others_cores,
            others_during=self._during.others_cores,
            others_after=self._after.others_cores,
            stolen=self._during.stolen,
            swapped_bytes=_grown(self._swapped),
            frequency=min(shares, default=None),
            thermal=self._heat(),
            golden=golden,
            golden_reason=golden_reason,
        )

    def _heat(self) -> str | None:
        times = _grown(self._throttled)
        if times is None or self._thermal:
            return self._thermal
        return f"a core was slowed down {times} times" if times else ""

    def _note(self) -> None:
        self._swapped.append(swapped_bytes(self._system))
        self._throttled.append(state.throttled(self._system))
        self._frequencies.append(state.frequency_share(self._system))

    def _look(self) -> Passed:
        start = now(self._pids)
        time.sleep(self._look_s)
        return passed(start, now(self._pids))


def now(pids: Sequence[int] = ()) -> Instant:
    """Return the counts up to now, with those of the measuring processes `pids`."""
    busy_ms, stolen_ms = counters.system_ms()
    children = os.times()
    return Instant(
        at_ms=time.monotonic() * 1e3,
        busy_ms=_busy_ms() if busy_ms is None else busy_ms,
        stolen_ms=stolen_ms,
        own_ms=time.process_time() * 1e3,
        ended_ms=(children.children_user + children.children_system) * 1e3,
        workers_ms={pid: spent for pid in pids if (spent := _spent_ms(pid)) is not None},
    )


def passed(start: Instant, end: Instant) -> Passed:
    """Return what others did between two instants.

    The work of a measuring process that ended in between is in `ended_ms`, including its work before the first instant.
    """
    wall_ms = end.at_ms - start.at_ms
    if end.busy_ms is None or start.busy_ms is None or wall_ms <= 0:
        return Passed(others_cores=None, stolen=None)
    busy_ms = end.busy_ms - start.busy_ms
    own_ms = end.own_ms - start.own_ms
    own_ms += sum(spent - start.workers_ms.get(pid, 0.0) for pid, spent in end.workers_ms.items())
    if gone := start.workers_ms.keys() - end.workers_ms.keys():
        own_ms += max(0.0, end.ended_ms - start.ended_ms - sum(start.workers_ms[pid] for pid in gone))
    stolen_ms = None if end.stolen_ms is None or start.stolen_ms is None else end.stolen_ms - start.stolen_ms
    asked_ms = busy_ms + (stolen_ms or 0.0)
    return Passed(
        others_cores=round(max(0.0, busy_ms - own_ms) / wall_ms, 3),
        stolen=None if stolen_ms is None else round(stolen_ms / asked_ms, 4) if asked_ms > 0 else 0.0,
    )


def swapped_bytes(system: Path = SYSTEM) -> int | None:
    """Return the bytes that the system has swapped since it started; None if it does not report them (Linux does)."""
    pages = [
        int(value)
        for name, _, value in (line.partition(" ") for line in read_text(system / "proc/vmstat").splitlines())
        if name in ("pswpin", "pswpout") and value.isdigit()
    ]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") if pages else None


def _busy_ms() -> float | None:
    """Return how long all processors worked since the system started, for systems without /proc/stat."""
    try:
        times = psutil.cpu_times()
    except (OSError, RuntimeError):
        return None
    return float(times.user + times.system + getattr(times, "nice", 0.0)) * 1e3


def _spent_ms(pid: int) -> float | None:
    """Return the processor time of a process; None if it is gone."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return None
    return float(times.user + times.system) * 1e3


def _grown(counts: Sequence[int | None]) -> int | None:
    """Return by how much a count grew over its readings; None if one is not known or there are none."""
    known = [count for count in counts if count is not None]
    return known[-1] - known[0] if known and len(known) == len(counts) else None
