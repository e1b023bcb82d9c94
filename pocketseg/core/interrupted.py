"""What a command that is interrupted leaves behind: said by whoever knows it, shown where the command ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Interrupted(KeyboardInterrupt):
    """An interrupt that says what is kept, and how one goes on."""

    def __init__(self, kept: str) -> None:
        super().__init__(kept)
        self.kept = kept


@contextmanager
def when_interrupted(kept: str) -> Iterator[None]:
    """Say this of an interrupt in here, unless something further in has said what is kept."""
    try:
        yield
    except Interrupted:
        raise
    except KeyboardInterrupt as stop:
        raise Interrupted(kept) from stop
