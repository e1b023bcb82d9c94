"""Runtime ort: a .onnx on ONNX Runtime's CPU execution provider."""

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

TOOL = "onnxruntime"
_OF_8_BIT_PRODUCTS = ("w8a8", "w8dyn")  # precisions


def refusal() -> str | None:
    """Return why this host cannot run it."""
    if importlib.util.find_spec("onnxruntime") is None:
        return "the Python package onnxruntime is not installed"
    return None


def import_engine() -> None:
    """Import ONNX Runtime."""
    importlib.import_module("onnxruntime")


class OrtSession:
    """A loaded file with its one output, and its inputs by their names where it has several."""

    def __init__(self, path: Path, threads: int, *, precision: str, names: Sequence[str] = ()) -> None:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as native

        self._path = path
        self.threads = threads
        # Each failure has a class of its own, derived from Exception alone.
        own = tuple(kind for kind in vars(native).values() if isinstance(kind, type) and issubclass(kind, Exception))
        self._errors: tuple[type[Exception], ...] = (*own, RuntimeError, ValueError)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.log_severity_level = 4
        # Workers that spin between runs would take the cores from whatever is measured next.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if precision.startswith(_OF_8_BIT_PRODUCTS):
            # x86 processors without VNNI add pairs of 8-bit products in 16 bits, which cuts large ones: no phone does
            # that. A file whose weights alone are integers has no such products, and does not run with this entry.
            options.add_session_config_entry("session.x64quantprecision", "1")
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except self._errors as error:
            raise RuntimeFailedError(
                f"ONNX Runtime did not load {path}: {str(error).strip()[:300]}", hint="export it again"
            ) from error
        found = [node.name for node in self._session.get_inputs()]
        if len(names) > 1 and sorted(found) != sorted(names):
            raise RuntimeFailedError(f"{path} has inputs {found}, its manifest says {list(names)}")
        taken = [*names] if len(names) > 1 else found[:1]
        self._input: str = taken[0]
        self._more: list[str] = taken[1:]

    def run(self, image: npt.NDArray[Any], *signals: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Run once: 1,3,H,W float32 in; logits 1,C,H,W float32 or class map 1,H,W uint8 out."""
        if len(signals) != len(self._more):
            raise RuntimeFailedError(f"{self._path} takes {1 + len(self._more)} inputs, and got {1 + len(signals)}")
        try:
            given = {self._input: image, **dict(zip(self._more, signals, strict=True))}
            output: npt.NDArray[Any] = self._session.run(None, given)[0]
        except self._errors as error:
            raise RuntimeFailedError(f"ONNX Runtime did not run {self._path}: {str(error).strip()[:300]}") from error
        return output


def open_session(path: Path, artifact: Artifact, threads: int) -> OrtSession:
    """Load a file on `threads` threads."""
    if not path.is_file():
        raise RuntimeFailedError(f"{path} does not exist")
    names = [tensor.name for tensor in artifact.inputs]
    return OrtSession(path, threads, precision=artifact.precision, names=names)
