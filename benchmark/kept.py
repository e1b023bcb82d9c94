"""Rows of many files, measured once and kept.

A row is reused if file, photos, threads, code and machine are the same. A score alone is, too (scoring.py).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import models
from benchmark import runtimes
from benchmark.accuracy import Reference
from benchmark.device import cpu_model, usable_cores
from benchmark.engine import measure
from benchmark.entry import Entry, as_described, check_photos
from benchmark.photos import ScoredPhotos, photos_hash
from benchmark.rows import from_json, to_json
from benchmark.scoring import Scorer
from benchmark.timing import Effort
from pocketseg.core.cache import Cache, host, versions
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_json, write_text
from pocketseg.core.keys import Code, code_hash
from pocketseg.core.outside import read_json, read_within
from pocketseg.core.record import MOST_BYTES, read_record, record_id, sealed
from pocketseg.core.types import BenchmarkRow
from pocketseg.inference import TOOLS


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
    """Return one row per entry, in order, and how many of them an earlier run had kept.

    Only `ok` rows with a record are kept; a refused or failed file is tried again each time. So is a file whose row is
    INVALID, unless $POCKETSEG_CEILING_S is 0, which asks for quick figures of any quality. warn: also called for kept
    rows that are not VALID.
    """
    photos = photos_hash(data)
    places = [cache.place("rows", _facts(entry, data, photos, threads)) for entry in entries]
    rows = [_kept(place, entry) for place, entry in zip(places, entries, strict=True)]
    if Effort().ceiling_s > 0:
        rows = [None if row is not None and row.verdict == "INVALID" else row for row in rows]
    if said := doubtful([row for row in rows if row is not None], cache.cleaning("rows")):
        warn(said)
    missing = [index for index, row in enumerate(rows) if row is None]
    scorer = Scorer(data, cache, threads=threads, reference=reference)
    scored = [scorer.kept(entries[i]) for i in missing]
    measured = (
        measure(
            [entries[i] for i in missing],
            data=data,
            reference=reference,
            scores=[None if found is None else found.score for found in scored],
            threads=threads,
            cache=cache,
            progress=progress,
            warn=warn,
        )
        if missing
        else []
    )
    for index, row in zip(missing, measured, strict=True):
        rows[index] = row
        if row.status == "ok" and row.document is not None:
            write_text(places[index] / "record.json", sealed(row.document) + "\n")
            write_json(places[index] / "row.json", to_json(row))
    return [row for row in rows if row is not None], len(entries) - len(missing)


def doubtful(kept: Sequence[BenchmarkRow], remove: str) -> str:
    """Return which kept rows are UNSTABLE or INVALID, and how to measure them again; empty if there are none.

    remove: the command that removes kept rows.
    """
    found = [row for row in kept if row.verdict in ("UNSTABLE", "INVALID")]
    if not found:
        return ""
    row, again = found[0], f"`{remove}` removes all kept rows, so that they are measured again"
    why = f"{row.model} {row.recipe} as {row.target}: {row.verdict}, {'; '.join(row.verdict_reasons)}"
    return f"{len(found)} of {len(kept)} rows kept from before are not VALID ({why}); {again}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalScore:
    """A file's score on test photos. at: when it was measured, ISO 8601, UTC."""

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
    """Score files on photos by which nothing is chosen; the score of one file, photos and code is kept for good.

    Raises RuntimeFailedError if a file does not run.
    """
    photos = photos_hash(data)
    places = [cache.place("rows", _untimed(_facts(entry, data, photos, threads))) for entry in entries]
    found = {place: _kept_test(place) for place in places}
    missing = {place: entry for place, entry in zip(places, entries, strict=True) if found[place] is None}
    if missing:
        check_photos(list(missing.values()), data, progress, lambda sentence: None)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with Scorer(data, cache, threads=threads) as scorer:
        for place, scored in zip(missing, scorer.score_all(list(missing.values()), progress), strict=True):
            score = scored.score
            found[place] = new = FinalScore(miou=score.miou(), iou=score.iou(), photos=len(score.photos), at=now)
            write_json(place / "test.json", dataclasses.asdict(new))
    return [tested for place in places if (tested := found[place]) is not None]


def _untimed(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts without those that only affect a file's latency, for a score without latencies."""
    return {**{k: v for k, v in facts.items() if k not in ("model", "threads")}, "timed": False}


def _kept_test(place: Path) -> FinalScore | None:
    try:
        return FinalScore(**read_json(place / "test.json"))
    except (OSError, ValueError, TypeError):
        return None


def code(runtime: str, network: str, data_format: str) -> Code:
    """Return the code that a row depends on: both processes, the file's runtime, and the reference network.

    network: as the manifest names it; empty if it does not.
    """
    return Code(
        modules=("benchmark.kept", "models._released", "pocketseg.inference"),
        used={
            "models": models.families(network),
            "models/released": (),  # `artifact` and `checkpoint` are hashes
            "benchmark/runtimes": (runtime,),
            "pocketseg/data/formats": (data_format,),
            "pocketseg/data/splits": (),  # `photos` is the hash of those that are scored
        },
    )


def _facts(entry: Entry, data: ScoredPhotos, photos: str, threads: int) -> dict[str, Any]:
    return {
        "artifact": entry.artifact.sha256,
        "described": as_described(entry.artifact),
        "model": entry.artifact.model,
        "checkpoint": entry.artifact.checkpoint_sha256,
        "runtime": entry.runtime,
        "versions": versions([runtimes.tool(entry.runtime), *TOOLS, "torchmetrics"]),
        "photos": photos,
        "split": [data.split, data.hash],
        "threads": threads,
        "code": code_hash(code(entry.runtime, entry.artifact.facts.get("network", ""), data.photos.format)),
        "host": {**host(), "cpu": cpu_model(), "cores": usable_cores()},
    }


def _kept(place: Path, entry: Entry) -> BenchmarkRow | None:
    """Return a kept row with its record.

    Path and name come from the file at hand, since another recipe may have produced the same bytes.
    """
    artifact = entry.artifact
    own = {"recipe": artifact.recipe, "precision": artifact.precision, "artifact": str(entry.path)}
    try:
        row = from_json({**read_json(place / "row.json"), **own})
        document = read_record(read_within(place / "record.json", MOST_BYTES))
    except (OSError, ValueError, TypeError, DataError):
        return None
    return dataclasses.replace(row, document=document) if row.record == record_id(document) else None
