"""What every kind of phone gives, so that a job runs on each in the one way of `measuring.py`.

A kind lists its phones and chooses one of them; a phone takes a bundle, starts the app on it and gives what that wrote.
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
    """The phone that was there is not any more: a cable, a restart, a killed server on this computer."""


class NoWayError(DeviceError):
    """This computer has no program that reaches phones of this kind."""


class UnfinishedError(DeviceError):
    """A job that ended before all its runs are done: what is finished can be fetched."""


class JobRefusedError(UnfinishedError):
    """A job that the app did not begin: the bundle is another, is damaged, or another job runs."""


class StandstillError(UnfinishedError):
    """A job that has not come on for too long, and that may yet: it is left alone."""


class NotStartedError(DeviceError):
    """The app said that it does not start: there is no job."""


class NothingFinishedError(DeviceError):
    """A job that has nothing to fetch; its state where it says one, else empty."""

    def __init__(self, message: str, *, hint: str, state: str = "") -> None:
        super().__init__(message, hint=hint)
        self.state = state


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a job may take, and how often it is looked at."""

    first_s: float = 120.0  # until the first progress.json
    still_s: float = 1_200.0  # without a change: a first load for an accelerator may compile for minutes
    total_s: float = 6 * 3_600.0
    poll_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A phone that is seen, and what it says of itself; empty where it takes no commands."""

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
    """A bundle that lies on the phone under its name."""

    name: str
    size_bytes: int
    was_there: bool


class Files(Protocol):
    """A job's results on a phone, or on their way from it. No name comes from the phone."""

    def read(self, name: str, most_bytes: int) -> bytes | None:
        """Return the bytes of progress.json or of a record; None where there is none yet. Raises DeviceError."""

    def fetch_maps(self, hashes: Sequence[str], folder: Path, progress: Progress) -> None:
        """Put class maps into a folder here, each as HASH.runs, their bytes checked. Raises DeviceError."""


class Phone(Protocol):
    """A phone that takes commands. Each call raises DeviceError, PhoneLostError where the phone went away."""

    @property
    def kind(self) -> str:
        """Say which kind it is of."""

    @property
    def serial(self) -> str:
        """Give what tells it from others of its kind."""

    @property
    def shown(self) -> str:
        """Give its serial and its name, safe on a terminal."""

    @property
    def restarts(self) -> bool:
        """Say whether the app is started again where it ended before its job was over: it then goes on with it."""

    @property
    def hashes(self) -> bool:
        """Say whether `push` knows the bytes of a bundle that lies there; else the app alone looks at them."""

    def check(self, max_temp_c: float | None) -> str:
        """Look at all that would spoil a job; say what the phone is."""

    def push(self, zip_path: Path, bundle_sha256: str) -> Pushed:
        """Put a bundle onto the phone, unless it is there already."""

    def wait_until_cool(self, max_temp_c: float, progress: Progress) -> None:
        """Wait until its battery is at most so warm."""

    def app_runs(self) -> bool | None:
        """Say whether the app has a process; None where the phone does not tell."""

    def start(self, bundle_sha256: str, job: str) -> None:
        """Start the app on a job. Raises NotStartedError; another DeviceError where it may have begun."""

    def read_progress(self, job: str, most_bytes: int) -> bytes | None:
        """Return the bytes of a job's progress.json; None where there is none yet."""

    def results(self, job: str, progress: Progress) -> AbstractContextManager[Files]:
        """Give the files of a job."""

    def why_ended(self) -> str:
        """Say why the system ended the app, where it tells; else empty."""

    def remove(self, *, job: str | None = None, bundle: str | None = None) -> list[str]:
        """Remove a job's results or a bundle from the phone; return sentences on what is left there."""


class Kind(Protocol):
    """A kind of phones, and the way to them."""

    @property
    def name(self) -> str:
        """Give the word of the command line."""

    @property
    def none_seen(self) -> str:
        """Say what to do where no phone of this kind is seen."""

    def listed(self) -> list[Listed]:
        """List the phones that are seen, those that take no commands too. Raises NoWayError, DeviceError."""

    def chosen(self, serial: str | None) -> Phone:
        """Return the phone of that serial, or the only one. Raises NoWayError, DeviceError."""

    def limits(self, total_s: float) -> Limits:
        """Return how a job is waited for."""
