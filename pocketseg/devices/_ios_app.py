"""The app on an iPhone: whether it is installed, whether it runs, and starting it on a job."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pocketseg.core.record import printable
from pocketseg.devices._devicectl_errors import CalledError, GoneError, LockedError, NoAppError, UnclearError
from pocketseg.devices._quoting import bundle_hash, job_id
from pocketseg.devices.devicectl import asked, devicectl
from pocketseg.devices.phone import NotStartedError

_START_S = 120.0
_INSTALL = (
    "build and install it with Xcode (docs/ios.md); where it was signed with another bundle id, give that: --app ID"
)
_BUNDLE = re.compile(r"/([^/]+/[^/]+\.app)/?\Z")  # its container's id and the folder of the app


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An installed app. folder: the last two parts of its path on the phone, which its processes have; empty where not
    known.
    """

    version: str
    folder: str


def installed(device: str, app: str) -> App | None:
    """Return the app; None where it is not on the phone. Raises DeviceError."""
    try:
        rows = asked(["device", "info", "apps", "--device", device, "--bundle-id", app]).get("apps")
    except NoAppError:
        return None
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and row.get("bundleIdentifier") == app:
            version, url = row.get("version"), row.get("url")
            place = _BUNDLE.search(url) if isinstance(url, str) else None
            return App(
                version=printable(version, 80) if isinstance(version, str) and version else "unknown",
                folder=place[1] if place else "",
            )
    return None


def folder_of(device: str, app: str) -> str:
    """Return the app's folder on the phone; empty where the phone does not say. Raises GoneError."""
    try:
        found = installed(device, app)
    except GoneError:
        raise
    except CalledError:
        return ""
    return found.folder if found is not None else ""


def check_installed(device: str, app: str) -> App:
    """Return the app. Raises NoAppError, another DeviceError."""
    found = installed(device, app)
    if found is None:
        raise NoAppError(f"the app {app} is not installed on the iPhone", hint=_INSTALL)
    return found


def check_unlocked(device: str) -> None:
    """Refuse a phone that says it is locked. Raises LockedError, GoneError; an Xcode that cannot ask refuses none."""
    try:
        found = asked(["device", "info", "lockState", "--device", device])
    except (LockedError, GoneError):
        raise
    except CalledError:
        return  # the start will tell
    if found.get("passcodeRequired") is True:
        hint = "unlock it, keep it unlocked and its screen on while the job runs, and run the command again"
        raise LockedError("the iPhone is locked", hint=hint)


def runs(device: str, folder: str) -> bool | None:
    """Return whether the app of that folder has a process; None where the phone does not say. Raises GoneError."""
    try:
        rows = asked(["device", "info", "processes", "--device", device]).get("runningProcesses")
    except GoneError:
        raise
    except CalledError:
        return None
    if not isinstance(rows, list):
        return None
    own = re.compile(rf"/{re.escape(folder)}/[^/]+\Z")  # its extensions lie deeper
    named = [row.get("executable") for row in rows if isinstance(row, dict)]
    return any(isinstance(name, str) and own.search(name) for name in named)


def start(device: str, app: str, bundle_sha256: str, job: str) -> None:
    """Start the app on a bundle in its container; one that is running ends.

    Raises NotStartedError where devicectl says that it did not start; another DeviceError where it may have.
    """
    # devicectl takes what follows the app's name for the app's own, unless it is an option that devicectl has, too
    passed = [app, "--bundle", bundle_hash(bundle_sha256), "--job", job_id(job)]
    try:
        devicectl(
            ["device", "process", "launch", "--device", device, "--terminate-existing"],
            timeout_s=_START_S,
            passed=passed,
        )
    except (GoneError, UnclearError):
        raise
    except CalledError as error:
        raise NotStartedError(f"the app did not start: {error.message}", hint=error.hint) from error
