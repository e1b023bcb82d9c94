"""What would make a measurement invalid now: other programs, stolen time, swapping, power, heat, low speed."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pocketseg.api._checkup import Finding, Status

if TYPE_CHECKING:
    from benchmark.best import Best
    from benchmark.bursts import Burst
    from benchmark.watch import Passed
    from pocketseg.core.cache import Cache

_LOOK_S = 1.0
_BUSY_CORES = 0.05  # for a program to be named
_NAMED = 3
_BURSTS_KNOWN, _BURSTS_UNKNOWN = 5, 14  # a checkup ends within ten seconds
_LEAST_NEAR = 0.25  # of readings that must come near the best, else undisturbed turns are rare
WAIT = "wait, or measure with `pocketseg benchmark --wait`, which waits for a quiet moment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """The computer's speed now: the best known, or None, and the readings of the yardstick."""

    best: Best | None
    findings: tuple[Finding, ...]


def present(cache: Cache, progress: Callable[[str, int, int], None]) -> tuple[tuple[Finding, ...], Best | None]:
    """Observe the computer for a second, then measure its speed; return the findings and the best known speed."""
    from benchmark import state, watch

    around, names = _look()
    swapped, start = watch.swapped_bytes(), watch.now()
    speed = _speed(cache, progress)
    during = watch.passed(start, watch.now())
    after = watch.swapped_bytes()
    found = [
        others(around, names),
        *speed.findings,
        stolen(during),
        swapping(None if swapped is None or after is None else after - swapped),
        power(state.power()),
        heat(state.thermal()),
        frequency(state.frequency_share(), _governor()),
        tiles(),
    ]
    return tuple(found), speed.best


def others(around: Passed, names: Mapping[str, float]) -> Finding:
    """Report how busy other programs are, and which. names: cores that each keeps busy."""
    from benchmark.verdict import OTHERS_CORES

    if around.others_cores is None:
        return Finding(name="other programs", status=Status.UNKNOWN)
    said = f"they keep {around.others_cores:.2f} cores busy"
    if around.others_cores <= OTHERS_CORES:
        return Finding(name="other programs", said=said)
    most = sorted(names.items(), key=lambda item: -item[1])[:_NAMED]
    named = ", ".join(f"{name} {cores:.2f}" for name, cores in most if cores >= _BUSY_CORES)
    said += f": {named}" if named else ""
    return Finding(name="other programs", status=Status.DOUBT, said=said, remedy=f"quit them, {WAIT}")


def stolen(during: Passed) -> Finding:
    """Report the time that the host of a virtual machine takes."""
    from benchmark.verdict import STOLEN

    if during.stolen is None:
        return Finding(name="stolen time", status=Status.UNKNOWN)
    said = f"the host of a virtual machine took {during.stolen:.1%}"
    if during.stolen <= STOLEN:
        return Finding(name="stolen time", said=said)
    return Finding(name="stolen time", status=Status.DOUBT, said=said, remedy=f"{WAIT}; or use a dedicated machine")


def swapping(swapped_bytes: int | None) -> Finding:
    """Report whether the system swaps memory to the disk."""
    from benchmark.verdict import SWAPPED_BYTES

    if swapped_bytes is None:
        return Finding(name="swapping", status=Status.UNKNOWN)
    said = f"{swapped_bytes / 1e6:.0f} MB in these seconds"
    if swapped_bytes <= SWAPPED_BYTES:
        return Finding(name="swapping", said=said)
    return Finding(name="swapping", status=Status.DOUBT, said=said, remedy="close programs that hold memory")


def power(source: str | None) -> Finding:
    """Report the power source."""
    if source is None:
        return Finding(name="power", status=Status.UNKNOWN)
    if source == "mains":
        return Finding(name="power", said="mains")
    return Finding(name="power", status=Status.DOUBT, said="battery", remedy="plug it in: many save power on battery")


def heat(word: str | None) -> Finding:
    """Report whether heat slows the processor. word: as state.thermal returns it."""
    if word is None:
        return Finding(name="heat", status=Status.UNKNOWN)
    if not word:
        return Finding(name="heat", said="below the throttling temperature")
    return Finding(name="heat", status=Status.DOUBT, said=f"at its {word} trip point", remedy="let it cool down")


def frequency(share: float | None, governor: str) -> Finding:
    """Report at which share of its highest frequency a core runs, and its governor."""
    from benchmark.verdict import LOW_FREQUENCY

    if share is None:
        return Finding(name="frequency", status=Status.UNKNOWN)
    said = f"{share:.0%} of the highest" + (f", governor {governor}" if governor else "")
    if share >= LOW_FREQUENCY:
        return Finding(name="frequency", said=said)
    remedy = "sudo cpupower frequency-set -g performance" if governor != "performance" else "see heat and power"
    return Finding(name="frequency", status=Status.DOUBT, said=said, remedy=remedy)


