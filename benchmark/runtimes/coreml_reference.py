"""Runtime coreml_reference: a .mlpackage on Core ML on macOS, and on our reference evaluator elsewhere.

Off macOS, pocketseg/mlprogram runs the program with torch: that shows what the file computes, with fp16 emulated, but
never how fast a device would be. The macOS part follows coremltools' documentation and was never run by the project,
whose machines run Linux.
"""

from __future__ import annotations

import importlib
import importlib.util
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.types import Artifact

if TYPE_CHECKING:
    import numpy.typing as npt

TOOL = "coremltools"
TIMED = platform.system() == "Darwin"
LABEL = "" if TIMED else "reference evaluator, fp16 emulated, not a device"


def refusal() -> str | None:
    """Return why this host cannot run it."""
    for package in ("coremltools",) if TIMED else ("coremltools", "torch"):
        if importlib.util.find_spec(package) is None:
            return f"the Python package {package} is not installed"
    return None


def import_engine() -> None:
    """Import Core ML's Python package on macOS, elsewhere the reference evaluator."""
    if TIMED:
        importlib.import_module("coremltools")
        importlib.import_module("PIL.Image")
    else:
        importlib.import_module("pocketseg.mlprogram.loading")
        importlib.import_module("pocketseg.mlprogram.package").model_class()


class CoremlSession:
    """A compiled package on the CPU. Core ML chooses its own threads and accepts no number, so `threads` is 0."""

    def __init__(self, path: Path, output: str) -> None:
        import coremltools as ct

        self._path, self._output = path, output
        try:
            self._model = ct.models.MLModel(str(path), compute_units=ct.ComputeUnit.CPU_ONLY)
        except (RuntimeError, ValueError, OSError) as error:
            raise RuntimeFailedError(
                f"Core ML did not load {path}: {str(error)[:300]}", hint="export it again"
            ) from error
        self.threads = 0

    def run(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Run once: 1,H,W,3 values 0..255 in; logits 1,C,H,W float32 or class map 1,H,W int32 out."""
        import numpy as np
        from PIL import Image

        try:
            photo = Image.fromarray(image[0].astype(np.uint8))
            result = self._model.predict({"image": photo})
        except (RuntimeError, ValueError, TypeError) as error:
            raise RuntimeFailedError(f"Core ML did not run {self._path}: {str(error)[:300]}") from error
        return np.asarray(result[self._output])


class ReferenceSession:
    """A program in the reference evaluator, with the photo as its one input."""

    def __init__(self, path: Path, output: str, threads: int) -> None:
        import torch

        from pocketseg.mlprogram.loading import load_program

        torch.set_num_threads(threads)
        self._path, self._output = path, output
        self._program = load_program(path)
        if len(self._program.inputs) != 1:
            raise RuntimeFailedError(f"{path} has {len(self._program.inputs)} inputs, but only one photo is given")
        self._input = self._program.inputs[0]
        if self._input.color not in ("RGB", "BGR", ""):
            raise RuntimeFailedError(f"{path} takes a {self._input.color} picture, but photos are RGB")
        if output not in self._program.outputs:
            raise RuntimeFailedError(f"{path} has the outputs {', '.join(self._program.outputs)}, not {output}")
        self.threads = int(torch.get_num_threads())

    def run(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Run once: 1,H,W,3 values 0..255 in; logits 1,C,H,W float32 or class map 1,H,W int32 out."""
        if image.ndim != 4:
            raise RuntimeFailedError(f"{self._path} takes 1,H,W,3 values of a photo, not {image.ndim} dimensions")
        values = image
        if self._input.color:
            planes = image if self._input.color == "RGB" else image[..., ::-1]
            values = planes.transpose(0, 3, 1, 2).astype("float32")
        return self._program.run({self._input.name: values})[self._output]


def open_session(path: Path, artifact: Artifact, threads: int) -> CoremlSession | ReferenceSession:
    """Load a package. Raises RuntimeFailedError.

    The evaluator's threads are shared by the whole process: the last setting counts.
    """
    reason = refusal()
    if reason:
        raise RuntimeFailedError(f"{path.name} cannot run here: {reason}")
    if not path.exists():
        raise RuntimeFailedError(f"{path} does not exist")
    if not path.is_dir():
        raise RuntimeFailedError(f"{path} is not a Core ML package, which is a folder with a Manifest.json")
    output = artifact.outputs[0].name
    return CoremlSession(path, output) if TIMED else ReferenceSession(path, output, threads)
