"""Arrays in NumPy's own format, safe to read from several threads and to write to a full disk."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from pocketseg.core.files import atomic_file

# NumPy parses an array's header with `ast`, which CPython 3.11 may fail when two threads do so at once (gh-106905).
_PARSING = Lock()


def read_npy(stream: IO[bytes]) -> npt.NDArray[Any]:
    """Return one array of any shape and type, without unpickling. Raises ValueError or EOFError for anything else."""
    with _PARSING:
        return np.lib.format.read_array(stream, allow_pickle=False)  # type: ignore[no-untyped-call]


def read_npz(path: Path, names: Sequence[str]) -> list[npt.NDArray[Any]]:
    """Return arrays of an .npz file that we wrote, by name, without unpickling.

    Each member is read to its end first: NumPy stops before its checksum. Raises ValueError for a damaged file, OSError
    where there is none.
    """
    try:
        with zipfile.ZipFile(path) as members:
            if damaged := members.testzip():
                raise ValueError(f"{damaged} is damaged")
        with _PARSING, np.load(path, allow_pickle=False) as file:
            return [file[name] for name in names]
    except (KeyError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"it is damaged: {error}") from error


def write_npy(path: Path, array: npt.NDArray[Any]) -> Path:
    """Write one array atomically, without a copy of it in memory. Raises StorageError."""
    with atomic_file(path) as temporary, temporary.open("wb") as stream:
        np.lib.format.write_array(_Written(stream), array, allow_pickle=False)  # type: ignore[no-untyped-call]
    return path


class _Written:
    """A file object that NumPy does not recognise as a file. NumPy writes to real files past Python, and a full disk
    then raises an OSError without errno."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        return self._stream.write(data)
