"""Runtime coreml_reference: a .mlpackage through Core ML itself, which only macOS has.

The macOS part follows coremltools' documentation and was never run by the project: its machines are Linux.
"""

from __future__ import annotations

import importlib.util
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.types import Artifact

if TYPE_CHECKING:
    import numpy.typing as npt

TOOL = "coremltools"


def refusal() -> str | None:
    """Say why this host cannot run it."""
    host = platform.system()
    if host != "Darwin":
        return f"Core ML programs run only on macOS; this host is {host or 'unknown'}"
    if importlib.util.find_spec("coremltools") is None:
        return "the Python package coremltools is not installed"
    return None


class CoremlSession:
    """A compiled package on the CPU. Core ML chooses its own threads and takes no number, so `threads` is 0."""

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

        photo = Image.fromarray(image[0].astype(np.uint8))
        try:
            result = self._model.predict({"image": photo})
        except (RuntimeError, ValueError, TypeError) as error:
            raise RuntimeFailedError(f"Core ML did not run {self._path}: {str(error)[:300]}") from error
        return np.asarray(result[self._output])


def open_session(path: Path, artifact: Artifact, threads: int) -> CoremlSession:
    """Load a package; raises RuntimeFailedError, also where there is no Core ML."""
    reason = refusal()
    if reason:
        raise RuntimeFailedError(f"{path.name} cannot run here: {reason}")
    if not path.is_dir():
        raise RuntimeFailedError(f"{path} is no Core ML package: a folder with a Manifest.json")
    return CoremlSession(path, artifact.outputs[0].name)
