"""Runtime litert: a .tflite on LiteRT's interpreter with the XNNPACK delegate, its default on phones too."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
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
    """A loaded file with its one output, and its inputs by their names where it has several."""

    def __init__(self, path: Path, threads: int, names: Sequence[str] = ()) -> None:
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
        self._input, *self._more = self._places(names)
        self._output: int = self._interpreter.get_output_details()[0]["index"]

    def _places(self, names: Sequence[str]) -> list[int]:
        """Return the index of each input, in the order of `names`; of a file's only one without looking at its name."""
        if len(names) < 2:
            return [self._interpreter.get_input_details()[0]["index"]]
        signature = next(iter(self._interpreter.get_signature_list().values()), {"inputs": ()})
        if sorted(signature["inputs"]) != sorted(names):
            raise RuntimeFailedError(f"{self._path} has inputs {signature['inputs']}, its manifest says {list(names)}")
        runner = self._interpreter.get_signature_runner()
        details = runner.get_input_details()
        return [details[name]["index"] for name in names]

    def run(self, image: npt.NDArray[Any], *signals: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Run once: 1,H,W,3 float32 in; logits 1,H,W,C float32 or class map 1,H,W integers out."""
        if len(signals) != len(self._more):
            raise RuntimeFailedError(f"{self._path} takes {1 + len(self._more)} inputs, and got {1 + len(signals)}")
        try:
            self._interpreter.set_tensor(self._input, image)
            for place, value in zip(self._more, signals, strict=True):
                self._interpreter.set_tensor(place, value)
            self._interpreter.invoke()
            output: npt.NDArray[Any] = self._interpreter.get_tensor(self._output)
        except (RuntimeError, ValueError) as error:
            raise RuntimeFailedError(f"LiteRT did not run {self._path}: {str(error).strip()[:300]}") from error
        return output


def open_session(path: Path, artifact: Artifact, threads: int) -> LitertSession:
    """Load a file on `threads` threads."""
    if not path.is_file():
        raise RuntimeFailedError(f"{path} does not exist")
    return LitertSession(path, threads, [tensor.name for tensor in artifact.inputs])
