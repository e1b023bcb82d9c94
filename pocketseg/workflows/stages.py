"""Where a command's time goes: the seconds of each phase, and of each file's stages, as OUT/stages.json holds them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from pocketseg.core.files import write_json

STARTING = "starting Python"  # up to the first phase
NAME = "stages.json"


class Stages:
    """A clock that is in one phase at a time; a phase that is entered again goes on."""

    def __init__(self) -> None:
        """Begin with the time since this process was started."""
        self._began = psutil.Process().create_time()
        self._seconds: dict[str, float] = {}
        self._phase, self._since = STARTING, self._began

    @property
    def seconds(self) -> float:
        """Return the time since this process was started."""
        return time.time() - self._began

    def enter(self, phase: str) -> None:
        """End the phase that is running, and begin another."""
        if phase == self._phase:
            return
        now = time.time()
        self._seconds[self._phase] = self._seconds.get(self._phase, 0.0) + now - self._since
        self._phase, self._since = phase, now

    def write(self, folder: Path, files: Mapping[str, Mapping[str, float]]) -> Path:
        """End the phase that is running, and write all of them into FOLDER/stages.json.

        files: of each file, by its name, the seconds of its stages.
        """
        self.enter("")
        content: dict[str, Any] = {
            "schema_version": 1,
            "seconds": round(self.seconds, 3),
            "phases": [{"name": name, "seconds": round(spent, 3)} for name, spent in self._seconds.items()],
            "files": [
                {"name": name, "stages": {stage: round(spent, 3) for stage, spent in stages.items()}}
                for name, stages in files.items()
            ],
        }
        return write_json(folder / NAME, content)
