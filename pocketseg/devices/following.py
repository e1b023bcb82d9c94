"""Follows a job on a phone by its progress.json to its end, restarting the app where needed.

An iPhone gives the app one process: the app leaves it to measure memory in a new one, or the system ends it. It is then
started again with the same job, at most 2 x runs + 3 times, and 3 times in a row without progress.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from pocketseg.core.errors import DeviceError
from pocketseg.devices.phone import (
    JobRefusedError,
    Limits,
    NotStartedError,
    Phone,
    Progress,
    StandstillError,
    UnfinishedError,
)  # fmt: skip
from pocketseg.devices.progress import MOST_BYTES, RUNNING, JobProgress, UnreadableError, read_progress

_MOST_UNREADABLE = 3  # in a row; the app renames whole files into place, so one is the connection's fault
_MOST_DEAD = 2  # in a row; the app may end between a look at its file and one at its process
_DEAD_POLL_S = 2.0  # before it is looked at a second time
_MOST_IDLE_STARTS = 3
_SPARE_STARTS = 3


@dataclass(slots=True, kw_only=True)
class _Starts:
    """How often the app was started again, and how far the job was then."""

    count: int = 0
    idle: int = 0
    at: JobProgress | None = None

    def are_spent(self, now: JobProgress | None) -> bool:
        """Return whether one more start would be too many for an app that ended at this point."""
        self.idle = self.idle + 1 if self.count and now == self.at else 0
        runs = now.runs if now is not None else 0
        return self.count >= 2 * runs + _SPARE_STARTS or self.idle >= _MOST_IDLE_STARTS

    def add(self, now: JobProgress | None) -> None:
        self.count, self.at = self.count + 1, now


def follow(phone: Phone, bundle: str, job: str, limits: Limits, progress: Progress) -> JobProgress:
    """Poll the job's progress until it is finished. Raises UnfinishedError, DeviceError, PhoneLostError."""
    began_s = changed_s = time.monotonic()
    last: bytes | None = None
    now: JobProgress | None = None
    starts = _Starts()
    unreadable = dead = 0
    while True:
        data = phone.read_progress(job, MOST_BYTES)
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
                    reason = f": {now.reason}" if now.reason else " without a reason"
                    hint = "check that the app and pocketseg have the same version"
                    kind = JobRefusedError if now.state == "refused" else UnfinishedError
                    raise kind(f"the app {now.state} the job{reason}", hint=hint)
        else:
            dead = dead + 1 if phone.app_runs() is False else 0
        if dead >= _MOST_DEAD:
            _start_again(phone, bundle, job, now, starts, progress)
            dead, changed_s = 0, time.monotonic()
        _check_time(now, time.monotonic() - changed_s, time.monotonic() - began_s, limits)
        time.sleep(limits.poll_s if dead == 0 else min(limits.poll_s, _DEAD_POLL_S))


def _start_again(
    phone: Phone, bundle: str, job: str, now: JobProgress | None, starts: _Starts, progress: Progress
) -> None:
    """Restart an app that ended before its job was over, where that helps. Raises UnfinishedError, DeviceError."""
    why = phone.why_ended()
    ended = f"the app ended {_where(now)}" + (f": {why}" if why else "")
    hint = "look at the phone's screen; keep the app in front and the phone unlocked, and run the job again"
    if not phone.restarts:
        raise UnfinishedError(ended, hint=hint)
    if starts.are_spent(now):
        raise UnfinishedError(f"{ended}, and has been restarted {starts.count} times", hint=hint)
    starts.add(now)
    if now is not None:
        progress("restarting the app", now.run, now.runs)
    try:
        phone.start(bundle, job)
    except NotStartedError as error:  # what it has finished can be fetched, and once the cause is gone it goes on
        message = f"{ended}, and does not restart: {error.message}"
        raise StandstillError(message, hint=error.hint) from error
    except DeviceError as error:
        error.message = f"{ended}, and may not have restarted: {error.message}"
        raise


def _where(now: JobProgress | None) -> str:
    return "before it wrote any progress" if now is None else f"in run {now.run + 1} of {now.runs} ({now.phase})"


def _check_time(now: JobProgress | None, still_s: float, all_s: float, limits: Limits) -> None:
    if now is None and still_s > limits.first_s:
        hint = "look at the app: is it the app of this version, and is the phone unlocked?"
        raise StandstillError(f"the app wrote no progress within {limits.first_s:g} s", hint=hint)
    if still_s > limits.still_s:
        hint = "look at the phone's screen: keep the app in front, the screen on, the phone unlocked"
        raise StandstillError(f"the app has made no progress for {limits.still_s:g} s, {_where(now)}", hint=hint)
    if all_s > limits.total_s:
        raise StandstillError(
            f"the job is not finished after {limits.total_s:g} s, {_where(now)}", hint="put less into one bundle"
        )
