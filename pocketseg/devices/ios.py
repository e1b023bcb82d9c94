"""iPhones by Apple's devicectl: take a bundle, run it as a job, and hand over the results.

Written from documentation and from what others published of devicectl; never run with an iPhone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core.errors import DeviceError, UsageError
from pocketseg.devices import _ios_app, _ios_devices
from pocketseg.devices._devicectl_errors import CalledError
from pocketseg.devices._ios_devices import NO_CABLE, IosDevice
from pocketseg.devices._ios_files import Container, IosFiles, copied_job, read_file
from pocketseg.devices._ios_paths import APP, PUSHED, bundle_zip, job_folder
from pocketseg.devices.phone import READY, Limits, Listed, Progress, Pushed
from pocketseg.devices.results import PROGRESS

# devicectl keeps the phone's radio and processor busy while it copies: a job is looked at seldom.
_POLL_S = 20.0
_FIRST_S = 180.0
_STILL_S = 1_800.0  # the first load for the Neural Engine may compile for minutes
_OWN_COPY = "the app's own copy of the bundle is removed when the app is next opened"
_SPARE_SHARE = 0.5  # of its limit, that a job may take for being started again


@dataclass(frozen=True, slots=True, kw_only=True)
class Iphone:
    """An iPhone that devicectl reaches; devices/phone.py describes its methods."""

    device: IosDevice
    app: str
    kind: str = "ios"
    hashes: bool = False  # devicectl gives sizes alone: the app looks at a bundle's bytes
    restarts: bool = True
    folders: list[str] = field(default_factory=list, compare=False, repr=False)  # of the app, once it was asked for

    @property
    def serial(self) -> str:
        """Return its UDID."""
        return self.device.udid

    @property
    def shown(self) -> str:
        """Return its UDID and model."""
        return self.device.shown

    @property
    def _container(self) -> Container:
        return Container(device=self.device.identifier, app=self.app)

    def check(self, max_temp_c: float | None) -> str:
        """Check what would spoil a job."""
        if max_temp_c is not None:
            hint = "leave --max-temp-c out: the app itself waits while iOS reports serious heat"
            raise UsageError("an iPhone does not report its battery's temperature", hint=hint)
        found = _ios_app.check_installed(self.device.identifier, self.app)
        _ios_app.check_unlocked(self.device.identifier)
        sentence = f"{self.shown}: {self.device.name}, iOS {self.device.ios}, app {found.version}"
        return sentence if self.device.has_cable else f"{sentence}; {NO_CABLE}"

    def push(self, zip_path: Path, bundle_sha256: str) -> Pushed:
        """Copy a bundle into the app's Documents, unless one of its name and size is there."""
        name, size = bundle_zip(bundle_sha256), zip_path.stat().st_size
        own = name.removeprefix(f"{PUSHED}/")
        if (self._container.sizes(PUSHED) or {}).get(own) == size:
            return Pushed(name=name, size_bytes=size, was_there=True)
        self._container.copy_to(zip_path, name, size_bytes=size)
        found = (self._container.sizes(PUSHED) or {}).get(own)
        if found != size:
            there = "none" if found is None else f"{found:,}"
            hint = "run the command again; if it happens twice, try another cable or port"
            raise DeviceError(f"the bundle arrived incomplete: {there} of {size:,} bytes", hint=hint)
        return Pushed(name=name, size_bytes=size, was_there=False)

    def wait_until_cool(self, max_temp_c: float, progress: Progress) -> None:
        """Do nothing: `check` refuses a temperature, since an iPhone reports none."""

    def app_runs(self) -> bool | None:
        """Return whether the app has a process."""
        if not self.folders:  # asked for once: each question disturbs the phone
            folder = _ios_app.folder_of(self.device.identifier, self.app)
            if not folder:
                return None
            self.folders.append(folder)
        return _ios_app.runs(self.device.identifier, self.folders[0])

    def start(self, bundle_sha256: str, job: str) -> None:
        """Start the app on a bundle, or restart it."""
        _ios_app.start(self.device.identifier, self.app, bundle_sha256, job)

    def read_progress(self, job: str, most_bytes: int) -> bytes | None:
        """Return the job's progress.json."""
        with tempfile.TemporaryDirectory(prefix="pocketseg-progress-") as work:
            return read_file(self._container, job, PROGRESS, most_bytes, Path(work))

    @contextmanager
    def results(self, job: str, progress: Progress) -> Iterator[IosFiles]:
        """Copy a job's whole folder here, and return its files."""
        with tempfile.TemporaryDirectory(prefix="pocketseg-results-") as work:
            yield copied_job(self._container, job, Path(work), progress)

    def why_ended(self) -> str:
        """Return an empty text: iOS does not say why it ended an app."""
        return ""

    def remove(self, *, job: str | None = None, bundle: str | None = None) -> list[str]:
        """Remove a job's results, and the bytes of a bundle; return a sentence for each that could not be removed.

        devicectl cannot remove anything: an empty folder is copied over a folder, an empty file over a file. The empty
        file tells the app, at its next start, to remove its own copy of the bundle.
        """
        left = []
        with tempfile.TemporaryDirectory(prefix="pocketseg-empty-") as work:
            nothing, folder = Path(work) / "nothing", Path(work) / "folder"
            nothing.touch()
            folder.mkdir()
            if job is not None:
                left.append(self._emptied(folder, job_folder(job), ("--remove-existing-content", "true")))
            if bundle is not None:
                left.append(self._emptied(nothing, bundle_zip(bundle), ()) or _OWN_COPY)
        return [sentence for sentence in left if sentence]

    def _emptied(self, source: Path, name: str, more: tuple[str, ...]) -> str:
        """Overwrite a file or folder with an empty one; return why something is left."""
        where, _, last = name.rpartition("/")
        try:
            self._container.copy_to(source, name, size_bytes=0, more=more)
            sizes = self._container.sizes(where) or {}
            kept = sum(size for file, size in sizes.items() if file == last or file.startswith(f"{last}/"))
            failed = f"{kept:,} bytes of it" if kept else ""
        except DeviceError as error:  # tidying is no reason to fail: what was wanted is here
            failed = error.message
        return f"{name} stays on the phone: {failed}; remove it in the Files app" if failed else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Iphones:
    """All iPhones and iPads that devicectl lists. app: the app's bundle id on them."""

    app: str
    name: str = "ios"
    none_seen: str = "devicectl sees no iPhone: plug one in, unlock it, and tap Trust"

    def listed(self) -> list[Listed]:
        """Return the phones. Raises NoWayError where there is no devicectl, DeviceError."""
        return [self._seen(device) for device in _ios_devices.devices()]

    def _seen(self, device: IosDevice) -> Listed:
        state, reason, app = device.state, device.mend, ""
        if state == READY:
            reason = "" if device.has_cable else NO_CABLE
            try:
                found = _ios_app.installed(device.identifier, self.app)
                app = found.version if found is not None else ""
            except CalledError as error:
                state, reason = "no answer", error.message
        return Listed(
            kind=self.name,
            serial=device.udid,
            state=state,
            reason=reason.replace("UDID", device.udid),
            model=device.model,
            os=f"iOS {device.ios}" if device.ios else "",
            app=app,
        )

    def chosen(self, serial: str | None) -> Iphone:
        """Return the phone of that UDID, or the only one."""
        return Iphone(device=_ios_devices.chosen(serial), app=self.app)

    def limits(self, total_s: float) -> Limits:
        """Return the time limits of a job."""
        return Limits(first_s=_FIRST_S, still_s=_STILL_S, total_s=total_s * (1 + _SPARE_SHARE), poll_s=_POLL_S)


def iphones(app: str | None) -> Iphones:
    """Return the kind for iPhones. app: the bundle id, where a team signed the app with one of its own."""
    return Iphones(app=app or APP)
