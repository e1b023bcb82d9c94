"""The quick start: export both released networks to every target; run and measure each file on the embedded photos."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import export
import models
from benchmark.checks import torch_threads
from benchmark.entry import Entry
from benchmark.kept import measure_missing
from benchmark.photos import ScoredPhotos, sample_part
from benchmark.rows import row_without_file
from benchmark.scoring import Scored, Scorer
from benchmark.worker import stop_workers
from pocketseg.artifacts.deliver import put
from pocketseg.artifacts.produce import Produced
from pocketseg.artifacts.request import Request, check
from pocketseg.artifacts.side_by_side import produce_all
from pocketseg.core.cache import Cache
from pocketseg.core.errors import CheckpointError, PocketSegError, StorageError
from pocketseg.core.installation import repair
from pocketseg.core.types import Artifact, BenchmarkRow, OutputKind, Recipe
from pocketseg.data.calibration import open_calibration
from pocketseg.data.photos import Pixels, read_pair
from pocketseg.inference import class_maps
from pocketseg.report.gallery import GalleryPhoto

MODELS = ("u2netp", "topformer_tiny")
SCORING = "scoring"  # the stage of a file after those of its conversion
_PRECISIONS = {"coreml": ("fp32", "fp16")}  # of the grid, which must stay under ten minutes; else fp32 and w8a8
_GALLERY_PHOTOS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One file of the grid: what to make, and where to put it."""

    request: Request
    loaded: models.Loaded
    folder: Path

    @property
    def title(self) -> str:
        """Return the cell's name: network, target and recipe."""
        return f"{self.loaded.name} {self.request.target} {self.request.recipe}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A cell with its artifact, or with the error that it ended in.

    Attributes:
        scored: None where no file was made, or where it did not run.
        seconds: of each stage that was not kept from an earlier run.
        unscored: why a file that was made was not scored.
    """

    cell: Cell
    produced: Produced | None = None
    error: PocketSegError | None = None
    scored: Scored | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    unscored: str = ""

    @property
    def entry(self) -> Entry:
        """Return the delivered file, to be run."""
        assert self.produced is not None
        artifact = self.produced.artifact
        return Entry(artifact=artifact, path=self.cell.folder / artifact.file, runtime=_engine(self.cell))


def grid(out: Path) -> list[Cell]:
    """Return every network x target x precision, grouped by network."""
    absent = [m for m in MODELS if m not in models.released()]
    if absent:
        raise CheckpointError(f"no released weights of {', '.join(absent)} in {models.RELEASED_FOLDER}", hint=repair())
    calibration = open_calibration()
    cells = []
    for model in MODELS:
        loaded = models.open_model(model)
        for target in export.targets():
            for precision in _PRECISIONS.get(target, ("fp32", "w8a8")):
                request = Request(
                    model=model,
                    target=target,
                    recipe=Recipe(precision=precision),
                    output=OutputKind.LOGITS,
                    calibration=calibration,
                )
                folder = out / "artifacts" / f"{model}-{target}-{precision}"
                cells.append(Cell(request=request, loaded=check(request, loaded), folder=folder))
    return cells


def make_all(
    cells: Sequence[Cell], cache: Cache, done: Callable[[Outcome, int, int], None], scorer: Scorer | None = None
) -> list[Outcome]:
    """Export every cell, each into its own folder, and score each file as soon as it is there.

    No more than two conversions and scorings are at work at a time. A cell that fails becomes an outcome with its
    error, and the others go on; a full disk stops everything.

    Args:
        done: called with each outcome and how many of how many are done, one at a time.
        scorer: None scores nothing.
    """
    outcomes: dict[int, Outcome] = {}
    lock, stopped = threading.Lock(), threading.Event()

    def finish(place: int, made: Produced | PocketSegError) -> None:
        outcome = _finished(cells[place], made, scorer)
        with lock:
            if not stopped.is_set():
                outcomes[place] = outcome
                done(outcome, len(outcomes), len(cells))

    def stop() -> None:
        stopped.set()
        stop_workers()

    with torch_threads(1):  # two at work share the cores
        produce_all([cell.request for cell in cells], cache, [cell.loaded for cell in cells], done=finish, stop=stop)
    return [outcomes[place] for place in range(len(cells))]


def _finished(cell: Cell, made: Produced | PocketSegError, scorer: Scorer | None) -> Outcome:
    """Deliver what was made, and score it."""
    if isinstance(made, PocketSegError):
        return Outcome(cell=cell, error=made)
    try:
        put(made, cell.folder)
    except StorageError:
        raise
    except PocketSegError as error:
        return Outcome(cell=cell, error=error)
    outcome = Outcome(cell=cell, produced=made, seconds=made.seconds)
    if scorer is None:
        return outcome
    began = time.monotonic()
    try:
        scored = scorer.score(outcome.entry)
    except StorageError:
        raise
    except PocketSegError as error:  # measuring meets it again, and its row says so
        return replace(outcome, unscored=error.message)
    more = {} if scored.reused else {SCORING: time.monotonic() - began}
    return replace(outcome, scored=scored, seconds={**made.seconds, **more})


def open_scorer(cells: Sequence[Cell], cache: Cache, threads: int) -> Scorer:
    """Return what scores the cells' files on the embedded test photos, against their networks."""
    data = sample_part("test")
    return Scorer(data, cache, threads=threads, reference=_reference(cells, data), kept_maps=_gallery_ids(data))


