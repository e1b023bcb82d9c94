"""Arrays in NumPy's own format, read so that threads do not disturb each other."""

from __future__ import annotations

from threading import Lock
from typing import IO, Any

import numpy as np
import numpy.typing as npt

# NumPy parses an array's header with `ast`, which CPython 3.11 may fail where two threads do so at once (gh-106905).
_PARSING = Lock()


def read_npy(stream: IO[bytes]) -> npt.NDArray[Any]:
    """Read one array of any shape and type, nothing pickled. Raises ValueError or EOFError where it is none."""
    with _PARSING:
        return np.lib.format.read_array(stream, allow_pickle=False)  # type: ignore[no-untyped-call]