def tiles() -> Finding:
    """Report whether the processor has matrix tiles, which measuring processes do not use."""
    from benchmark.cpu_features import cpu_features

    if "amx_tile" in (cpu_features() or ()):
        return Finding(name="matrix tiles", said="present (AMX), but not used while measuring: no phone has them")
    return Finding(name="matrix tiles", said="none")


def speed_now(best: Best, bursts: Sequence[Burst], forget: str) -> Finding:
    """Report how the yardstick compares with the best known. forget: the command that forgets the best."""
    from benchmark.method import NEAR_INTEGER, NEAR_MEMORY

    readings = [reading for burst in bursts for reading in burst.readings]
    integer = statistics.median(r.integer_ms for r in readings) / best.reading.integer_ms
    memory = statistics.median(r.memory_ms for r in readings) / best.reading.memory_ms
    near = sum(
        r.integer_ms <= NEAR_INTEGER * best.reading.integer_ms and r.memory_ms <= NEAR_MEMORY * best.reading.memory_ms
        for r in readings
    ) / len(readings)
    said = (
        f"near the best in {near:.0%} of readings; typically {integer:.2f} (integer) and {memory:.2f} (memory) times it"
    )
    if near >= _LEAST_NEAR:
        return Finding(name="speed now", said=said)
    remedy = f"{WAIT}; if it stays so on a quiet machine, `{forget}` forgets the best"
    return Finding(name="speed now", status=Status.DOUBT, said=said, remedy=remedy)


def _speed(cache: Cache, progress: Callable[[str, int, int], None]) -> Speed:
    from benchmark import best as kept
    from benchmark.bursts import take, take_until_agreed
    from pocketseg.core.errors import RuntimeFailedError

    notes: list[str] = []
    known = kept.known(cache)
    try:
        if known is None:
            bursts = take_until_agreed(lambda *now: progress(kept.MEASURING, *now), take, _BURSTS_UNKNOWN)
            best = kept.settle(cache, bursts, notes.append)
        else:
            bursts = []
            for number in range(_BURSTS_KNOWN):
                bursts.append(take())
                progress("measuring this computer's speed", number + 1, _BURSTS_KNOWN)
            best = kept.reached(cache, [reading for burst in bursts for reading in burst.readings])
    except RuntimeFailedError as error:
        failed = Finding(name="best speed", status=Status.DOUBT, said=error.message, remedy="run the command again")
        return Speed(best=known, findings=(failed,))
    if best is None:
        said = "not known, so no latency is VALID: " + notes[0].partition(": ")[2]
        return Speed(best=None, findings=(Finding(name="best speed", status=Status.DOUBT, said=said),))
    said = f"integer {best.reading.integer_ms:.3f} ms, memory {best.reading.memory_ms:.3f} ms"
    when = f", last reached {best.reached_at[:10]}" if best.reached_at else ""
    status = Status.DOUBT if notes else Status.OK
    first = Finding(name="best speed", status=status, said=notes[0] if notes else f"{said}{when}")
    return Speed(best=best, findings=(first, speed_now(best, bursts, cache.cleaning(kept.KIND))))


def _governor() -> str:
    from benchmark.device import governor

    return governor()


def _look() -> tuple[Passed, dict[str, float]]:
    """Observe for a second, asleep: how busy other programs are, in cores, in total and each."""
    from benchmark import watch

    before, start = _processor_s(), watch.now()
    time.sleep(_LOOK_S)
    around, after = watch.passed(start, watch.now()), _processor_s()
    names: dict[str, float] = {}
    for pid, (name, spent_s) in after.items():
        used_s = spent_s - before.get(pid, (name, 0.0))[1]
        names[name] = names.get(name, 0.0) + used_s / _LOOK_S
    return around, names


def _processor_s() -> dict[int, tuple[str, float]]:
    """Return the name and the processor time of each other process that is visible."""
    return {pid: (name, times.user + times.system) for pid, name, times in _processes() if pid != os.getpid()}


def _processes() -> Iterator[tuple[int, str, Any]]:
    import psutil

    for process in psutil.process_iter(["pid", "name", "cpu_times"]):
        facts = process.info
        if facts["cpu_times"] is not None:
            yield facts["pid"], facts["name"] or "a program without a name", facts["cpu_times"]
