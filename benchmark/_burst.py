"""A burst: `python -m benchmark._burst FD` reads the yardstick as often as it is asked, and holds nothing else.

It is asked as pocketseg/core/dialogue.py says.
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
    """Read the yardstick so often, as right after turns; say what others did meanwhile, as counters.Spent does.

    Between two readings the processor works for as long as a short turn: it is at its frequency then, and caches that
    are shared with others have forgotten the yardstick's memory, which readings in a row would find there.
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
