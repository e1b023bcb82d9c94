"""Files in the iOS app's container: listed with their sizes, copied to a folder here, and only then read.

devicectl copies to a path that must not exist yet. The copies are read with the care due to files from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.errors import DeviceError
from pocketseg.core.files import copy_file, sha256_file
from pocketseg.core.outside import read_within
from pocketseg.devices._devicectl_errors import AbsentError, CalledError, GoneError, UnclearError
from pocketseg.devices._ios_paths import DOCUMENTS, job_folder
from pocketseg.devices.devicectl import asked, devicectl
from pocketseg.devices.phone import Progress
from pocketseg.devices.pulling import AGAIN, check_room
from pocketseg.devices.results import MAPS, MOST_MAP_BYTES

_READ_S = 60.0
_BYTES_A_SECOND = 1 << 20  # of a slow way
_MOST_FILES = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """The data container of an app on an iPhone."""

    device: str  # devicectl's identifier
    app: str

    @property
    def words(self) -> tuple[str, ...]:
        """Return the arguments that name it to devicectl."""
        return ("--device", self.device, "--domain-type", "appDataContainer", "--domain-identifier", self.app)

    def sizes(self, folder: str) -> dict[str, int] | None:
        """Return the sizes in bytes of the files below a folder, by relative name; None where there is no such folder.

        Raises DeviceError.
        """
        try:
            return self._listed(folder)
        except (GoneError, UnclearError):
            raise
        except CalledError:
            if folder == DOCUMENTS:
                raise
            self._listed(DOCUMENTS)  # one that answers has no such folder; else this says what is wrong
            return None

    def _listed(self, folder: str) -> dict[str, int]:
        result = asked(["device", "info", "files", *self.words, "--subdirectory", folder], timeout_s=_READ_S)
        rows = result.get("files")
        if not isinstance(rows, list) or len(rows) > _MOST_FILES:
            raise UnclearError("devicectl's list of files cannot be read", hint="run the command again")
        found = {}
        for row in rows:
            row = row if isinstance(row, dict) else {}
            about, resources = (
                part if isinstance(part := row.get(name), dict) else {} for name in ("metadata", "resources")
            )
            name, size = row.get("relativePath", row.get("name")), about.get("size")
            if not isinstance(name, str) or resources.get("isDirectory") is True:
                continue
            if type(size) is not int or size < 0:
                raise UnclearError("devicectl does not say how large a file is", hint="update Xcode")
            found[name.removeprefix("./").removeprefix(f"{folder}/")] = size
        return found

    def copy_file(self, name: str, to: Path, *, most_bytes: int) -> None:
        """Copy a file to a path that does not exist yet; retry once where the connection broke. Raises DeviceError."""
        limit_s = _READ_S + most_bytes / _BYTES_A_SECOND
        asked(self._copying(name, to), timeout_s=limit_s, before_again=lambda: to.unlink(missing_ok=True))

    def copy_folder(self, name: str, into: Path, *, size_bytes: int) -> None:
        """Copy a folder into an existing one. Raises DeviceError."""
        devicectl(self._copying(name, into), timeout_s=_READ_S + size_bytes / _BYTES_A_SECOND)

    def _copying(self, name: str, to: Path) -> list[str]:
        return ["device", "copy", "from", *self.words, "--source", name, "--destination", str(to.absolute())]

    def copy_to(self, source: Path, name: str, *, size_bytes: int, more: Sequence[str] = ()) -> None:
        """Copy a file or a folder into the container. Raises DeviceError."""
        limit_s = _READ_S + size_bytes / _BYTES_A_SECOND
        words = ["device", "copy", "to", *self.words, "--source", str(source.absolute()), "--destination", name, *more]
        devicectl(words, timeout_s=limit_s)


def read_file(container: Container, job: str, name: str, most_bytes: int, work: Path) -> bytes | None:
    """Return the bytes of a job's file; None where there is none yet. work: a folder of ours. Raises DeviceError."""
    to = work / name
    try:
        container.copy_file(f"{job_folder(job)}/{name}", to, most_bytes=most_bytes)
    except GoneError:
        raise
    except AbsentError:
        return None
    except CalledError:
        if name in (container.sizes(job_folder(job)) or {}):
            raise
        return None
    return bytes_of(to, name, most_bytes)


def bytes_of(path: Path, name: str, most_bytes: int) -> bytes | None:
    """Return the bytes of a copied file; None where nothing was copied. Raises DeviceError."""
    try:
        if path.is_symlink():
            raise ValueError("it is a link")
        return read_within(path, most_bytes)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DeviceError(f"{name} of the job did not arrive as a file: {error}", hint=AGAIN) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class IosFiles:
    """A job's files, all copied into a folder of ours."""

    folder: Path

    def read(self, name: str, most_bytes: int) -> bytes | None:
        """Return a file's bytes; None where there was none."""
        return bytes_of(self.folder / name, name, most_bytes)

    def fetch_maps(self, hashes: Sequence[str], folder: Path, progress: Progress) -> None:
        """Move class maps out of the copied folder."""
        for place, name in enumerate(hashes):
            progress("checking class maps", place, len(hashes))
            file = self.folder / MAPS / f"{name}.runs"
            if file.is_symlink() or not file.is_file():
                raise DeviceError(f"a class map did not arrive: {name}.runs", hint=AGAIN)
            if file.stat().st_size > MOST_MAP_BYTES or sha256_file(file) != name:
                raise DeviceError(f"a class map arrived damaged: {name}.runs", hint=AGAIN)
            copy_file(file, folder / file.name)


def copied_job(container: Container, job: str, work: Path, progress: Progress) -> IosFiles:
    """Copy a job's folder here. Raises DeviceError, StorageError where it does not fit."""
    sizes = container.sizes(job_folder(job))
    if sizes is None:
        return IosFiles(folder=work / "none")
    total = sum(sizes.values())
    check_room(total, work)
    progress("fetching the results", 0, 1)
    to = work / "copied"
    to.mkdir()  # devicectl puts a folder into one that is there
    container.copy_folder(job_folder(job), to, size_bytes=total)
    progress("fetching the results", 1, 1)
    inner = to / job
    return IosFiles(folder=inner if inner.is_dir() and not inner.is_symlink() else to)
