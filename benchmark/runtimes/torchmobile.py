"""Runtime torchmobile: a .ptl in PyTorch Mobile's lite interpreter, which is part of the torch wheel."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.types import Artifact

if TYPE_CHECKING:
    import numpy.typing as npt

TOOL = "torch"


def refusal() -> str | None:
    """Return why this host cannot run it."""
    if importlib.util.find_spec("torch") is None:
        return "the Python package torch is not installed"
    return None


def import_engine() -> None:
    """Import torch with its lite interpreter."""
    importlib.import_module("torch.jit.mobile")


class TorchmobileSession:
    """A loaded file."""

    def __init__(self, path: Path, threads: int) -> None:
        import torch
        from torch.jit.mobile import _load_for_lite_interpreter

        torch.set_num_threads(threads)
        if "qnnpack" in torch.backends.quantized.supported_engines:
            torch.backends.quantized.engine = "qnnpack"  # what a phone uses; fp32 files do not look at it
        self._torch, self._path = torch, path
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._module = _load_for_lite_interpreter(str(path))
        except (RuntimeError, ValueError) as error:
            raise RuntimeFailedError(
                f"PyTorch Mobile did not load {path}: {_first_line(error)}", hint="export it again"
            ) from error
        self.threads = int(torch.get_num_threads())

    def run(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Run once: 1,3,H,W float32 in; logits 1,C,H,W float32 or class map 1,H,W uint8 out."""
        try:
            with self._torch.inference_mode():
                result = self._module(self._torch.from_numpy(image))
        except (RuntimeError, ValueError, TypeError) as error:
            raise RuntimeFailedError(f"PyTorch Mobile did not run {self._path}: {_first_line(error)}") from error
        output: npt.NDArray[Any] = result.numpy()
        return output


def open_session(path: Path, artifact: Artifact, threads: int) -> TorchmobileSession:
    """Load a file. The whole process shares one number of threads, which the last opened session sets."""
    if not path.is_file():
        raise RuntimeFailedError(f"{path} does not exist")
    return TorchmobileSession(path, threads)


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]
