"""Faults of a data set: raised one by one where data is used, gathered where all of it is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pocketseg.core.errors import DataError

Report = Callable[[DataError], None]


def refuse(fault: DataError) -> None:
    """Stop at a fault: what every command does but `data check`."""
    raise fault


@contextmanager
def reported(report: Report) -> Iterator[None]:
    """Hand a fault raised inside the block to `report`, and go on after the block."""
    try:
        yield
    except DataError as fault:
        report(fault)
