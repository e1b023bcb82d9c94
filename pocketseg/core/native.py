"""What native code prints: it goes to file descriptor 2, past Python's own streams."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def native_chatter_hidden() -> Iterator[None]:
    """Send file descriptor 2 nowhere for as long as the block runs; errors of engines are exceptions."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
