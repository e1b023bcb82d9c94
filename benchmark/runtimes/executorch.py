"""Runtime executorch: a .pte on ExecuTorch's own thread pool, through its Python binding."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.native import native_chatter_hidden
from pocketseg.core.types import Artifact

if TYPE_CHECKING:
    import numpy.typing as npt

TOOL = "executorch"


def refusal() -> str | None:
    """Return why this host cannot run it."""
    if importlib.util.find_spec("executorch") is None or importlib.util.find_spec("torch") is None:
        return "the Python packages executorch and torch are not installed"
    return None


def import_engine() -> None:
    """Import torch and ExecuTorch's binding."""
    importlib.import_module("torch")
    # Not `portable_lib`, which also imports the exporter: 135 MB and 4 s that no phone spends.
    importlib.import_module("executorch.extension.pybindings._portable_lib")


class ExecutorchSession:
    """A loaded program. The binding takes and returns torch tensors, which share memory with numpy's arrays."""

    def __init__(self, path: Path, threads: int) -> None:
        import torch
        from executorch.extension.pybindings import _portable_lib

        torch.set_num_threads(1)  # torch only carries the arrays: it need not start threads of its own
        self._torch, self._path = torch, path
        try:
            with native_chatter_hidden():
                if _portable_lib._threadpool_get_thread_count() != threads:
                    _portable_lib._unsafe_reset_threadpool(threads)
                self._program = _portable_lib._load_program(str(path))
                self._forward = self._program.load_method("forward")
        except (RuntimeError, ValueError) as error:
            raise RuntimeFailedError(
                f"ExecuTorch did not load {path}: {str(error).strip()[:300]}", hint="export it again"
            ) from error
        self.threads = int(_portable_lib._threadpool_get_thread_count())
        if self.threads != threads:
            raise RuntimeFailedError(
                f"ExecuTorch's pool has {self.threads} threads for {path}, but {threads} were asked for"
            )

    def run(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Run once: 1,3,H,W float32 in; logits 1,C,H,W float32 or class map 1,H,W uint8 out."""
        try:
            result = self._forward((self._torch.from_numpy(image),))
        except (RuntimeError, ValueError, TypeError) as error:
            raise RuntimeFailedError(f"ExecuTorch did not run {self._path}: {str(error).strip()[:300]}") from error
        output: npt.NDArray[Any] = result[0].numpy()
        return output


def open_session(path: Path, artifact: Artifact, threads: int) -> ExecutorchSession:
    """Load a program on a pool of exactly `threads` threads.

    The pool is shared by the whole process: the last opened session sets its size.
    """
    if not path.is_file():
        raise RuntimeFailedError(f"{path} does not exist")
    return ExecutorchSession(path, threads)
