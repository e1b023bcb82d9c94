"""Runtime litert: a .tflite on LiteRT's interpreter with the XNNPACK delegate, its default on phones too."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.types import Artifact

if TYPE_CHECKING:
    import numpy.typing as npt

TOOL = "ai-edge-litert"


def refusal() -> str | None:
    """Return why this host cannot run it."""
    if importlib.util.find_spec("ai_edge_litert") is None:
        return "the Python package ai-edge-litert is not installed"
    return None


def import_engine() -> None:
    """Import LiteRT's interpreter."""
    importlib.import_module("ai_edge_litert.interpreter")


class LitertSession:
    """A loaded file with its one input and one output."""

    def __init__(self, path: Path, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._path = path
        self.threads = threads
        try:
            self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise RuntimeFailedError(
                f"LiteRT did not load {path}: {str(error).strip()[:300]}", hint="export it again"
            ) from error
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        self._output: int = self._interpreter.get_output_details()[0]["index"]

    def run(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Run once: 1,H,W,3 float32 in; logits 1,H,W,C float32 or class map 1,H,W integers out."""
        try:
            self._interpreter.set_tensor(self._input, image)
            self._interpreter.invoke()
            output: npt.NDArray[Any] = self._interpreter.get_tensor(self._output)
        except (RuntimeError, ValueError) as error:
            raise RuntimeFailedError(f"LiteRT did not run {self._path}: {str(error).strip()[:300]}") from error
        return output


def open_session(path: Path, artifact: Artifact, threads: int) -> LitertSession:
    """Load a file on `threads` threads."""
    if not path.is_file():
        raise RuntimeFailedError(f"{path} does not exist")
    return LitertSession(path, threads)
