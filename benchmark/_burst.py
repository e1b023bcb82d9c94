"""A burst: `python -m benchmark._burst FD` reads the yardstick as often as asked, in a process that does nothing else.

It uses the protocol of pocketseg/core/dialogue.py.
"""

from __future__ import annotations

import gc
import sys
import time

from benchmark import counters
from benchmark.yardstick import Yardstick
from pocketseg.core.dialogue import Message, answers, requests

_TURN_S = 0.03


def burst(readings: int) -> Message:
    """Read the yardstick this many times, as if after turns; return the readings and others' work (see counters.Spent).

    Between two readings the processor works for as long as a short turn. It is then at its frequency, and in caches
    shared with others the yardstick's memory has been replaced; consecutive readings would still find it there.
    """
    yardstick = Yardstick()
    gc.disable()
    start = counters.read()
    found = []
    for _ in range(readings):
        until = time.monotonic() + _TURN_S
        while time.monotonic() < until:
            pass
        found.append(yardstick.read())
    spent = counters.spent(start, counters.read())
    return {
        "integer_ms": [reading.integer_ms for reading in found],
        "memory_ms": [reading.memory_ms for reading in found],
        "wall_ms": spent.wall_ms,
        "others_ms": spent.others_ms,
        "stolen_ms": spent.stolen_ms,
    }


def main(descriptor: int) -> None:
    """Serve the parent at the other end of `descriptor`."""
    asked = requests()
    answer, _ = answers(descriptor)
    for request in asked:
        answer(burst(int(request["readings"])))


if __name__ == "__main__":
    main(int(sys.argv[1]))
