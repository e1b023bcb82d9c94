"""The demo's files: both released networks in the form that browsers run fastest, made once and kept in the cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pocketseg.core.cache import Cache
from pocketseg.workflows.quickstart import Cell, Outcome, grid, make_all

TARGET = "tflite"  # two to four times as fast in a browser as the other that it runs


def demo_files(out: Path, cache: Cache, progress: Callable[[str, int, int], None]) -> list[Path]:
    """Make the demo's files, or take them from the cache, each in a folder of its own below `out`.

    progress: called with a phase, how much of it is done, and its total. Raises the error of the first file that cannot
    be made.
    """
    cells = [cell for cell in grid(out) if cell.request.target == TARGET]

    def made(outcome: Outcome, done: int, total: int) -> None:
        progress("making the demo's files", done, total)

    progress("making the demo's files", 0, len(cells))
    outcomes = make_all(cells, cache, made)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return [_file(outcome.cell, outcome) for outcome in reversed(outcomes)]  # the fast network first: rows at once


def _file(cell: Cell, outcome: Outcome) -> Path:
    assert outcome.produced is not None
    return cell.folder / outcome.produced.artifact.file
