"""The quick start: export both released networks to every target; run and measure each file on the embedded photos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import export
import models
from benchmark import runtimes
from benchmark.engine import Entry
from benchmark.kept import measure_missing
from benchmark.photos import sample_part
from benchmark.rows import row_without_file
from pocketseg.artifacts.deliver import put
from pocketseg.artifacts.converter import stop_conversions
from pocketseg.artifacts.produce import Produced, produce
from pocketseg.artifacts.request import Request, check
from pocketseg.artifacts.segmenter import open_segmenter
from pocketseg.core.cache import Cache, host, versions
from pocketseg.core.errors import CheckpointError, PocketSegError, StorageError
from pocketseg.core.files import sha256_json
from pocketseg.core.installation import repair
from pocketseg.core.keys import Code, code_hash
from pocketseg.core.types import Artifact, BenchmarkRow, OutputKind, Recipe
from pocketseg.data.calibration import open_calibration
from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.data.mask_png import read_mask
from pocketseg.data.photos import Pixels, digest, read_pair
from pocketseg.inference import TOOLS, class_maps
from pocketseg.report.gallery import GalleryPhoto
from pocketseg.report.masks import write_masks

MODELS = ("u2netp", "topformer_tiny")
_CONVERSIONS_AT_ONCE = 2
_PRECISIONS = {"coreml": ("fp32", "fp16")}  # of the grid, which must stay under ten minutes; else fp32 and w8a8
_GALLERY_PHOTOS = 4
_SLOW = ("executorch", "tflite", "coreml", "torchmobile", "onnx")  # converters, the slowest first


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
    """A cell with its artifact, or with the error that it ended in."""

    cell: Cell
    produced: Produced | None
    error: PocketSegError | None


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


def make_all(cells: Sequence[Cell], cache: Cache, done: Callable[[Outcome, int, int], None]) -> list[Outcome]:
    """Export every cell, two at a time, slowest converters first, each into its own folder.

    A cell that fails becomes an outcome with its error, and the others go on; a full disk stops everything.
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
        put(produced, cell.folder)
    except StorageError:
        raise
    except PocketSegError as error:
        return Outcome(cell=cell, produced=None, error=error)
    return Outcome(cell=cell, produced=produced, error=None)


def measure_all(
    outcomes: Sequence[Outcome],
    cache: Cache,
    threads: int,
    progress: Callable[[str, int, int], None],
    warn: Callable[[str], None],
) -> tuple[list[BenchmarkRow], int]:
    """Return one row a cell, in the grid's order, and how many rows were kept from earlier runs."""
    data = sample_part("test")
    networks = {o.cell.loaded.sha256: o.cell.loaded for o in outcomes}

    def reference(artifact: Artifact) -> Iterator[Pixels]:
        return class_maps(networks[artifact.checkpoint_sha256], data.photos, data.ids)

    made = [o for o in outcomes if o.produced is not None]
    entries = [
        Entry(artifact=o.produced.artifact, path=o.cell.folder / o.produced.artifact.file, runtime=_engine(o.cell))
        for o in made
        if o.produced is not None
    ]
    rows, kept = measure_missing(
        entries, cache, data=data, reference=reference, threads=threads, progress=progress, warn=warn
    )
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


def gallery(outcomes: Sequence[Outcome], rows: Sequence[BenchmarkRow], out: Path) -> list[GalleryPhoto]:
    """Segment a few test photos with every file that ran; masks are kept in OUT/masks by content hash."""
    photos = sample_photos()
    ids = sample_ids("test")[:: max(1, len(sample_ids("test")) // _GALLERY_PHOTOS)][:_GALLERY_PHOTOS]
    pairs = {i: read_pair(photos, i) for i in ids}
    painted = [digest(photos.image_path(i)) for i in ids]
    runtimes_used = {row.runtime for row in rows if row.status == "ok"}
    codes = {name: code_hash(masks_code(name)) for name in runtimes_used}
    masks: dict[str, dict[str, Pixels]] = {i: {} for i in ids}
    for outcome, row in zip(outcomes, rows, strict=True):
        if row.status == "ok" and outcome.produced is not None:
            folder = out / "masks" / _masks_key(outcome.produced.artifact, row.runtime, codes[row.runtime], painted)
            if not all((folder / f"{i}-mask.png").is_file() for i in ids):
                segmenter = open_segmenter(str(outcome.cell.folder), 1)
                for photo_id, (image, _) in pairs.items():
                    write_masks(folder, photo_id, image, segmenter.segment(image), segmenter.classes)
            for photo_id in ids:
                mask = read_mask(folder / f"{photo_id}-mask.png", len(row.iou))
                masks[photo_id][outcome.cell.title] = mask
    return [GalleryPhoto(photo_id=i, image=pairs[i][0], label=pairs[i][1], masks=masks[i]) for i in ids]


def masks_code(runtime: str) -> Code:
    """Return the code that a file's masks of the embedded photos depend on."""
    return Code(
        modules=("pocketseg.artifacts.segmenter", "pocketseg.data.embedded", "pocketseg.data.mask_png"),
        used={
            "models": (),  # a file runs without its network
            "models/released": (),
            "export": (),
            "benchmark/runtimes": (runtime,),
            "pocketseg/data/formats": (sample_photos().format,),
            "pocketseg/data/splits": (),
        },
        alone=("pocketseg.report.masks",),  # which writes beside them what nobody reads back
    )


def _masks_key(artifact: Artifact, runtime: str, code: str, photos: Sequence[str]) -> str:
    """Return the hash of all that determines a file's masks. code: the hash of `masks_code`. photos: their digests."""
    tools = versions([*TOOLS, runtimes.tool(runtime)])
    return sha256_json([artifact.sha256, *photos, code, tools, host()])[:16]
