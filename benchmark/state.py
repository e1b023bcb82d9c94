"""The machine's state: power, heat, frequency, load. A value that cannot be read is null, with the reason."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmark._system import SYSTEM, read_number, read_text
from benchmark.device import governor

_LOOK_S = 0.2
_SPIN_S = 0.02  # in which a core that was asleep comes to its frequency
_CPUS = Path("sys/devices/system/cpu")
_NOT_SAID = "this system does not say"
_UNKNOWN = {
    "power": "this system shows no battery, so it does not say what it runs on",
    "battery_c": "this system shows no battery's temperature",
    "thermal": "this system shows no temperature beside one at which it slows down",
    "low_power": _NOT_SAID,
    "foreground": "a program of a computer has no foreground",
    "load_1min": _NOT_SAID,
    "frequency_share": "this system does not show its processor's frequency",
    "governor": "this system shows no frequency governor",
}


def state_document(which: str, system: Path = SYSTEM) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the record's state at `start` or `end`, and the reason for each null, by JSON pointer.

    Sleeps for a fifth of a second to see how many cores are busy. system: the folder that contains /sys.
    """
    busy_share = psutil.cpu_percent(interval=_LOOK_S) / 100
    state = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "power": power(),
        "battery_c": battery_c(system),
        "thermal": {None: None, "": "nominal"}.get(word := thermal(system), word),
        "low_power": None,
        "foreground": None,
        "busy_cores": round(busy_share * (psutil.cpu_count() or 1), 2),
        "load_1min": load_1min(),
        "frequency_share": frequency_share(system),
        "governor": governor(system) or None,
    }
    return state, {f"/state/{which}/{name}": _UNKNOWN[name] for name, value in state.items() if value is None}


def power() -> str | None:
    """Return whether the machine runs on `mains` or `battery`; None if it reports no battery."""
    try:
        found = getattr(psutil, "sensors_battery", lambda: None)()
    except (OSError, RuntimeError):
        return None
    if found is None or found.power_plugged is None:
        return None
    return "mains" if found.power_plugged else "battery"


def battery_c(system: Path = SYSTEM) -> float | None:
    """Return the battery's temperature in degrees Celsius; None if not reported. Linux reports tenths of a degree."""
    for supply in sorted((system / "sys/class/power_supply").glob("*")):
        if read_text(supply / "type") == "Battery" and read_text(supply / "scope") != "Device":
            tenths = read_number(supply / "temp")
            if tenths is not None:
                return tenths / 10
    return None


def thermal(system: Path = SYSTEM) -> str | None:
    """Return the kind of the most severe trip point that a temperature has reached; empty for none, None if not known.

    Linux slows a processor down from `passive` on, Documentation/driver-api/thermal/sysfs-api.rst.
    """
    grades = ("passive", "hot", "critical")
    seen, reached = False, set()
    for zone in (system / "sys/class/thermal").glob("thermal_zone*"):
        now = read_number(zone / "temp")
        for kind in zone.glob("trip_point_*_type"):
            at = read_number(kind.with_name(kind.name.replace("_type", "_temp")))
            if now is None or at is None or at <= 0 or read_text(kind) not in grades:
                continue
            seen = True
            if now >= at:
                reached.add(read_text(kind))
    return max(reached, key=grades.index, default="") if seen else None


def throttled(system: Path = SYSTEM) -> int | None:
    """Return how often heat has slowed a core since the system started; None if it is not reported."""
    counts = [read_number(path) for path in (system / _CPUS).glob("cpu*/thermal_throttle/*_throttle_count")]
    known = [int(count) for count in counts if count is not None]
    return sum(known) if known else None


def load_1min() -> float | None:
    """Return the system's load average over one minute."""
    try:
        return round(os.getloadavg()[0], 2)
    except (OSError, AttributeError):
        return None


def frequency_share(system: Path = SYSTEM) -> float | None:
    """Return the frequency of the fastest core as a share of its highest; None if it is not reported.

    It works for a fiftieth of a second first: a sleeping core does not show how fast it would work.
    """
    folders = [path for path in (system / _CPUS).glob("cpu*/cpufreq") if path.is_dir()]
    if not folders:
        return None
    until = time.monotonic() + _SPIN_S
    while time.monotonic() < until:
        pass
    shares = []
    for folder in folders:
        now, highest = read_number(folder / "scaling_cur_freq"), read_number(folder / "cpuinfo_max_freq")
        if now and highest:
            shares.append(now / highest)
    return round(max(shares), 3) if shares else None
