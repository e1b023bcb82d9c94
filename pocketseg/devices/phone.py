"""The interface that every kind of phone implements, so that `measuring.py` runs a job on each in the same way.

A kind lists its phones and chooses one of them. A phone takes a bundle, starts the app on it and hands over the
results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pocketseg.core.errors import DeviceError

Note = Callable[[str], None]
Progress = Callable[[str, int, int], None]


class PhoneLostError(DeviceError):
    """The phone is no longer there: a cable, a restart, a killed server on this computer."""


class NoWayError(DeviceError):
    """This computer has no program that reaches phones of this kind."""


class UnfinishedError(DeviceError):
    """A job that ended before all its runs were done; finished results can be fetched."""


class JobRefusedError(UnfinishedError):
    """A job that the app did not start: the bundle is another or damaged, or another job is running."""


class StandstillError(UnfinishedError):
    """A job that has made no progress for too long but may continue: it is left alone."""


class NotStartedError(DeviceError):
    """The app reported that it does not start: there is no job."""


class NothingFinishedError(DeviceError):
    """A job that has nothing to fetch. state: the one it reports, else empty."""

    def __init__(self, message: str, *, hint: str, state: str = "") -> None:
        super().__init__(message, hint=hint)
        self.state = state


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a job may take, and how often its progress is read."""

    first_s: float = 120.0  # until the first progress.json
    still_s: float = 1_200.0  # without a change: a first load for an accelerator may compile for minutes
    total_s: float = 6 * 3_600.0
    poll_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A connected phone, and what it says of itself; empty where it takes no commands."""

    kind: str
    serial: str
    state: str  # READY, or why it takes no commands
    reason: str  # more of the state: why there was no answer, or what to do
    model: str
    os: str  # "Android 14"
    app: str  # the version of the app on it, or empty


READY = "device"  # adb's word for a phone that takes commands, and ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A bundle on the phone, under its name there."""

    name: str
    size_bytes: int
    was_there: bool


class Files(Protocol):
    """A job's results, on a phone or copied from it. No name comes from the phone."""

    def read(self, name: str, most_bytes: int) -> bytes | None:
        """Return the bytes of progress.json or of a record; None where there is none yet. Raises DeviceError."""

    def fetch_maps(self, hashes: Sequence[str], folder: Path, progress: Progress) -> None:
        """Put class maps into a folder here, each as HASH.runs, their hashes verified. Raises DeviceError."""


class Phone(Protocol):
    """A phone that takes commands. Each call raises DeviceError, PhoneLostError where the phone was lost."""

    @property
    def kind(self) -> str:
        """Return its kind."""

    @property
    def serial(self) -> str:
        """Return what tells it from others of its kind."""

    @property
    def shown(self) -> str:
        """Return its serial and its name, safe to print on a terminal."""

    @property
    def restarts(self) -> bool:
        """Return whether an app that ended before its job was over is restarted: it then resumes the job."""

    @property
    def hashes(self) -> bool:
        """Return whether `push` verifies the bytes of a bundle on the phone; if not, only the app does."""

    def check(self, max_temp_c: float | None) -> str:
        """Check everything that would spoil a job; return a description of the phone."""

    def push(self, zip_path: Path, bundle_sha256: str) -> Pushed:
        """Copy a bundle onto the phone, unless it is there already."""

    def wait_until_cool(self, max_temp_c: float, progress: Progress) -> None:
        """Wait until its battery is at most this warm."""

    def app_runs(self) -> bool | None:
        """Return whether the app has a process; None where the phone does not say."""

    def start(self, bundle_sha256: str, job: str) -> None:
        """Start the app on a job. Raises NotStartedError; another DeviceError where it may have begun."""

    def read_progress(self, job: str, most_bytes: int) -> bytes | None:
        """Return the bytes of a job's progress.json; None where there is none yet."""

    def results(self, job: str, progress: Progress) -> AbstractContextManager[Files]:
        """Return the files of a job."""

    def why_ended(self) -> str:
        """Return why the system ended the app, where it says so; else empty."""

    def remove(self, *, job: str | None = None, bundle: str | None = None) -> list[str]:
        """Remove a job's results or a bundle from the phone; return a sentence for each thing left there."""


class Kind(Protocol):
    """A kind of phone, and how to reach phones of it."""

    @property
    def name(self) -> str:
        """Return its name on the command line."""

    @property
    def none_seen(self) -> str:
        """Return what to do where no phone of this kind is connected."""

    def listed(self) -> list[Listed]:
        """Return the connected phones, including those that take no commands. Raises NoWayError, DeviceError."""

    def chosen(self, serial: str | None) -> Phone:
        """Return the phone of that serial, or the only one. Raises NoWayError, DeviceError."""

    def limits(self, total_s: float) -> Limits:
        """Return the time limits of a job."""
