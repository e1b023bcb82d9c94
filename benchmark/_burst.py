"""A burst: `python -m benchmark._burst FD` reads the yardstick as often as it is asked, in a process that holds nothing else.

It is asked as pocketseg/core/dialogue.py says.
"""

from __future__ import annotations

import gc
import sys

from benchmark import counters
from benchmark.yardstick import Yardstick
from pocketseg.core.dialogue import Message, answers, requests


def burst(readings: int) -> Message:
    """Read the yardstick so often, without a pause; say what others did meanwhile, as counters.Spent does."""
    yardstick = Yardstick()
    yardstick.read()  # the first use of anything takes longer
    gc.disable()
    start = counters.read()
    found = [yardstick.read() for _ in range(readings)]
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
