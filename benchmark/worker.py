"""The parent's side of a measuring process: start it, send requests, report why it failed, end it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from pocketseg.core.child import environment, stop_all
from pocketseg.core.dialogue import Asked, Message, NoAnswer
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.npy import read_npy

_MODULE = "benchmark._worker"


def stop_workers() -> None:
    """End every measuring process that runs for this process's threads."""
    stop_all(_MODULE)


class Worker(Asked):
    """One process with one file. Every failure is a RuntimeFailedError, after which the process is gone."""

    def __init__(self, log: Path, threads: int) -> None:
        """Start the process; its output is written to `log`."""
        super().__init__(_MODULE, log=log, environment=environment(threads))

    def prepare(
        self, file: Path, runtime: str, threads: int, timeout_s: float, image: Path | None = None,
        signals: Path | None = None,
    ) -> None:  # fmt: skip
        """Import the engine of a file. It comes first, once; then comes `open` or `load`.

        Args:
            runtime: the module of the file's runtime.
            image: the photo that is timed, at the input's size, H,W,3 uint8; None for a file that only predicts.
            signals: of that photo, 1,C,H,W float32, for a file that takes them.
        """
        said = {"file": str(file), "runtime": runtime, "threads": threads, "image": str(image) if image else ""}
        said["signals"] = str(signals) if signals else ""
        self.ask(said, timeout_s)

    def open(self, timeout_s: float) -> Message:
        """Load the file, run it on its photo, and return what that took."""
        return self.ask({"do": "open"}, timeout_s)

    def load(self, timeout_s: float) -> int:
        """Load the file, to predict; return how many threads it uses."""
        return int(self.ask({"do": "load"}, timeout_s)["threads"])

    def predict(
        self, images: Path, folder: Path, timeout_s: float, signals: Path | None = None
    ) -> tuple[npt.NDArray[np.generic], list[float]]:
        """Run photos; return the raw outputs stacked, N,..., and the milliseconds of each run.

        Args:
            images: a file of the photos at the input's size, N,H,W,3 uint8.
            folder: for the outputs on their way.
            signals: a file of the photos' signals, N,C,H,W float32, for a file that takes them.
        """
        path = folder / f"outputs-{self.process.pid}.npy"
        request = {"do": "predict", "images": str(images), "outputs": str(path)}
        request["signals"] = str(signals) if signals else ""
        said = self.ask(request, timeout_s)
        return _read_outputs(path), said["execute_ms"]

    def ask(self, request: Message, timeout_s: float | None = None) -> Message:
        """Send one request and wait for its answer without using the processor."""
        try:
            return super().ask(request, timeout_s)
        except NoAnswer as error:
            raise RuntimeFailedError(str(error)) from error


def _read_outputs(path: Path) -> npt.NDArray[np.generic]:
    """Return a batch of raw outputs, N,..., and remove its file."""
    try:
        with path.open("rb") as stream:
            outputs = read_npy(stream)
    except (OSError, ValueError, EOFError) as error:
        raise RuntimeFailedError(f"its outputs cannot be read ({error})") from error
    path.unlink()
    if outputs.dtype.kind == "f" and not np.isfinite(outputs).all():
        raise RuntimeFailedError("its output has values that are not finite")
    return outputs
