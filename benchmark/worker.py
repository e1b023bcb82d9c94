"""The parent's side of a measuring process: start it, send requests, report why it failed, end it."""

from __future__ import annotations

from pathlib import Path

from pocketseg.core.child import environment
from pocketseg.core.dialogue import Asked, Message, NoAnswer
from pocketseg.core.errors import RuntimeFailedError


class Worker(Asked):
    """One process with one loaded file. Every failure is a RuntimeFailedError, after which the process is gone."""

    def __init__(self, log: Path, threads: int) -> None:
        """Start the process; its output is written to `log`."""
        super().__init__("benchmark._worker", log=log, environment=environment(threads))

    def ask(self, request: Message, timeout_s: float | None = None) -> Message:
        """Send one request and wait for its answer without using the processor."""
        try:
            return super().ask(request, timeout_s)
        except NoAnswer as error:
            raise RuntimeFailedError(str(error)) from error
