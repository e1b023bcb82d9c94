"""The parent's side of a measuring process: start it, send requests, report why it failed, end it."""

from __future__ import annotations

from pathlib import Path

from pocketseg.core.child import environment, stop_all
from pocketseg.core.dialogue import Asked, Message, NoAnswer
from pocketseg.core.errors import RuntimeFailedError

_MODULE = "benchmark._worker"


def stop_workers() -> None:
    """End every measuring process that runs for this process's threads."""
    stop_all(_MODULE)


class Worker(Asked):
    """One process with one file. Every failure is a RuntimeFailedError, after which the process is gone."""

    def __init__(self, log: Path, threads: int) -> None:
        """Start the process; its output is written to `log`."""
        super().__init__(_MODULE, log=log, environment=environment(threads))

    def prepare(self, file: Path, runtime: str, threads: int, timeout_s: float, image: Path | None = None) -> None:
        """Import the engine of a file. It comes first, once; then comes `open` or `load`.

        Args:
            runtime: the module of the file's runtime.
            image: the photo that is timed, at the input's size, H,W,3 uint8; None for a file that only predicts.
        """
        said = {"file": str(file), "runtime": runtime, "threads": threads, "image": str(image) if image else ""}
        self.ask(said, timeout_s)

    def open(self, timeout_s: float) -> Message:
        """Load the file, run it on its photo, and return what that took."""
        return self.ask({"do": "open"}, timeout_s)

    def load(self, timeout_s: float) -> int:
        """Load the file, to predict; return how many threads it uses."""
        return int(self.ask({"do": "load"}, timeout_s)["threads"])

    def ask(self, request: Message, timeout_s: float | None = None) -> Message:
        """Send one request and wait for its answer without using the processor."""
        try:
            return super().ask(request, timeout_s)
        except NoAnswer as error:
            raise RuntimeFailedError(str(error)) from error
