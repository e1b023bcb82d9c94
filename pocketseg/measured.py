"""Rows of many files: on which photos, the kept one where nothing changed, and one where there is no file.

A row needs no second measurement: the same file, photos, threads, code and machine give the kept row.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
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
from pocketseg.core.cache import Cache, code_hash, host, versions
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_json
from pocketseg.core.types import Artifact, BenchmarkRow, Recipe
from pocketseg.data.labelled import labels_hash, need_labels
from pocketseg.data.photos import Pixels, digest, open_photos
from pocketseg.data.sample import sample_ids, sample_photos, sample_split_hash
from pocketseg.data.split import part_ids
from pocketseg.reference import reference_maps

_SOURCES = ("benchmark", "pocketseg/core", "pocketseg/data", "pocketseg/measured.py", "pocketseg/reference.py")


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


def row_without_file(name: str, recipe: Recipe, target: str, *, status: str, reason: str, threads: int) -> BenchmarkRow:
    """Give the row of a file that there is not, on test photos: `refused` or `failed`, and why."""
    return BenchmarkRow(
        model=name,
        recipe=str(recipe),
        target=target,
        precision=recipe.precision,
        runtime=str(export.facts(target, "RUNTIME")),
        status=status,
        reason=reason,
        split="test",
        threads=threads,
    )


def with_times_of(row: BenchmarkRow, timed: BenchmarkRow) -> BenchmarkRow:
    """Give a row the latencies, load time, memory and device of another measurement of the same file."""
    taken = ("latencies_ms", "p50_ms", "p90_ms", "load_ms", "peak_rss_bytes", "device")
    return dataclasses.replace(row, **{name: getattr(timed, name) for name in taken})


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
    photos = [digest(data.photos.image_path(i)) for i in data.ids]
    labels = labels_hash(data.photos, data.ids)
    places = [cache.place("rows", _facts(entry, data, photos, labels, threads)) for entry in entries]
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
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> list[BenchmarkRow]:
    """Measure files of one model side by side, each against the network that its recipe's steps made of it.

    The steps' results are in the cache; so are rows of files that were measured before.
    """
    loaded = models.open_model(model)
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


def _facts(entry: Entry, data: ScoredPhotos, photos: list[str], labels: str, threads: int) -> dict[str, Any]:
    return {
        "artifact": entry.artifact.sha256,
        "model": entry.artifact.model,
        "checkpoint": entry.artifact.checkpoint_sha256,
        "runtime": entry.runtime,
        "versions": versions([runtimes.tool(entry.runtime), "numpy", "torch", "torchmetrics"]),
        "photos": photos,
        "labels": labels,
        "split": [data.split, data.hash],
        "threads": threads,
        "code": code_hash(_SOURCES),
        "host": {**host(), "cpu": cpu_model(), "cores": usable_cores()},
    }


def _kept(place: Path, entry: Entry) -> BenchmarkRow | None:
    """Read a kept row; its path is that of the file at hand."""
    try:
        content = json.loads((place / "row.json").read_text(encoding="utf-8"))
        return from_json({**content, "artifact": str(entry.path)})
    except (OSError, ValueError, TypeError, DataError):
        return None
