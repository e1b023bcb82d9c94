"""How far a job is: the progress.json that an app rewrites, read as an untrusted file.

{"schema_version": "1.0", "job": ID, "bundle": SHA256, "state": "running" | "finished" | "refused" | "failed", "run": 0,
"runs": 2, "phase": "timing", "reason": null, "at": "2026-11-29T08:00:00Z"}
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pocketseg.core.errors import DeviceError
from pocketseg.core.outside import parse_json
from pocketseg.core.record import printable

SCHEMA_VERSION = "1.0"
MOST_BYTES = 1 << 16  # of the file
MOST_RUNS = 10_000  # of a job
RUNNING = "running"
OVER = ("finished", "refused", "failed")
STATES = (RUNNING, *OVER)
_VERSION = re.compile(r"([0-9]{1,4})\.[0-9]{1,4}")
_HASH = re.compile(r"[0-9a-f]{64}")
JOB = re.compile(r"[0-9a-f]{32}")
_MAJOR = int(SCHEMA_VERSION.split(".")[0])
_NEITHER = "look at the app on the phone"


class UnreadableError(DeviceError):
    """A progress.json that is cut off or damaged; the next one may be whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """What the app says of a job; its texts are safe to print on a terminal."""

    job: str
    bundle: str
    state: str
    run: int  # the place in the job of what runs now
    runs: int
    phase: str
    reason: str


def read_progress(data: bytes, *, job: str | None, bundle: str | None) -> JobProgress:
    """Return an app's progress.json, on this job and bundle where they are given.

    Raises UnreadableError, or DeviceError where it is of another job.
    """
    try:
        found = parse_json(data)
    except ValueError as error:
        raise UnreadableError(f"the app's progress.json is cut off or damaged: {error}", hint=_NEITHER) from error
    if not isinstance(found, dict):
        raise UnreadableError("the app's progress.json is damaged: it is not a JSON object", hint=_NEITHER)
    _check_version(found.get("schema_version"))
    for name, wanted in (("job", job), ("bundle", bundle)):
        if wanted is not None and found.get(name) != wanted:
            said = printable(str(found.get(name)), 80)
            raise DeviceError(f"the phone's progress.json is of another {name}: {said}", hint=f"ours is {wanted}")
    for name, pattern in (("job", JOB), ("bundle", _HASH)):
        if not isinstance(found.get(name), str) or not pattern.fullmatch(found[name]):
            raise UnreadableError(f"the app's progress.json is damaged: its {name} is not an id", hint=_NEITHER)
    state, run, runs = found.get("state"), _count(found.get("run")), _count(found.get("runs"))
    if state not in STATES or run is None or runs is None:
        raise UnreadableError("the app's progress.json is damaged: its state, run or runs are invalid", hint=_NEITHER)
    words = [printable(text) if isinstance(text := found.get(name), str) else "" for name in ("phase", "reason")]
    return JobProgress(
        job=found["job"], bundle=found["bundle"], state=state, run=run, runs=runs, phase=words[0], reason=words[1]
    )


def _check_version(version: Any) -> None:
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if found is None:
        raise UnreadableError("the app's progress.json is damaged: it has no schema_version", hint=_NEITHER)
    if int(found[1]) > _MAJOR:
        hint = "update pocketseg on this computer, or install the app of its own version"
        raise DeviceError(f"the app writes schema {version}, but this pocketseg reads {_MAJOR}.x", hint=hint)
    if int(found[1]) < _MAJOR:
        hint = "install the app of this pocketseg's version on the phone"
        raise DeviceError(
            f"the app is too old: it writes schema {version}, but this pocketseg reads {_MAJOR}.x", hint=hint
        )


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= MOST_RUNS else None
