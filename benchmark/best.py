"""The best known speed of this host: the yardstick's least known time, kept in the cache.

It belongs to one device, processor and version of the yardstick. A run that comes near it confirms it. It expires if it
is not reached for 30 days, if its checksum is wrong, or if its date is in the future. Writes are atomic; an update that
another process overwrites is made again by the next run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmark.bursts import AGREE, LEAST, Burst, agreed, take, take_until_agreed
from benchmark.device import device_document
from benchmark.yardstick import VERSION, Reading
from pocketseg.core.cache import Cache
from pocketseg.core.errors import RuntimeFailedError, StorageError
from pocketseg.core.files import sha256_json, write_json
from pocketseg.core.outside import read_json

KIND = "yardstick"
MEASURING = "measuring the best speed of this computer"  # the phase of that name
EXPIRES = timedelta(days=30)
_NEAR = AGREE  # times the best that a reading may take which reaches it
_LOWER = 0.99  # times the best below which a reading is lower
_LEAST_LOWER, _LOWER_SHARE = 5, 0.02  # readings that must be lower: so many, and such a share of all
_KEY = ("maker", "model", "cpu", "cpu_features", "cores", "machine")
_DIGITS = 4
_LEAST_MS, _MOST_MS = 0.01, 100.0  # that the yardstick takes on any computer
_CLOCK = timedelta(minutes=1)  # that it may be set back by
_FORMAT = "%Y-%m-%dT%H:%M:%SZ"  # of records, too

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The least time of the yardstick. reached_at: when it was last reached, UTC, ISO 8601; None if it is not kept."""

    reading: Reading
    reached_at: str | None


def known(cache: Cache, now: datetime | None = None) -> Best | None:
    """Return the best known of this host; None if it was not measured, is damaged or has expired.

    now: UTC; the present time by default.
    """
    best = _read(_file(cache))
    if best is None or best.reached_at is None:
        return None
    age = (now or datetime.now(UTC)) - datetime.fromisoformat(best.reached_at)
    return best if -_CLOCK <= age <= EXPIRES else None


def find(
    cache: Cache,
    progress: Progress = lambda what, done, total: None,
    note: Callable[[str], None] = lambda sentence: None,
    source: Callable[[], Burst] = take,
) -> Best | None:
    """Measure the best of this host carefully, for six seconds or more, and keep it. Returns None if it stays unknown.

    Args:
        note: called with a sentence if it stays unknown, or cannot be kept and so holds only for this run.
        source: takes a burst.
    """
    try:
        bursts = take_until_agreed(lambda *now: progress(MEASURING, *now), source)
    except RuntimeFailedError as error:
        note(f"the best speed of this computer could not be measured: {error.message}")
        return None
    return settle(cache, bursts, note)


def settle(cache: Cache, bursts: Sequence[Burst], note: Callable[[str], None]) -> Best | None:
    """Keep the reading on which bursts agree as this host's best; if they disagree, send a note and return None."""
    reading = agreed(bursts)
    if reading is None:
        note(f"the best speed of this computer is still not known: {_why(bursts)}; try again when it is quiet")
        return None
    best = Best(reading=_rounded(reading), reached_at=_text(datetime.now(UTC)))
    try:
        _write(_file(cache), best)
    except (StorageError, OSError) as error:
        note(f"the best speed of this computer holds only for this run, as it cannot be kept: {_first_line(error)}")
        return Best(reading=best.reading, reached_at=None)
    return best


def reached(cache: Cache, readings: Sequence[Reading], now: datetime | None = None) -> Best | None:
    """Compare a run's own readings with the best known, keep the outcome, and return the new best.

    Readings near the best, for both pieces of work, confirm it. If several are lower, the host is faster than was
    known, and the best is lowered. Returns None if nothing is known: one run is not enough to establish a best. now:
    UTC.
    """
    now = now or datetime.now(UTC)
    best = known(cache, now)
    if best is None or not readings:
        return best
    integer = [reading.integer_ms for reading in readings]
    memory = [reading.memory_ms for reading in readings]
    lower = Reading(
        integer_ms=_lowered(best.reading.integer_ms, integer), memory_ms=_lowered(best.reading.memory_ms, memory)
    )
    is_near = min(integer) <= _NEAR * lower.integer_ms and min(memory) <= _NEAR * lower.memory_ms
    after = Best(reading=_rounded(lower), reached_at=_text(now) if is_near else best.reached_at)
    if after == best:
        return best
    try:
        _write(_file(cache), after)
    except (StorageError, OSError):
        return best  # what is not kept changes nothing
    return after


def _lowered(best_ms: float, found_ms: Sequence[float]) -> float:
    """Return the best after a run, lowered if enough readings are below it."""
    count = max(_LEAST_LOWER, math.ceil(_LOWER_SHARE * len(found_ms)))
    if len(found_ms) < count:
        return best_ms
    sustained = sorted(found_ms)[count - 1]
    return sustained if sustained < _LOWER * best_ms else best_ms


def _why(bursts: Sequence[Burst]) -> str:
    quiet = [burst for burst in bursts if burst.is_quiet]
    if len(quiet) < LEAST // 2:
        cores = sorted(burst.others_cores or 0.0 for burst in bursts)
        busy = f" (others kept {cores[len(cores) // 2]:.2f} cores busy)" if cores and cores[-1] > 0 else ""
        return f"it was undisturbed in {len(quiet)} of {len(bursts)} short measurements{busy}"
    return f"the fastest times of no two of {len(quiet)} short measurements were within {AGREE - 1:.0%} of each other"


def _file(cache: Cache) -> Path:
    device, _ = device_document()
    facts = {name: device[name] for name in _KEY}
    return cache.place(KIND, {**facts, "version": VERSION}) / "best.json"


def _read(path: Path) -> Best | None:
    try:
        content = read_json(path)
        reading = Reading(integer_ms=_ms(content["integer_ms"]), memory_ms=_ms(content["memory_ms"]))
        at = datetime.strptime(content["reached_at"], _FORMAT).replace(tzinfo=UTC)
        if content != _checked(content) or _text(at) != content["reached_at"]:
            return None
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return Best(reading=reading, reached_at=content["reached_at"])


def _checked(content: dict[str, Any]) -> dict[str, Any]:
    """Return content with a checksum over all other entries."""
    rest = {name: value for name, value in content.items() if name != "checksum"}
    return {**rest, "checksum": sha256_json(rest)}


def _ms(value: Any) -> float:
    """Return a valid number of milliseconds from a file. Raises ValueError or TypeError for anything else."""
    if isinstance(value, bool) or not _LEAST_MS <= value <= _MOST_MS:
        raise ValueError(f"{value!r} is not a time of the yardstick")
    return float(value)


def _write(path: Path, best: Best) -> None:
    content = {
        "version": VERSION,
        "integer_ms": best.reading.integer_ms,
        "memory_ms": best.reading.memory_ms,
        "reached_at": best.reached_at,
    }
    write_json(path, _checked(content))


def _rounded(reading: Reading) -> Reading:
    return Reading(integer_ms=round(reading.integer_ms, _DIGITS), memory_ms=round(reading.memory_ms, _DIGITS))


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
