"""Android phones by adb: take a bundle, run it as a job, hand over the results, and keep little of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.errors import DeviceError
from pocketseg.devices import adb
from pocketseg.devices._android_checks import about, app_version, check_battery, check_phone, wait_until_cool
from pocketseg.devices._android_files import read_file
from pocketseg.devices._android_maps import AndroidFiles
from pocketseg.devices._android_paths import bundle_zip, job_folder
from pocketseg.devices._android_push import push
from pocketseg.devices._android_run import app_runs, start, why_ended
from pocketseg.devices.phone import READY, Limits, Listed, Progress, Pushed
from pocketseg.devices.results import PROGRESS

_COOLING_S = 1_800.0
_COOLING_POLL_S = 10.0
_NO_ANSWER = "no answer"  # of a phone that adb lists as ready


@dataclass(frozen=True, slots=True, kw_only=True)
class AndroidPhone:
    """A phone that adb reaches; devices/phone.py describes its methods."""

    serial: str
    shown: str
    kind: str = "android"
    hashes: bool = True
    restarts: bool = False  # each turn has a process of its own: an app that ended is a fault

    def check(self, max_temp_c: float | None) -> str:
        """Check everything that would spoil a job."""
        seen = check_phone(self.serial)
        if max_temp_c is not None:
            check_battery(self.serial, max_temp_c)
        return f"{self.shown}: {seen.model}, Android {seen.android}, app {seen.app_version}"

    def push(self, zip_path: Path, bundle_sha256: str) -> Pushed:
        """Copy a bundle onto the phone, unless the same bytes are there already."""
        return push(self.serial, zip_path, bundle_sha256)

    def wait_until_cool(self, max_temp_c: float, progress: Progress) -> None:
        """Wait until the battery is at most this warm."""
        wait_until_cool(self.serial, max_temp_c, limit_s=_COOLING_S, poll_s=_COOLING_POLL_S, progress=progress)

    def app_runs(self) -> bool | None:
        """Return whether the app has a process."""
        return app_runs(self.serial)

    def start(self, bundle_sha256: str, job: str) -> None:
        """Start the app on a bundle that is on the phone."""
        start(self.serial, bundle_sha256, job)

    def read_progress(self, job: str, most_bytes: int) -> bytes | None:
        """Return the job's progress.json."""
        return read_file(self.serial, job, PROGRESS, most_bytes)

    @contextmanager
    def results(self, job: str, progress: Progress) -> Iterator[AndroidFiles]:
        """Return the job's files, each read when it is asked for."""
        yield AndroidFiles(serial=self.serial, job=job)

    def why_ended(self) -> str:
        """Return why Android ended the app."""
        return why_ended(self.serial)

    def remove(self, *, job: str | None = None, bundle: str | None = None) -> list[str]:
        """Remove a job's results or a bundle; return a sentence for each that could not be removed."""
        left = []
        words = [("-rf", job_folder(job))] if job is not None else []
        if bundle is not None:
            words += [("-f", bundle_zip(bundle)), ("-f", f"{bundle_zip(bundle)}.part")]
        for option, name in words:
            try:
                answer = adb.shell(self.serial, "rm", option, name)
                failed = "" if answer.code == 0 else adb.said(answer)
            except DeviceError as error:  # tidying is no reason to fail: what was wanted is here
                failed = error.message
            if failed:
                left.append(f"{name} stays on the phone: {failed}")
        return left


@dataclass(frozen=True, slots=True, kw_only=True)
class Androids:
    """All phones that adb lists."""

    name: str = "android"
    none_seen: str = "adb sees no phone: plug one in, and allow USB debugging on it"

    def listed(self) -> list[Listed]:
        """Return the phones. Raises NoWayError where there is no adb, DeviceError."""
        return [_seen(phone) for phone in adb.devices()]

    def chosen(self, serial: str | None) -> AndroidPhone:
        """Return the phone of that serial, or the only one."""
        phone = adb.chosen(serial)
        return AndroidPhone(serial=phone.serial, shown=phone.shown)

    def limits(self, total_s: float) -> Limits:
        """Return the time limits of a job."""
        return Limits(total_s=total_s)


def _seen(phone: adb.Phone) -> Listed:
    state, reason, model, system, app = phone.state, "", phone.facts.get("model", "").replace("_", " "), "", ""
    if state == READY:
        try:
            (model, android), app = about(phone.serial), app_version(phone.serial) or ""
            system = f"Android {android}"
        except DeviceError as error:  # adb lists it, and yet it does not answer, or is gone by now
            state, reason = _NO_ANSWER, error.message
    return Listed(kind="android", serial=phone.serial, state=state, reason=reason, model=model, os=system, app=app)
