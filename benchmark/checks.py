"""Checks after the timing, in the sessions that were timed: golden values, and the time from photo to mask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmark.accuracy import map_of
from benchmark.further import signals_file
from benchmark.timing import Run
from pocketseg.core.npy import write_npy
from pocketseg.core.types import FIGURE, OutputKind
from pocketseg.data.calibration import golden_photo
from pocketseg.data.photos import Pixels, read_image
from pocketseg.inference import calibration_inputs, model_input

TOLERANCE = 0.02  # of the range of the golden values, which processors differ by, a few quanta of 8-bit files included
_MOST_MISSES = 0.01  # share of the golden values that may lie outside, and at least one: a class map has edges
_END_TO_END_RUNS, _END_TO_END_S = 10, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """Whether a file's output is what it was at export.

    Attributes:
        status: `passed`, `failed` or `not checked`.
        reason: why it failed or was not checked.
        values: number of values that were compared.
        tolerance, max_abs_error: in the output's own units.
    """

    status: str
    reason: str = ""
    values: int = 0
    max_abs_error: float | None = None
    tolerance: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndToEnd:
    """The times of one photo on its way from file to mask.

    Attributes:
        at_s: when it began, since the first pass.
        pre_ms: decode, rotate, resize.
        execute_ms: run the file.
        post_ms: resize to the photo's size, argmax.
    """

    at_s: float
    pre_ms: float
    execute_ms: float
    post_ms: float


class Subject(Protocol):
    """The input of timed files, and how their output is checked afterwards.

    path: of the photo that is timed from file to mask.
    """

    @property
    def path(self) -> Path: ...

    def input(self, height_px: int, width_px: int) -> Pixels:
        """Return the timed photo at an input's size, H,W,3 uint8."""

    def check(self, run: Run, index: int, folder: Path, timeout_s: float) -> Golden:
        """Let a timed file run again, and return whether its output is right. Raises RuntimeFailedError.

        Args:
            index: of the file among the measured ones.
            folder: for data passed to its process.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePhoto:
    """A photo that is timed, as its file and as H,W,3 uint8. Outputs are compared with the manifests' golden values."""

    path: Path
    image: Pixels

    def input(self, height_px: int, width_px: int) -> Pixels:
        """Return the photo at an input's size."""
        return model_input(self.image, height_px, width_px)

    def check(self, run: Run, index: int, folder: Path, timeout_s: float) -> Golden:
        """Compare a file's output with the golden values of its manifest."""
        return golden(run, folder, timeout_s)


def golden(run: Run, folder: Path, timeout_s: float) -> Golden:
    """Let a file run its golden photo, and compare the output with its manifest's values. Raises RuntimeFailedError."""
    artifact, expected = run.artifact, run.artifact.golden
    if not expected:
        return Golden(status="not checked", reason="its manifest holds no golden values")
    photo = golden_photo()
    if expected.get("photo") != photo.files[0].name:
        return Golden(
            status="not checked", reason=f"this version does not hold its golden photo {expected.get('photo')}"
        )
    inputs = np.stack(calibration_inputs(photo, artifact.input_height_px, artifact.input_width_px))
    if artifact.signals and expected.get("signals") != FIGURE:
        return Golden(status="not checked", reason="its manifest does not say with which signals they were made")
    flat = outputs_of(run, inputs, folder, timeout_s)[0].reshape(-1)
    try:
        found = flat[np.asarray(expected["output_indices"], np.int64)].astype(np.float64)
        wanted = np.asarray(expected["output_values"], np.float64)
        errors = np.abs(found - wanted)
    except IndexError as error:
        return Golden(status="failed", reason=f"its output is not of the manifest's shape ({error})")
    tolerance = 0.5 if artifact.output == OutputKind.CLASSMAP.value else TOLERANCE * float(np.ptp(wanted) or 1.0)
    misses, worst = int((errors > tolerance).sum()), float(errors.max())
    is_near = misses <= max(1, int(_MOST_MISSES * len(errors)))
    far = "" if is_near else f"{misses} of its {len(errors)} golden values differ by more than {tolerance:.3g}"
    return Golden(
        status="failed" if far else "passed", reason=far, values=len(wanted), max_abs_error=worst, tolerance=tolerance
    )


def end_to_end(run: Run, photo: Path, began: float, folder: Path, timeout_s: float) -> list[EndToEnd]:
    """Take a photo from its file to its mask, as an app does, a few times after one untimed pass.

    began: time.monotonic() when the first pass began. Raises RuntimeFailedError.
    """
    artifact = run.artifact
    found: list[EndToEnd] = []
    started = time.monotonic()
    for number in range(1 + _END_TO_END_RUNS):
        at = time.monotonic()
        image = read_image(photo)
        small = model_input(image, artifact.input_height_px, artifact.input_width_px)
        pre_ms = (time.monotonic() - at) * 1e3
        outputs, execute_ms = _run(run, small[None], folder, timeout_s)
        after = time.monotonic()
        map_of(outputs[0], artifact, image.shape[:2])
        post_ms = (time.monotonic() - after) * 1e3
        if number:
            found.append(EndToEnd(at_s=at - began, pre_ms=pre_ms, execute_ms=execute_ms, post_ms=post_ms))
        if time.monotonic() - started > _END_TO_END_S and found:
            break
    return found


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Limit torch, which resizes scores to the photo's size, to the number of threads that the runtime uses."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(max(1, count))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def outputs_of(run: Run, inputs: np.ndarray[Any, Any], folder: Path, timeout_s: float) -> np.ndarray[Any, Any]:
    """Run photos at the input's size, N,H,W,3 uint8, and return the raw outputs, N,.... Raises RuntimeFailedError.

    A file that takes signals gets those of the drawn figure.
    """
    return _run(run, inputs, folder, timeout_s)[0]


def _run(run: Run, inputs: np.ndarray[Any, Any], folder: Path, timeout_s: float) -> tuple[np.ndarray[Any, Any], float]:
    """Run N,H,W,3 uint8; return the outputs N,... and the milliseconds of the last run."""
    name = f"check-{run.worker.process.pid}"
    images = write_npy(folder / f"{name}.npy", inputs)
    signals = signals_file(run.artifact, None, [""] * len(inputs), folder, f"{name}-signals")
    outputs, execute_ms = run.worker.predict(images, folder, timeout_s, signals)
    return outputs, execute_ms[-1]
