"""What an interrupted command leaves behind: stated by the code that knows it, shown when the command ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Interrupted(KeyboardInterrupt):
    """An interrupt that says what is kept and how to continue."""

    def __init__(self, kept: str) -> None:
        super().__init__(kept)
        self.kept = kept


@contextmanager
def when_interrupted(kept: str) -> Iterator[None]:
    """Attach this text to an interrupt inside the block, unless code further in has already attached its own."""
    try:
        yield
    except Interrupted:
        raise
    except KeyboardInterrupt as stop:
        raise Interrupted(kept) from stop
