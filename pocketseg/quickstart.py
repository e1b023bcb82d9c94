"""The main job: both released networks to every target, each file run and measured on the embedded photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import export
import models
from pocketseg.core.cache import Cache
from pocketseg.core.errors import CheckpointError, PocketSegError, StorageError
from pocketseg.core.types import OutputKind, Recipe
from pocketseg.data.calibration import open_calibration
from pocketseg.produce import Produced, Request, check, deliver, delivered, produce, stop_conversions

MODELS = ("u2netp", "topformer_tiny")
_CONVERSIONS_AT_ONCE = 2
_SLOW = ("executorch", "tflite", "coreml", "torchmobile", "onnx")  # converters, the slowest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One file of the grid: what it is, and where it goes."""

    request: Request
    loaded: models.Loaded
    folder: Path

    @property
    def title(self) -> str:
        """Name the cell in one word a part."""
        return f"{self.loaded.name} {self.request.target} {self.request.recipe}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A cell with its artifact, or with the error that it ended in."""

    cell: Cell
    produced: Produced | None
    error: PocketSegError | None


def grid(out: Path) -> list[Cell]:
    """List every network x target x precision, networks one after the other."""
    absent = [m for m in MODELS if m not in models.released()]
    if absent:
        raise CheckpointError(
            f"no released weights of {', '.join(absent)} in {models.RELEASED_FOLDER}", hint="restore the checkout"
        )
    calibration = open_calibration()
    cells = []
    for model in MODELS:
        for target in export.targets():
            for precision in export.facts(target, "PRECISIONS"):
                request = Request(
                    model=model,
                    target=target,
                    recipe=Recipe(precision=precision),
                    output=OutputKind.LOGITS,
                    calibration=calibration,
                )
                folder = out / "artifacts" / f"{model}-{target}-{precision}"
                cells.append(Cell(request=request, loaded=check(request), folder=folder))
    return cells


def make_all(cells: Sequence[Cell], cache: Cache, done: Callable[[Outcome, int, int], None]) -> list[Outcome]:
    """Produce every cell, two at a time, the slowest converters first; put each into its folder.

    A cell that fails becomes an outcome with its error and the rest goes on; a full disk stops everything.
    """
    slow_first = sorted(cells, key=lambda c: _SLOW.index(c.request.target) if c.request.target in _SLOW else 9)
    outcomes: dict[str, Outcome] = {}
    pool = ThreadPoolExecutor(_CONVERSIONS_AT_ONCE)
    try:
        waiting = [pool.submit(_make, cell, cache) for cell in slow_first]
        for future in as_completed(waiting):
            outcome = future.result()
            outcomes[outcome.cell.title] = outcome
            done(outcome, len(outcomes), len(cells))
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        stop_conversions()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return [outcomes[cell.title] for cell in cells]


def _make(cell: Cell, cache: Cache) -> Outcome:
    try:
        produced = produce(cell.request, cache, cell.loaded)
        if not delivered(produced, cell.folder):
            deliver(produced, cell.folder)
    except StorageError:
        raise
    except PocketSegError as error:
        return Outcome(cell=cell, produced=None, error=error)
    return Outcome(cell=cell, produced=produced, error=None)
