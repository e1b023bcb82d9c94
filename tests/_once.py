"""What a test run makes once, by whichever of its workers needs it first; the others wait for it."""

from __future__ import annotations

import fcntl
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T")


class Once(Protocol):
    """Makes something once in the whole run."""

    def __call__(self, name: str, make: Callable[[Path], T]) -> T:
        """Return what make(folder) returned."""


def made_once(base: Path, name: str, make: Callable[[Path], T]) -> T:
    """Return what `make(folder)` returned, called with the new folder base/name once in all processes.

    The result is pickled beside the folder. Where `make` fails, whoever comes next tries again in an empty folder.
    """
    folder, result = base / name, base / f"{name}.pickle"
    base.mkdir(parents=True, exist_ok=True)
    with (base / f"{name}.lock").open("w") as lock:  # closing it frees it; so does the end of its process
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            unfinished = result.with_suffix(".unfinished")
            unfinished.write_bytes(pickle.dumps(make(folder)))
            unfinished.replace(result)
        found: T = pickle.loads(result.read_bytes())
    return found
