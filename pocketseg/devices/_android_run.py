"""A job on an Android phone: the app is started with the names of bundle and job, and its progress.json is followed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from pocketseg.core.errors import DeviceError
from pocketseg.core.record import printable
from pocketseg.devices import adb
from pocketseg.devices._android_files import read_file
from pocketseg.devices._android_paths import ACTIVITY, PACKAGE
from pocketseg.devices._quoting import bundle_hash, job_id
from pocketseg.devices.progress import MOST_BYTES, RUNNING, JobProgress, UnreadableError, read_progress

Progress = Callable[[str, int, int], None]

_START_S = 120.0  # `am start -W` waits for the app's first picture
_MOST_UNREADABLE = 3  # in a row; the app renames whole files into place, so one is the connection's fault
_MOST_DEAD = 2  # in a row; the app may end between a look at its file and one at its process
_EXITS = re.compile(r"^\s*ApplicationExitInfo #\d+:", re.MULTILINE)
_OWN = re.compile(rf"\bprocess={re.escape(PACKAGE)}(?=\s|$)")  # not `:turn`, which ends after each turn as it should
_EXIT = re.compile(r"\breason=\d+ \(([A-Z _()]{1,60}?)\)(?=\s|$)")  # also APP CRASH(NATIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a job may take, and how often it is looked at."""

    first_s: float = 120.0  # until the first progress.json
    still_s: float = 1_200.0  # without a change: a first load for an accelerator may compile for minutes
    total_s: float = 6 * 3_600.0
    poll_s: float = 2.0


class UnfinishedError(DeviceError):
    """A job that ended before all its runs are done: what is finished can be fetched."""


class StandstillError(UnfinishedError):
    """A job that has not come on for too long, and that may yet: it is left alone."""


class NotStartedError(DeviceError):
    """The app said that it does not start: there is no job."""


def start(serial: str, bundle: str, job: str) -> None:
    """Start the app on a bundle that lies on the phone. Raises NotStartedError; DeviceError where it may have begun."""
    words = ("start", "-W", "-S", "-n", ACTIVITY, "--es", "bundle", bundle_hash(bundle), "--es", "job", job_id(job))
    answer = adb.shell(serial, "am", *words, timeout_s=_START_S)
    complaint = next((line for line in (answer.text + answer.err).splitlines() if line.startswith("Error")), None)
    if answer.code != 0 or complaint is not None:
        hint = "install the app of this version again, unlock the phone, and try again"
        raise NotStartedError(f"the app did not start: {printable(complaint or adb.said(answer))}", hint=hint)


def follow(serial: str, bundle: str, job: str, limits: Limits, progress: Progress) -> JobProgress:
    """Look at the job's progress until it is finished. Raises UnfinishedError, DeviceError, PhoneLostError."""
    began_s = changed_s = time.monotonic()
    last: bytes | None = None
    now: JobProgress | None = None
    unreadable = dead = 0
    while True:
        data = read_file(serial, job, "progress.json", MOST_BYTES)
        if data is not None and data != last:
            try:
                now = read_progress(data, job=job, bundle=bundle)
            except UnreadableError:
                unreadable += 1
                if unreadable == _MOST_UNREADABLE:
                    raise
            else:
                last, changed_s, unreadable, dead = data, time.monotonic(), 0, 0
                progress(now.phase or now.state, now.run, now.runs)
                if now.state == "finished":
                    return now
                if now.state != RUNNING:
                    reason = f": {now.reason}" if now.reason else ", and does not say why"
                    hint = "see that app and pocketseg are of one version"
                    raise UnfinishedError(f"the app {now.state} the job{reason}", hint=hint)
        else:
            dead = dead + 1 if app_runs(serial) is False else 0
        _check_time(serial, now, dead, time.monotonic() - changed_s, time.monotonic() - began_s, limits)
        time.sleep(limits.poll_s)


def _check_time(serial: str, now: JobProgress | None, dead: int, still_s: float, all_s: float, limits: Limits) -> None:
    where = "before it wrote any progress" if now is None else f"in run {now.run + 1} of {now.runs} ({now.phase})"
    if dead >= _MOST_DEAD:
        raise UnfinishedError(
            f"the app ended {where}{_why(serial)}",
            hint="see what the phone shows; keep the app in front and the phone unlocked, and run the job again",
        )
    if now is None and still_s > limits.first_s:
        hint = "see what the app shows; is it the app of this version, and is the phone unlocked?"
        raise StandstillError(f"the app wrote no progress within {limits.first_s:g} s", hint=hint)
    if still_s > limits.still_s:
        hint = "see what the phone shows: keep the app in front, the screen on, the phone unlocked"
        raise StandstillError(f"the app has not come on for {limits.still_s:g} s, {where}", hint=hint)
    if all_s > limits.total_s:
        raise StandstillError(f"the job is not done after {limits.total_s:g} s, {where}", hint="bundle less at once")


def app_runs(serial: str) -> bool | None:
    """Say whether the app has a process; None where the phone does not tell."""
    answer = adb.shell(serial, "pidof", PACKAGE)
    return {0: True, 1: False}.get(answer.code)


def _why(serial: str) -> str:
    """Return why Android ended the app, where it says so (11 and newer)."""
    reason = exit_reason(adb.shell(serial, "dumpsys", "activity", "exit-info", PACKAGE).text)
    return f": Android says {reason}" if reason else ""


def exit_reason(text: str) -> str:
    """Return why the app's main process ended last, by `dumpsys activity exit-info`; empty where that does not say."""
    own = next((entry for entry in _EXITS.split(text)[1:] if _OWN.search(entry)), "")  # the newest comes first
    found = _EXIT.search(own)
    return found[1].strip() if found else ""
