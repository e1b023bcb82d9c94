"""Bursts: many readings of the yardstick in a row, each burst in a process of its own, and where several agree."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.device import QUIET_CORES
from benchmark.yardstick import Reading
from pocketseg.core.child import environment
from pocketseg.core.dialogue import Asked, NoAnswer
from pocketseg.core.errors import RuntimeFailedError

LEAST, MOST = 10, 24  # bursts; the least takes some six seconds
READINGS = 12  # of one burst
AGREE = 1.03  # times the quickest burst's least reading that the second's may take
_HARMLESS = 1.10  # times it: so near, a quickest that none agrees with is passed over
_ANSWER_S = 60.0
_STOLEN_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """Readings in a row. The other fields are None if the system does not report them.

    Attributes:
        others_cores: number of cores that other processes kept busy meanwhile.
        stolen: share of the time that the host of a virtual machine took.
    """

    readings: tuple[Reading, ...]
    others_cores: float | None
    stolen: float | None

    @property
    def is_quiet(self) -> bool:
        """Return whether the machine was undisturbed."""
        return (self.others_cores or 0.0) <= QUIET_CORES and (self.stolen or 0.0) <= _STOLEN_SHARE


def take() -> Burst:
    """Take a burst in a new process, under the same conditions as measuring processes.

    A new process is needed because a process keeps memory it was once given, and this one may hold much. Raises
    RuntimeFailedError.
    """
    with tempfile.TemporaryDirectory(prefix="pocketseg-yardstick-") as folder:
        child = Asked("benchmark._burst", log=Path(folder) / "log.txt", environment=environment(1))
        try:
            said = child.ask({"readings": READINGS}, _ANSWER_S)
        except NoAnswer as error:
            raise RuntimeFailedError(f"the yardstick's process failed: {error}") from error
        finally:
            child.close()
    return _burst(said)


def agreed(bursts: Sequence[Burst]) -> Reading | None:
    """Return the lowest reading that a second burst confirms, for both pieces of work.

    The value is that of the slower of two bursts that agree. A single lower burst may have met a moment that never
    recurs; it is ignored if that changes little. None: too few bursts were undisturbed, or they do not agree.
    """
    quiet = [burst for burst in bursts if burst.is_quiet]
    integer = _second([min(r.integer_ms for r in burst.readings) for burst in quiet])
    memory = _second([min(r.memory_ms for r in burst.readings) for burst in quiet])
    if integer is None or memory is None:
        return None
    return Reading(integer_ms=integer, memory_ms=memory)


def take_until_agreed(
    progress: Callable[[int, int], None], source: Callable[[], Burst] = take, most: int = MOST
) -> list[Burst]:
    """Take LEAST undisturbed bursts, and more until they agree, `most` in all. Raises RuntimeFailedError.

    It stops if the first LEAST bursts were all disturbed.

    Args:
        progress: called with the number of undisturbed bursts, and LEAST.
        source: takes a burst.
    """
    bursts: list[Burst] = []
    quiet = 0
    while len(bursts) < most and (quiet < LEAST or agreed(bursts) is None):
        bursts.append(source())
        quiet += bursts[-1].is_quiet
        progress(min(quiet, LEAST), LEAST)
        if len(bursts) == LEAST and not quiet:
            break
    return bursts


def _second(least: Sequence[float]) -> float | None:
    if len(least) < LEAST // 2:
        return None
    quickest, second, third, *_ = sorted(least)
    if second <= AGREE * quickest:
        return second
    return third if second <= _HARMLESS * quickest and third <= AGREE * second else None


def _burst(said: dict[str, Any]) -> Burst:
    pairs = zip(said["integer_ms"], said["memory_ms"], strict=True)
    others_ms, stolen_ms, wall_ms = said["others_ms"], said["stolen_ms"], said["wall_ms"]
    return Burst(
        readings=tuple(Reading(integer_ms=integer, memory_ms=memory) for integer, memory in pairs),
        others_cores=None if others_ms is None else others_ms / wall_ms,
        stolen=None if stolen_ms is None else stolen_ms / wall_ms,
    )
