"""Waits until this host is quiet: no other work, and the yardstick near the best known."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmark.counters import Counters, read, spent
from benchmark.method import NEAR_INTEGER
from benchmark.verdict import OTHERS_CORES
from benchmark.yardstick import Reading, Yardstick

_LOOKS, _READINGS = 3, 5
_LOOK_S = 1.0


def wait_until_quiet(limit_s: float, best: Reading | None, progress: Callable[[str, int, int], None]) -> bool:
    """Wait for three quiet seconds in a row, or until the limit; return whether the host is quiet.

    Args:
        best: None if it is not known; then only others' work counts.
        progress: called with a phase, the seconds that have passed, and the limit.
    """
    yardstick = Yardstick()
    began = time.monotonic()
    quiet = 0
    while (waited_s := time.monotonic() - began) < limit_s:
        progress("waiting for a quiet machine", round(waited_s), round(limit_s))
        start = read()
        time.sleep(_LOOK_S)
        quiet = quiet + 1 if _is_quiet(start, read()) and _is_fast(yardstick, best) else 0
        if quiet == _LOOKS:
            return True
    return False


def _is_quiet(start: Counters, end: Counters) -> bool:
    found = spent(start, end)
    return found.others_ms is None or found.others_ms <= OTHERS_CORES * found.wall_ms


def _is_fast(yardstick: Yardstick, best: Reading | None) -> bool:
    """Return whether most readings of a moment are near the best known; a single one may meet an interrupt.

    Only the integer work counts: memory that was just read is faster to reach than beside a turn.
    """
    if best is None:
        return True
    near = [yardstick.read().integer_ms <= NEAR_INTEGER * best.integer_ms for _ in range(_READINGS)]
    return sum(near) > _READINGS // 2
