"""Runtimes: one file each. A runtime file holds the literals TOOL (the distribution it runs on) and
    refusal() -> str | None -- why this host cannot run it, as a sentence; imports nothing heavy
    import_engine() -> None -- imports what open_session needs
    open_session(path, artifact, threads) -> Session

An evaluator, whose speed means nothing, also sets `TIMED = False`, and `LABEL` to what it is; rows carry the label. A
runtime imports neither torch (PyTorch Mobile and evaluators excepted) nor anything else heavy besides its own engine:
memory is measured on the worker process that holds it.
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
    """A loaded file. threads: how many the engine really uses; 0 if it accepts no number and chooses itself."""

    threads: int

    def run(self, image: npt.NDArray[Any], *signals: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Run once and return the output, with the shape and dtype of the manifest's outputs[0].

        It is called many times in a row, from one thread. One call is what latency means, so it does nothing but run.
        The result may be the engine's own memory, which the next run overwrites: copy it to keep it.

        image: as inputs[0] describes, shape with its batch of 1, pixel values 0 to 255. signals: as inputs[1] does, for
        a file that has it; a runtime whose target writes no such files need not take it. Raises RuntimeFailedError,
        which names the file, if the engine does not run it or an input has other dimensions or channels.
        """


class Runtime(Protocol):
    """The interface of a runtime file; tests/contracts/test_runtime.py checks each file against it.

    TOOL is a literal: the distribution whose version rows and cache keys contain. A file may set TIMED (bool) and LABEL
    (str), see above.
    """

    TOOL: str

    def refusal(self) -> str | None:
        """Return why this host cannot run it, as a sentence; None if it can.

        It is called before a process is started for a file, before parity, and by `pocketseg targets`: it imports
        nothing, opens nothing and raises nothing. The row of a refused file contains the sentence.
        """

    def import_engine(self) -> None:
        """Import all that open_session and a session's runs need, so that neither imports anything itself.

        It is called once in a measuring process before open_session, perhaps while other processes import theirs.
        """

    def open_session(self, path: Path, artifact: Artifact, threads: int) -> Session:
        """Load a file on `threads` threads, 1 or more, and return it ready to run.

        It is called once in a measuring process, where it is timed as the load, and once in the converting process for
        parity. Raises RuntimeFailedError, which names the file, if the file does not exist, is damaged, or belongs to
        another engine.

        Args:
            path: of the file or package.
            artifact: its manifest, for runtimes that need names of inputs or outputs.
        """


def names() -> tuple[str, ...]:
    """Return the names of the runtimes without importing any."""
    return plugin_names(_FOLDER)


def tool(name: str) -> str:
    """Return the distribution that a runtime runs on, without importing it."""
    return str(literal(_FOLDER / f"{name}.py", "TOOL"))


def runtime(name: str) -> Runtime:
    """Import one runtime."""
    if name not in names():
        raise UnknownNameError("runtime", name, names())
    return cast(Runtime, importlib.import_module(f"benchmark.runtimes.{name}"))
