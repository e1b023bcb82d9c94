"""How long steps take, in processor seconds, which neither pauses nor other work on the machine increase."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from pocketseg.training.state import Progress

Report = Callable[[Progress, int, int], None]


class Pace:
    """Counts a run's steps, and passes each report on."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._last = time.process_time()
        self._each: list[float] = []

    def __call__(self, state: Progress, steps_per_epoch: int, total_steps: int) -> None:
        now = time.process_time()
        self._each.append(now - self._last)
        self._report(state, steps_per_epoch, total_steps)
        self._last = time.process_time()

    def processor_s_a_step(self) -> float | None:
        """Return the median over this process's steps, all threads together; None where it did none."""
        return round(statistics.median(self._each), 4) if self._each else None
