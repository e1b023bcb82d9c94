"""Files received from jobs: a folder with a size limit, opened by one process at a time, each file whole or absent."""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from pocketseg.core.errors import StorageError, UsageError
from pocketseg.core.files import disk_faults, make_folder, write_bytes
from pocketseg.core.outside import parse_json, read_within
from pocketseg.devices.progress import JOB
from pocketseg.devices.results import MAPS, MOST_MAP_BYTES, RECORD_NAME
from pocketseg.web.refused import Refused

LOCK = ".lock"
_MAP_NAME = re.compile(r"([0-9a-f]{64})\.runs")
_FULL = "the computer's results folder is full"
_ELSEWHERE = "start `pocketseg serve` again with another --out; what the page measured is kept in the browser"


class Kept:
    """The results folder, with `JOB/N.json` and `JOB/maps/SHA.runs`. The caller checks names."""

    def __init__(self, folder: Path, *, most_bytes: int, most_jobs: int, most_maps: int) -> None:
        """Open the folder. Raises UsageError if another process has it open, StorageError.

        most_maps: largest number of class maps in a job.
        """
        self._folder, self._most_bytes, self._most_jobs, self._most_maps = folder, most_bytes, most_jobs, most_maps
        self._changing = threading.RLock()
        self._lock = _locked(make_folder(folder))
        self._sizes: dict[str, dict[str, int]] = {job.name: _sizes_in(job) for job in self._jobs()}

    def close(self) -> None:
        """Release the folder; may be called twice."""
        if self._lock >= 0:
            os.close(self._lock)
        self._lock = -1

    def path(self, job: str, name: str) -> Path:
        """Return the path of a job's file, whether it exists or not."""
        return self._folder / job / name

    def maps(self, job: str) -> list[str]:
        """Return the hashes of the class maps of a job."""
        with self._changing:
            names = sorted(self._sizes.get(job, ()))
        return [name.removeprefix(f"{MAPS}/").removesuffix(".runs") for name in names if name.startswith(f"{MAPS}/")]

    def records(self, job: str) -> dict[int, str]:
        """Return the seals of a job's stored records, by run."""
        with self._changing:
            names = [name for name in self._sizes.get(job, ()) if RECORD_NAME.fullmatch(name)]
        found = {int(name.removesuffix(".json")): _seal(self.bytes_of(job, name)) for name in names}
        return {run: seal for run, seal in found.items() if seal}

    def every_record(self) -> Iterator[tuple[str, int, bytes]]:
        """Yield (job, run, data) of every stored record."""
        with self._changing:
            jobs = sorted(self._sizes)
        for job in jobs:
            for run in sorted(self.records(job)):
                if (data := self.bytes_of(job, f"{run}.json")) is not None:
                    yield job, run, data

    def bytes_of(self, job: str, name: str) -> bytes | None:
        """Return a file's bytes; None if it does not exist. Raises StorageError if it cannot be read."""
        path = self.path(job, name)
        try:
            return read_within(path, MOST_MAP_BYTES)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StorageError(f"{path} cannot be read ({error})", hint="move it elsewhere", path=path) from error

    def add(self, job: str, name: str, data: bytes) -> bool:
        """Write a file, and return whether it is new; an equal one is left as it is. Raises Refused, StorageError."""
        with self._changing:
            if self.bytes_of(job, name) == data:
                self._sizes.setdefault(job, {})[name] = len(data)
                return False
            self.replace(job, name, data)
            return True

    def replace(self, job: str, name: str, data: bytes) -> None:
        """Overwrite a file. Raises Refused if there is no room, StorageError."""
        with self._changing:
            self._check_room(job, name, len(data))
            write_bytes(self.path(job, name), data)
            self._sizes.setdefault(job, {})[name] = len(data)

    def remove(self, job: str, name: str) -> None:
        """Remove a file. Raises StorageError."""
        with self._changing, disk_faults(self.path(job, name)):
            self.path(job, name).unlink(missing_ok=True)
            self._sizes.get(job, {}).pop(name, None)

    def _check_room(self, job: str, name: str, size_bytes: int) -> None:
        there = self._sizes.get(job, {})
        if job not in self._sizes and len(self._sizes) >= self._most_jobs:
            raise Refused(507, f"{_FULL}: {self._most_jobs:,} jobs", _ELSEWHERE)
        maps = sum(1 for known in there if known.startswith(f"{MAPS}/"))
        if name.startswith(f"{MAPS}/") and name not in there and maps >= self._most_maps:
            raise Refused(507, f"{_FULL}: {self._most_maps:,} class maps of a job", "measure again, as a new job")
        total = sum(size for files in self._sizes.values() for size in files.values()) - there.get(name, 0)
        if total + size_bytes > self._most_bytes:
            raise Refused(507, f"{_FULL}: {self._most_bytes:,} bytes", _ELSEWHERE)

    def _jobs(self) -> list[Path]:
        with disk_faults(self._folder):
            return sorted(p for p in self._folder.iterdir() if JOB.fullmatch(p.name) and p.is_dir())


def check_free(folder: Path) -> None:
    """Refuse, before any work, a results folder that another process has open. Raises UsageError, StorageError."""
    if folder.is_dir():
        os.close(_locked(folder))


def _locked(folder: Path) -> int:
    """Return a descriptor that locks the folder until it is closed. Raises UsageError, StorageError."""
    path = folder / LOCK
    with disk_faults(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise UsageError(
            f"another `pocketseg serve` is writing results into {folder}", hint="end it first, or give another --out"
        ) from error
    return handle


def _sizes_in(job: Path) -> dict[str, int]:
    """Return the sizes of a job's files, by name, after removing what a killed write left incomplete."""
    found = {}
    with disk_faults(job):
        for folder, prefix in ((job, ""), (job / MAPS, f"{MAPS}/")):
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if path.name.startswith(".") and path.name.endswith(".tmp"):
                    path.unlink(missing_ok=True)
                elif path.is_file() and not path.is_symlink():
                    named = _MAP_NAME.fullmatch(path.name) if prefix else True
                    if named:
                        found[f"{prefix}{path.name}"] = path.stat().st_size
    return found


def _seal(data: bytes | None) -> str:
    """Return the seal in a record; empty if the record is invalid. The import checks the seal."""
    try:
        found = parse_json(data or b"")
    except ValueError:
        return ""
    seal = found.get("seal") if isinstance(found, dict) else None
    return seal if isinstance(seal, str) else ""
