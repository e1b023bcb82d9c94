"""The verdict on a measurement: VALID, UNSTABLE or INVALID, with every reason as a sentence.

A measurement is INVALID if its figures may belong to something else, UNSTABLE if they may be inaccurate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from benchmark.method import HALF_WIDTH, LEAST_UNDISTURBED, Statistics

LEAST_TURNS = 5
DRIFT = 0.05
OTHERS_CORES, MANY_OTHERS_CORES = 0.1, 0.5
STOLEN, MUCH_STOLEN = 0.02, 0.10  # of the time
SWAPPED_BYTES = 16 << 20
LOW_FREQUENCY = 0.9  # of the highest
SPEED_NOT_KNOWN = "the best speed of this device is not known yet"
_MAKES_UNSTABLE = re.compile(  # how the reasons of _doubtful and _unsure read, and read before
    r"the best speed of this (device|computer) is not known|other processes kept \S+ cores busy (before|while|after) it"
    r"|the host of this virtual machine took \d+\.\d% of|the processor ran at |the device saved power"
    r"|its output was not checked: |\d+ of \d+ turns were undisturbed \(|there is no interval of p50"
    r"|p50 is known to within |it grew (slower|faster) by "
)
_OF_FIGURES = re.compile(  # how the reasons of _too_few and _unsure read, and those of the golden check
    r"\d+ turns? (is|are) too few \(|\d+ of \d+ turns were undisturbed \(|there is no interval of p50"
    r"|p50 is known to within |it grew (slower|faster) by |its output (is not what it was at export|was not checked): "
)


class Verdict(Enum):
    """How far a measurement may be trusted."""

    VALID = "VALID"
    UNSTABLE = "UNSTABLE"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """The conditions of a measurement; None if not known.

    Attributes:
        others_before, others_during, others_after: processors that other processes kept busy.
        stolen: share of the time that the host of a virtual machine took.
        swapped_bytes: by the whole system during the measurement.
        frequency: share of the highest, at the slower end of the run.
        thermal: the system's word for thermal throttling; empty for none.
        debugger: whether one was attached.
        simulator: whether the device is simulated.
        test: whether it ran in a test, not in an app on a device.
        golden: `passed`, `failed` or `not checked`.
    """

    best_known: bool
    others_before: float | None = None
    others_during: float | None = None
    others_after: float | None = None
    stolen: float | None = None
    swapped_bytes: int | None = None
    frequency: float | None = None
    thermal: str | None = None
    low_power: bool | None = None
    hidden: bool | None = None
    debug_build: bool | None = None
    debugger: bool | None = None
    simulator: bool | None = None
    test: bool | None = None
    accelerator_asked: str = "cpu"
    accelerator_obtained: str | None = "cpu"
    golden: str = "passed"
    golden_reason: str = ""


def verdict(found: Statistics, conditions: Conditions) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict on a measurement; reasons that make it INVALID come first. VALID has no reasons."""
    invalid = [*_of_something_else(conditions), *_too_few(found), *_disturbed(conditions)]
    unstable = [*_doubtful(conditions), *_unsure(found)]
    if invalid:
        return Verdict.INVALID, (*invalid, *unstable)
    return (Verdict.UNSTABLE, tuple(unstable)) if unstable else (Verdict.VALID, ())


def of_untimed(conditions: Conditions) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict on a file that was scored and not timed: other work cannot change its output."""
    if conditions.golden == "failed":
        return Verdict.INVALID, (f"its output is not what it was at export: {conditions.golden_reason}",)
    if conditions.golden == "not checked":
        return Verdict.UNSTABLE, (f"its output was not checked: {conditions.golden_reason}",)
    return Verdict.VALID, ()


def of_reason(reason: str, whole: Verdict) -> Verdict:
    """Return the verdict to which one reason leads by itself; for a reason unknown here, the verdict of the `whole`."""
    return Verdict.UNSTABLE if _MAKES_UNSTABLE.match(reason) else whole


def is_of_figures(reason: str) -> bool:
    """Return whether a reason follows only from runs and class maps, so that anyone who has these can derive it."""
    return _OF_FIGURES.match(reason) is not None


def _of_something_else(c: Conditions) -> list[str]:
    reasons = []
    if c.test:
        reasons.append("it ran in a test, not in an app on a device")
    if c.debug_build:
        reasons.append("it is a debug build")
    if c.debugger:
        reasons.append("a debugger was attached")
    if c.simulator:
        reasons.append("it ran in a simulator or an emulator, whose times are no device's")
    obtained = "what ran it is not known" if c.accelerator_obtained is None else f"{c.accelerator_obtained} obtained"
    if c.accelerator_obtained != c.accelerator_asked:
        reasons.append(f"{c.accelerator_asked} was asked and {obtained}")
    if c.golden == "failed":
        reasons.append(f"its output is not what it was at export: {c.golden_reason}")
    if c.hidden:
        reasons.append("it was not in the foreground all the time")
    return reasons


def _too_few(found: Statistics) -> list[str]:
    if found.turns < LEAST_TURNS:
        turns = "1 turn is" if found.turns == 1 else f"{found.turns} turns are"
        return [f"{turns} too few ({LEAST_TURNS} are needed)"]
    return []


def _disturbed(c: Conditions) -> list[str]:
    reasons = []
    if c.others_during is not None and c.others_during > MANY_OTHERS_CORES:
        reasons.append(f"other processes kept {c.others_during:.2f} cores busy")
    if c.stolen is not None and c.stolen > MUCH_STOLEN:
        reasons.append(f"the host of this virtual machine took {c.stolen:.0%} of the time")
    if c.swapped_bytes is not None and c.swapped_bytes > SWAPPED_BYTES:
        reasons.append(f"the system swapped {c.swapped_bytes / 1e6:.0f} MB")
    if c.thermal:
        reasons.append(f"heat slowed it ({c.thermal})")
    return reasons


def _doubtful(c: Conditions) -> list[str]:
    reasons = []
    if not c.best_known:
        reasons.append(SPEED_NOT_KNOWN)
    for cores, when in ((c.others_before, "before"), (c.others_during, "while"), (c.others_after, "after")):
        if cores is not None and OTHERS_CORES < cores <= (MANY_OTHERS_CORES if when == "while" else float("inf")):
            reasons.append(f"other processes kept {cores:.2f} cores busy {when} it was measured")
    if c.stolen is not None and STOLEN < c.stolen <= MUCH_STOLEN:
        reasons.append(f"the host of this virtual machine took {c.stolen:.1%} of the time")
    if c.frequency is not None and c.frequency < LOW_FREQUENCY:
        reasons.append(f"the processor ran at {c.frequency:.0%} of its highest frequency")
    if c.low_power:
        reasons.append("the device saved power")
    if c.golden == "not checked":
        reasons.append(f"its output was not checked: {c.golden_reason}")
    return reasons


def _unsure(found: Statistics) -> list[str]:
    reasons = []
    if found.undisturbed_turns < LEAST_UNDISTURBED:
        reasons.append(
            f"{found.undisturbed_turns} of {found.turns} turns were undisturbed ({LEAST_UNDISTURBED} are needed)"
        )
    if found.half_width is None:
        reasons.append("there is no interval of p50")
    elif found.half_width >= HALF_WIDTH:
        reasons.append(f"p50 is known to within {found.half_width:.1%} ({HALF_WIDTH:.0%} is asked)")
    if found.drift is not None and abs(found.drift) > DRIFT:
        reasons.append(f"it grew {'slower' if found.drift > 0 else 'faster'} by {abs(found.drift):.1%} while it ran")
    return reasons
