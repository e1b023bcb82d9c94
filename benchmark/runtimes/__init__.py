"""Runtimes: one file each. A runtime file holds the literals TOOL (the distribution it runs on) and

    refusal() -> str | None                       why this host cannot run it, as a sentence; imports nothing heavy
    open_session(path, artifact, threads) -> Session

An evaluator, whose speed means nothing, also says `TIMED = False` and in `LABEL` what it is; rows carry the label.
It imports neither torch (PyTorch Mobile and evaluators excepted) nor anything else heavy besides its own engine: the
worker process that holds it is what memory is measured on.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from pocketseg.core.errors import UnknownNameError
from pocketseg.core.folder_registry import literal, plugin_names
from pocketseg.core.types import Artifact

if TYPE_CHECKING:
    import numpy.typing as npt

_FOLDER = Path(__file__).parent
READS = ()


class Session(Protocol):
    """A loaded file. `threads` is what the engine really uses."""

    threads: int

    def run(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Run once: the array that inputs[0] describes in, the array that outputs[0] describes out."""
        ...


class Runtime(Protocol):
    """What a runtime file offers."""

    TOOL: str

    def refusal(self) -> str | None: ...

    def open_session(self, path: Path, artifact: Artifact, threads: int) -> Session: ...


def names() -> tuple[str, ...]:
    """List the runtimes without importing any."""
    return plugin_names(_FOLDER)


def tool(name: str) -> str:
    """Name the distribution that a runtime runs on, without importing it."""
    return str(literal(_FOLDER / f"{name}.py", "TOOL"))


def runtime(name: str) -> Runtime:
    """Import one runtime."""
    if name not in names():
        raise UnknownNameError("runtime", name, names())
    return cast(Runtime, importlib.import_module(f"benchmark.runtimes.{name}"))