def _reference(cells: Sequence[Cell], data: ScoredPhotos) -> Callable[[Artifact], Iterator[Pixels]]:
    networks = {cell.loaded.sha256: cell.loaded for cell in cells}
    return lambda artifact: class_maps(networks[artifact.checkpoint_sha256], data.photos, data.ids)


def measure_all(
    outcomes: Sequence[Outcome],
    cache: Cache,
    threads: int,
    progress: Callable[[str, int, int], None],
    warn: Callable[[str], None],
) -> tuple[list[BenchmarkRow], int]:
    """Return one row a cell, in the grid's order, and how many rows were kept from earlier runs.

    Scores that `make_all` made are kept in the cache, and are not made again.
    """
    data = sample_part("test")
    made = [outcome for outcome in outcomes if outcome.produced is not None]
    rows, kept = measure_missing(
        [outcome.entry for outcome in made], cache, data=data,
        reference=_reference([outcome.cell for outcome in outcomes], data),
        threads=threads, progress=progress, warn=warn,
    )  # fmt: skip
    by_title = {o.cell.title: row for o, row in zip(made, rows, strict=True)}
    return [by_title.get(o.cell.title) or _failed(o, threads) for o in outcomes], kept


def _engine(cell: Cell) -> str:
    return str(export.facts(cell.request.target, "RUNTIME"))


def _failed(outcome: Outcome, threads: int) -> BenchmarkRow:
    """Return the row of a file that could not be made."""
    return row_without_file(
        outcome.cell.loaded.name,
        outcome.cell.request.recipe,
        outcome.cell.request.target,
        _engine(outcome.cell),
        status="failed",
        reason=outcome.error.message if outcome.error else "",
        threads=threads,
        split="test",
    )


def gallery(outcomes: Sequence[Outcome], rows: Sequence[BenchmarkRow], scorer: Scorer) -> list[GalleryPhoto]:
    """Return a few test photos with the class maps of every file that ran, as scoring made them."""
    data = sample_part("test")
    masks: dict[str, dict[str, Pixels]] = {photo_id: {} for photo_id in _gallery_ids(data)}
    for outcome, row in zip(outcomes, rows, strict=True):
        if row.status == "ok":
            scored = outcome.scored or scorer.score(outcome.entry)
            for photo_id, found in masks.items():
                found[outcome.cell.title] = scored.maps[photo_id]
    pairs = {photo_id: read_pair(data.photos, photo_id) for photo_id in masks}
    return [
        GalleryPhoto(photo_id=photo_id, image=pairs[photo_id][0], label=pairs[photo_id][1], masks=found)
        for photo_id, found in masks.items()
    ]


def _gallery_ids(data: ScoredPhotos) -> tuple[str, ...]:
    return data.ids[:: max(1, len(data.ids) // _GALLERY_PHOTOS)][:_GALLERY_PHOTOS]
