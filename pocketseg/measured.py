"""Rows of many files: on which photos, the kept one where nothing changed, and one where there is no file.

A row needs no second measurement: the same file, photos, threads, code and machine give the kept row.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import compress
import export
import models
from benchmark import runtimes
from benchmark.accuracy import Reference, ScoredPhotos
from benchmark.device import cpu_model, usable_cores
from benchmark.engine import Entry, measure
from benchmark.rows import from_json, to_json
from benchmark.timing import Effort
from pocketseg.core.cache import Cache, code_hash, host, versions
from pocketseg.core.errors import DataError, RuntimeFailedError
from pocketseg.core.files import sha256_json, write_json
from pocketseg.core.outside import read_json
from pocketseg.core.types import Artifact, BenchmarkRow, Recipe
from pocketseg.data.labelled import labels_hash, need_labels
from pocketseg.data.photos import Pixels, digest, open_photos
from pocketseg.data.sample import sample_ids, sample_photos, sample_split_hash
from pocketseg.data.split import part_ids
from pocketseg.reference import reference_maps

_SOURCES = (
    "benchmark", "models", "pocketseg/core", "pocketseg/data", "pocketseg/measured.py", "pocketseg/reference.py",
    "pocketseg/training/evaluate.py",
)  # fmt: skip
_NOTHING = models.Given()

# of a file that is scored and not timed
_NO_TIMING = Effort(rounds=1, least_runs=1, floor_runs=1, least_s=0.0, most_s=0.0, warm_up_s=0.0)


def part_of(spec: str, part: str, split_file: Path | None) -> ScoredPhotos:
    """Open a part of `FORMAT:PATH` for scoring: train, val, test or all. Raises UsageError, DataError, SplitError."""
    photos = open_photos(spec)
    need_labels(photos)
    ids, split_hash = part_ids(photos, part, split_file)
    return ScoredPhotos(photos=photos, ids=ids, name=spec, split=part, hash=split_hash)


def sample_part(part: str) -> ScoredPhotos:
    """Open the embedded photos of a part for scoring."""
    return ScoredPhotos(
        photos=sample_photos(), ids=sample_ids(part), name="embedded sample", split=part, hash=sample_split_hash()
    )


def row_without_file(
    name: str, recipe: Recipe, target: str, *, status: str, reason: str, threads: int, split: str
) -> BenchmarkRow:
    """Give the row of a file that there is not, beside rows of a part of the photos: `refused` or `failed`, and why."""
    return BenchmarkRow(
        model=name,
        recipe=str(recipe),
        target=target,
        precision=recipe.precision,
        runtime=str(export.facts(target, "RUNTIME")),
        status=status,
        reason=reason,
        split=split,
        threads=threads,
    )


def with_times_of(row: BenchmarkRow, timed: BenchmarkRow) -> BenchmarkRow:
    """Give a row the latencies, load time, memory and device of another measurement of the same file."""
    taken = ("latencies_ms", "p50_ms", "p90_ms", "load_ms", "peak_rss_bytes", "device")
    return dataclasses.replace(row, **{name: getattr(timed, name) for name in taken})


def photos_hash(data: ScoredPhotos) -> str:
    """Hash what scores are of: the photos, their labels byte for byte, and what makes classes of these."""
    facts = {
        "images": [[i, digest(data.photos.image_path(i))] for i in data.ids],
        "labels": labels_hash(data.photos, data.ids),
    }
    return sha256_json(facts)[:16]


def measure_missing(
    entries: Sequence[Entry],
    cache: Cache,
    *,
    data: ScoredPhotos,
    reference: Reference,
    threads: int,
    progress: Callable[[str, int, int], None],
    warn: Callable[[str], None],
) -> tuple[list[BenchmarkRow], int]:
    """Give a row an entry, in order, and how many of them were kept from before.

    Only `ok` rows are kept; a refused or failed file is looked at again each time.
    """
    photos = photos_hash(data)
    places = [cache.place("rows", _facts(entry, data, photos, threads)) for entry in entries]
    rows = [_kept(place, entry) for place, entry in zip(places, entries, strict=True)]
    missing = [index for index, row in enumerate(rows) if row is None]
    measured = (
        measure(
            [entries[i] for i in missing],
            data=data,
            reference=reference,
            threads=threads,
            progress=progress,
            warn=warn,
        )
        if missing
        else []
    )
    for index, row in zip(missing, measured, strict=True):
        rows[index] = row
        if row.status == "ok":
            write_json(places[index] / "row.json", to_json(row))
    return [row for row in rows if row is not None], len(entries) - len(missing)


def measure_made(
    model: str,
    made: Sequence[tuple[Recipe, Entry]],
    budget: compress.Budget,
    cache: Cache,
    *,
    data: ScoredPhotos,
    threads: int,
    given: models.Given = _NOTHING,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> list[BenchmarkRow]:
    """Measure files of one model side by side, each against the network that its recipe's steps made of it.

    given: what the model's file does not say. The steps' results are in the cache; so are rows of files that were
    measured before.
    """
    loaded = models.open_model(model, given)
    after = [compress.shrink(loaded, recipe.all_steps, budget, cache) for recipe, _ in made]
    networks = {network.sha256: network for network in after}

    def reference(artifact: Artifact) -> Iterator[Pixels] | None:
        network = networks.get(artifact.checkpoint_sha256)
        return None if network is None else reference_maps(network, data.photos, data.ids)

    rows, _ = measure_missing(
        [entry for _, entry in made], cache, data=data, reference=reference, threads=threads,
        progress=progress, warn=warn,
    )  # fmt: skip
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalScore:
    """What a file scores on test photos, and when that was taken: ISO 8601, UTC."""

    miou: float | None
    iou: dict[str, float | None]
    photos: int
    at: str


def score_once(
    entries: Sequence[Entry],
    cache: Cache,
    *,
    data: ScoredPhotos,
    threads: int,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> list[FinalScore]:
    """Score files on photos that nothing is chosen by; what was ever taken of the same file, photos and code is kept.

    Raises RuntimeFailedError where a file does not run.
    """
    photos = photos_hash(data)
    places = [cache.place("rows", _untimed(_facts(entry, data, photos, threads))) for entry in entries]
    found = {place: _kept_test(place) for place in places}
    missing = {place: entry for place, entry in zip(places, entries, strict=True) if found[place] is None}
    rows = (
        measure(list(missing.values()), data=data, threads=threads, effort=_NO_TIMING, progress=progress)
        if missing
        else []
    )
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for (place, entry), row in zip(missing.items(), rows, strict=True):
        if row.status != "ok":
            raise RuntimeFailedError(f"{entry.path}: {row.reason}")
        found[place] = new = FinalScore(miou=row.miou, iou=row.iou, photos=row.photos, at=now)
        write_json(place / "test.json", dataclasses.asdict(new))
    return [tested for place in places if (tested := found[place]) is not None]


def _untimed(facts: dict[str, Any]) -> dict[str, Any]:
    """Leave out what decides how long a file takes and not what it gives, for a score without times."""
    return {**{k: v for k, v in facts.items() if k not in ("model", "threads")}, "timed": False}


def _kept_test(place: Path) -> FinalScore | None:
    try:
        return FinalScore(**read_json(place / "test.json"))
    except (OSError, ValueError, TypeError):
        return None


def _facts(entry: Entry, data: ScoredPhotos, photos: str, threads: int) -> dict[str, Any]:
    return {
        "artifact": entry.artifact.sha256,
        "model": entry.artifact.model,
        "checkpoint": entry.artifact.checkpoint_sha256,
        "runtime": entry.runtime,
        "versions": versions([runtimes.tool(entry.runtime), "numpy", "torch", "torchmetrics"]),
        "photos": photos,
        "split": [data.split, data.hash],
        "threads": threads,
        "code": code_hash(_SOURCES),
        "host": {**host(), "cpu": cpu_model(), "cores": usable_cores()},
    }


def _kept(place: Path, entry: Entry) -> BenchmarkRow | None:
    """Read a kept row; its path is that of the file at hand."""
    try:
        content = read_json(place / "row.json")
        return from_json({**content, "artifact": str(entry.path)})
    except (OSError, ValueError, TypeError, DataError):
        return None
