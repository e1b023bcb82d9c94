"""One process at a time in a folder of unfinished work."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pocketseg.core.files import disk_faults


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time work in a folder; the system frees the lock of a process that is killed."""
    with disk_faults(folder), (folder / "lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        folder.mkdir(exist_ok=True)  # the process before may have finished and removed it
        yield
