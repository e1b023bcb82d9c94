"""The system's counters around a turn: processor time, time waiting for it, others' work, stolen time."""

from __future__ import annotations

import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 10.0
_STAT = Path("/proc/stat")
_TASKS = Path("/proc/self/task")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Milliseconds since an arbitrary start, and a count; None for those that the system does not report.

    Attributes:
        cpu_ms: processor time of all this process's threads.
        waited_ms: time in which this process's threads were ready to run but did not.
        busy_ms: processor time of all processes.
        stolen_ms: processor time that the host of a virtual machine took.
        switches: number of involuntary context switches.
    """

    wall_ms: float
    cpu_ms: float
    waited_ms: float | None
    busy_ms: float | None
    stolen_ms: float | None
    switches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Differences between two readings of the counters; others_ms: processor time of other processes."""

    wall_ms: float
    cpu_ms: float
    waited_ms: float | None
    others_ms: float | None
    stolen_ms: float | None
    switches: int


def read() -> Counters:
    """Return the counters of this process and the system."""
    busy_ms, stolen_ms = system_ms()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Counters(
        wall_ms=time.perf_counter_ns() / 1e6,
        cpu_ms=time.process_time_ns() / 1e6,
        waited_ms=_waited_ms(),
        busy_ms=busy_ms,
        stolen_ms=stolen_ms,
        switches=usage.ru_nivcsw,
    )


def spent(start: Counters, end: Counters) -> Spent:
    """Return the difference of two readings."""
    cpu_ms = end.cpu_ms - start.cpu_ms
    busy_ms = _less(end.busy_ms, start.busy_ms)
    return Spent(
        wall_ms=end.wall_ms - start.wall_ms,
        cpu_ms=cpu_ms,
        waited_ms=_less(end.waited_ms, start.waited_ms),
        others_ms=None if busy_ms is None else max(0.0, busy_ms - cpu_ms),
        stolen_ms=_less(end.stolen_ms, start.stolen_ms),
        switches=end.switches - start.switches,
    )


def system_ms() -> tuple[float | None, float | None]:
    """Return the milliseconds that all processors were busy, and those stolen from them, at clock tick resolution."""
    try:
        first = _STAT.read_bytes().split(b"\n", 1)[0].split()
        ticks = [int(value) for value in first[1:9]]  # user nice system idle iowait irq softirq steal
    except (OSError, ValueError):
        return None, None
    if len(ticks) < 8 or not any(ticks):  # a sandbox may show a line of zeros
        return None, None
    return (sum(ticks[:3]) + sum(ticks[5:7])) * _TICK_MS, ticks[7] * _TICK_MS


def _waited_ms() -> float | None:
    """Return the run delay of this process's threads (Linux, Documentation/scheduler/sched-stats.rst)."""
    total = 0
    try:
        for task in _TASKS.iterdir():
            total += int((task / "schedstat").read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return total / 1e6


def _less(end: float | None, start: float | None) -> float | None:
    """Return a difference; None if either value is unknown, or the count fell, as when a waiting thread ends."""
    return None if end is None or start is None or end < start else end - start
