"""The seconds of each stage of some work, by the wall clock."""

from __future__ import annotations

import time


class Stopwatch:
    """Seconds by stage, in the order in which stages ended."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def ended(self, stage: str) -> None:
        """Count the time since the stage before to this one."""
        now = time.monotonic()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now
