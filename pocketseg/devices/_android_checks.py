"""What is checked on an Android phone before a job: the app, the clock, the screen, the battery's temperature.

The output of `dumpsys` differs between makers and versions. Where it says nothing known, nothing is refused.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from pocketseg.core.errors import DeviceError, UsageError
from pocketseg.core.record import printable
from pocketseg.devices._android_paths import PACKAGE
from pocketseg.devices.adb import check_features, said, shell

_DUMP_BYTES = 8 << 20  # `dumpsys window` of a busy phone has some hundred kB
_MOST_APART_S = 600.0
_WARMEST_C = 120.0  # beyond it, no battery's temperature
_WAKEFULNESS = re.compile(r"mWakefulness=(\w+)")
_LOCKED = re.compile(r"\b(?:mShowingLockscreen|isKeyguardShowing|keyguardShowing|showing)=(true|false)")
_VERSION = re.compile(r"versionName=(\S+)")
_TEMPERATURE = re.compile(r"^\s*temperature:\s*(-?\d{1,5})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a phone said of itself before a job."""

    model: str
    android: str
    app_version: str
    clock_ahead_s: float  # of this computer's; behind where negative


def check_phone(serial: str) -> Seen:
    """Check everything that would spoil a job. Raises DeviceError, PhoneLostError."""
    check_features(serial)
    version = app_version(serial)
    if version is None:
        hint = "install it: `adb install` with the .apk that this version's release carries"
        raise DeviceError(f"the app {PACKAGE} is not installed on the phone", hint=hint)
    ahead_s = _clock_ahead_s(serial)
    _check_screen(serial)
    model, android = about(serial)
    return Seen(model=model, android=android, app_version=version, clock_ahead_s=ahead_s)


def about(serial: str) -> tuple[str, str]:
    """Return the phone's maker and model, and its version of Android, as it states them; safe to print on a
    terminal.
    """
    names = ("ro.product.manufacturer", "ro.product.model", "ro.build.version.release")
    maker, model, android = (printable(shell(serial, "getprop", name).text, 80) for name in names)
    return (model if model.startswith(maker) else f"{maker} {model}").strip(), android


def app_version(serial: str) -> str | None:
    """Return the app's version; None where it is not installed."""
    answer = shell(serial, "pm", "path", PACKAGE)
    if answer.code != 0 or not answer.text.startswith("package:"):
        return None
    found = _VERSION.search(shell(serial, "dumpsys", "package", PACKAGE, most_bytes=_DUMP_BYTES).text)
    return printable(found[1], 80) if found else "unknown"


def _clock_ahead_s(serial: str) -> float:
    before_s = time.time()
    answer = shell(serial, "date", "+%s")
    text = answer.text.strip()
    if answer.code != 0 or not re.fullmatch(r"[0-9]{1,12}", text):
        raise DeviceError(f"the phone's clock cannot be read: {said(answer)}")
    ahead_s = int(text) - (before_s + time.time()) / 2
    if abs(ahead_s) > _MOST_APART_S:
        way = "ahead of" if ahead_s > 0 else "behind"
        hint = "set the date and time of the phone (or of this computer), as records contain them"
        raise DeviceError(f"the phone's clock is {_span(abs(ahead_s))} {way} this computer's", hint=hint)
    return ahead_s


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes / size:.1f} {unit}"
    return f"{minutes} minutes"


def _check_screen(serial: str) -> None:
    hint = "unlock it, keep its screen on while the job runs, and try again: a phone that sleeps runs apps slowly"
    awake = _WAKEFULNESS.search(shell(serial, "dumpsys", "power", most_bytes=_DUMP_BYTES).text)
    if awake and awake[1] != "Awake":
        raise DeviceError(f"the phone's screen is off ({awake[1]})", hint=hint)
    if "true" in _LOCKED.findall(shell(serial, "dumpsys", "window", "policy", most_bytes=_DUMP_BYTES).text):
        raise DeviceError("the phone is locked", hint=hint)


def temperature_c(serial: str) -> float | None:
    """Return the temperature of the phone's battery; None where the phone does not report it."""
    found = _TEMPERATURE.search(shell(serial, "dumpsys", "battery").text.replace("\r", ""))
    measured_c = int(found[1]) / 10 if found else None
    return measured_c if measured_c is not None and abs(measured_c) < _WARMEST_C else None


def check_battery(serial: str, max_temp_c: float) -> float:
    """Return the battery's temperature, where waiting for `max_temp_c` can end. Raises UsageError, DeviceError."""
    if not math.isfinite(max_temp_c):
        raise UsageError(f"{max_temp_c} is not a temperature to wait for", hint="give degrees Celsius")
    now_c = temperature_c(serial)
    if now_c is None:
        hint = "leave --max-temp-c out, or look at `adb shell dumpsys battery`"
        raise DeviceError("the phone does not report its battery's temperature", hint=hint)
    return now_c


def wait_until_cool(
    serial: str, max_temp_c: float, *, limit_s: float, poll_s: float, progress: Callable[[str, int, int], None]
) -> float:
    """Wait until the battery is at most this warm, and return its temperature. Raises DeviceError beyond the limit."""
    began_s = time.monotonic()
    while True:
        now_c = check_battery(serial, max_temp_c)
        if now_c <= max_temp_c:
            return now_c
        waited_s = time.monotonic() - began_s
        if waited_s >= limit_s:
            hint = "let it cool down, out of its case and not charging, or give a higher --max-temp-c"
            message = f"the phone's battery is at {now_c:.1f} C after {waited_s:.0f} s of waiting for {max_temp_c:g} C"
            raise DeviceError(message, hint=hint)
        progress(f"waiting for {max_temp_c:g} C, the battery is at {now_c:.1f} C", int(waited_s), int(limit_s))
        time.sleep(poll_s)
