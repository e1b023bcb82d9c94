"""The yardstick: two fixed pieces of work, under a millisecond each, that show how fast this host is at the moment.

A shared processor changes its speed within tenths of a second, which neither load nor steal time shows. If the
yardstick right before or after a turn takes longer than at its best, something slowed it down, and so the turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

VERSION = "python-1"  # readings of other versions do not compare
_STEPS = 6000  # of the integer work
_NUMBERS = 1 << 20  # 8 MiB of float64: more than a core's own caches hold
_REPEATS = 2  # the quicker counts, so that one interrupt does not


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The milliseconds of both pieces of work: integer arithmetic on one core, and reading 8 MiB of memory."""

    integer_ms: float
    memory_ms: float


class Yardstick:
    """Both pieces of work, ready to be timed. It holds 8 MiB of memory."""

    def __init__(self) -> None:
        self._numbers = np.ones(_NUMBERS)  # written once, so that its pages are there
        self._numbers.sum()

    def read(self) -> Reading:
        """Return the times of both."""
        return Reading(integer_ms=_quickest_ms(_count), memory_ms=_quickest_ms(self._add))

    def _add(self) -> None:
        self._numbers.sum()


def _count() -> None:
    """Step a linear congruential generator (Knuth, "The Art of Computer Programming", volume 2, section 3.2.1)."""
    value = 1
    for _ in range(_STEPS):
        value = (value * 1103515245 + 12345) & 0x7FFFFFFF


def _quickest_ms(work: Callable[[], None]) -> float:
    taken = []
    for _ in range(_REPEATS):
        start = time.perf_counter_ns()
        work()
        taken.append(time.perf_counter_ns() - start)
    return min(taken) / 1e6
