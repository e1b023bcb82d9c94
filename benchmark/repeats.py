"""Finds rows that repeat a measurement, with the same file, setting and photos: only the latest run counts.

A setting is everything that a latency depends on besides the file, except the runtime's version. Rows of the same run
never replace one another, and a row about which too little is known is not replaced.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmark.samples import sample, setting
from benchmark.where import where
from pocketseg.core.types import BenchmarkRow

_OLDEST, _AHEAD = timedelta(days=365), timedelta(days=1)  # that a right clock's start may lie off a record's import
_NEVER = datetime.min.replace(tzinfo=UTC)


def scored_on(row: BenchmarkRow) -> Hashable:
    """Return a key that is equal for rows scored on the same photos and labels; None for a row without a score."""
    if row.status != "ok" or row.miou is None:
        return None
    return sample(row).photos or (row.data, row.data_hash, row.split, row.photos)


def earlier(rows: Sequence[BenchmarkRow]) -> set[int]:
    """Return the ids of rows replaced by a later run of the same file, with the same setting, on the same photos.

    The later run is the one that started later; if two started at once, the one further down in the table.
    """
    found: set[int] = set()
    for same in _runs_of_files(rows).values():
        latest = latest_of(same)
        found |= {id(row) for row in same if _run(row) != _run(latest)}
    return found


def latest_of(rows: Sequence[BenchmarkRow]) -> BenchmarkRow:
    """Return the row of the run that started last; if two started at once, the one further down in the table."""
    return max(enumerate(rows), key=lambda at: (_started(at[1]), at[0]))[1]


def _runs_of_files(rows: Iterable[BenchmarkRow]) -> dict[Hashable, list[BenchmarkRow]]:
    """Group the rows that ran by file, setting and photos; rows of an unknown file are left out."""
    found: dict[Hashable, list[BenchmarkRow]] = {}
    for row in rows:
        if row.status == "ok" and row.artifact_sha256 and _run(row):
            file = (row.artifact_sha256, row.model, row.recipe, row.target, row.output)
            found.setdefault((file, _place(row), scored_on(row)), []).append(row)
    return found


def _place(row: BenchmarkRow) -> Hashable:
    if row.document is not None:
        return tuple((name, str(value)) for name, value in setting(row.document).items() if name != "runtime")
    place = where(row)
    return row.kind, row.threads, place and (place.device, place.asked, place.accelerator)


def _run(row: BenchmarkRow) -> str:
    """Return the id of a row's run; empty if it is not known."""
    return row.record.partition("/")[0]


def _started(row: BenchmarkRow) -> datetime:
    """Return when a row's run began: by its device's clock, or by the time of its import if the two are far apart."""
    if row.document is None:
        return _moment(str(row.device.get("timed_at", "")).partition(" ")[0])
    document: Mapping[str, Any] = row.document
    began = _moment(document["run"]["started_at"])
    if (imported := document.get("imported")) is None:
        return began
    return began if is_clock_right(document["run"]["started_at"], imported["at"]) else _moment(imported["at"])


def is_clock_right(started_at: str, imported_at: str) -> bool:
    """Return whether a record's start, by its device's clock, is plausible for a record imported at that time."""
    taken_in = _moment(imported_at)
    return taken_in - _OLDEST <= _moment(started_at) <= taken_in + _AHEAD


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError):
        return _NEVER
