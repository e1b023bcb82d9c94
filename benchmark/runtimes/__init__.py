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
    """A loaded file. threads: how many the engine really uses; 0 where it takes no number and chooses itself."""

    threads: int

    def run(self, image: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Run once and return the output, of the shape and dtype that the manifest's outputs[0] says.

        image: what inputs[0] describes, shape with its batch of 1, a photo's own values 0 to 255. Called many times in
        a row, from one thread; a call is what latency means, so it does nothing but run. The result may be the
        engine's own memory, which the next run overwrites: copy what is to be kept. Raises RuntimeFailedError, which
        names the file, where the engine does not run it or the input has other dimensions or channels.
        """


class Runtime(Protocol):
    """What a runtime file offers; tests/contracts/test_runtime.py holds each file to it.

    TOOL: a literal, the distribution whose version rows and keys carry. A file may say TIMED (bool) and LABEL (str), as
    above.
    """

    TOOL: str

    def refusal(self) -> str | None:
        """Return why this host cannot run it, as a sentence; None where it can.

        Called before a process is started for a file, before parity, and by `pocketseg targets`: it imports nothing,
        opens nothing and raises nothing. A row of a refused file says the sentence.
        """

    def open_session(self, path: Path, artifact: Artifact, threads: int) -> Session:
        """Load a file on `threads` threads, 1 or more, and return it ready to run.

        path: of the file or package. artifact: its manifest, for runtimes that need names of inputs or outputs. Called
        once in a measuring process, where it is timed as the load, and in the conversion's process for parity. Raises
        RuntimeFailedError, which names the file, where it is not there, is damaged, or is not the engine's.
        """


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
