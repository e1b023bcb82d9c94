"""A job on an Android phone: starts the app with the names of bundle and job, and tells whether it runs or why it
ended.
"""

from __future__ import annotations

import re

from pocketseg.core.record import printable
from pocketseg.devices import adb
from pocketseg.devices._android_paths import ACTIVITY, PACKAGE
from pocketseg.devices._quoting import bundle_hash, job_id
from pocketseg.devices.phone import NotStartedError

_START_S = 120.0  # `am start -W` waits for the app's first picture
_EXITS = re.compile(r"^\s*ApplicationExitInfo #\d+:", re.MULTILINE)
_OWN = re.compile(rf"\bprocess={re.escape(PACKAGE)}(?=\s|$)")  # not `:turn`, which ends after each turn as it should
_EXIT = re.compile(r"\breason=\d+ \(([A-Z _()]{1,60}?)\)(?=\s|$)")  # also APP CRASH(NATIVE)


def start(serial: str, bundle: str, job: str) -> None:
    """Start the app on a bundle on the phone. Raises NotStartedError; DeviceError where it may have begun."""
    words = ("start", "-W", "-S", "-n", ACTIVITY, "--es", "bundle", bundle_hash(bundle), "--es", "job", job_id(job))
    answer = adb.shell(serial, "am", *words, timeout_s=_START_S)
    complaint = next((line for line in (answer.text + answer.err).splitlines() if line.startswith("Error")), None)
    if answer.code != 0 or complaint is not None:
        hint = "install the app of this version again, unlock the phone, and try again"
        raise NotStartedError(f"the app did not start: {printable(complaint or adb.said(answer))}", hint=hint)


def app_runs(serial: str) -> bool | None:
    """Return whether the app has a process; None where the phone does not say."""
    answer = adb.shell(serial, "pidof", PACKAGE)
    return {0: True, 1: False}.get(answer.code)


def why_ended(serial: str) -> str:
    """Return why Android ended the app, where it says so (11 and newer)."""
    reason = exit_reason(adb.shell(serial, "dumpsys", "activity", "exit-info", PACKAGE).text)
    return f"Android says {reason}" if reason else ""


def exit_reason(text: str) -> str:
    """Return why the app's main process ended last, by `dumpsys activity exit-info`; empty where that is not stated."""
    own = next((entry for entry in _EXITS.split(text)[1:] if _OWN.search(entry)), "")  # the newest comes first
    found = _EXIT.search(own)
    return found[1].strip() if found else ""
