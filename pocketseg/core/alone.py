"""A lock that admits one process at a time to a folder; the system frees it when its process is killed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pocketseg.core.errors import UsageError
from pocketseg.core.files import disk_faults, make_folder


@contextmanager
def alone_in(folder: Path, *, who: str, hint: str) -> Iterator[None]:
    """Keep other processes out of a folder until the end of the block.

    Raises UsageError, which names `who`, where another process already holds it.
    """
    path = make_folder(folder) / ".lock"
    with disk_faults(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"{who} is already at work in {folder}", hint=hint) from error
        yield
    finally:
        os.close(handle)
