"""A job's results from an Android phone into a folder here: finished records, and the class maps that they name.

No name comes from the phone: records are numbered from 0 to the job's runs, and a record names its maps by their hash.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DeviceError, RecordError, StorageError
from pocketseg.core.files import atomic_folder, make_folder, sha256_file, write_bytes
from pocketseg.core.record import MOST_BYTES, read_record
from pocketseg.devices import adb
from pocketseg.devices import progress as job_progress
from pocketseg.devices._android_files import read_file
from pocketseg.devices._android_paths import job_folder
from pocketseg.devices.progress import JobProgress, read_progress

Progress = Callable[[str, int, int], None]

PROGRESS = "progress.json"
MAPS = "maps"
_MOST_MAP_BYTES = 256 << 20
_MOST_MAPS = 1_000_000
_BATCH = 50  # names a call of adb: a command line has its limits
_BATCH_S = 1_800.0
_OURS = re.compile(r"progress\.json|maps|[0-9]{1,5}\.json")
_HASH = re.compile(r"[0-9a-f]{64}")
_SIZE = re.compile(r"([0-9]{1,12}) regular (?:empty )?file")
_AGAIN = "it stays on the phone, and can be fetched again"


class NothingFinishedError(DeviceError):
    """A job that has nothing to fetch; its state where it says one, else empty."""

    def __init__(self, message: str, *, hint: str, state: str = "") -> None:
        super().__init__(message, hint=hint)
        self.state = state


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What came back of a job."""

    folder: Path
    serial: str
    job: str
    bundle: str
    state: str  # the app's word: running, finished, refused or failed
    records: int
    runs: int


def pull(serial: str, job: str, bundle: str | None, out: Path, progress: Progress) -> Pulled:
    """Fetch what a job has finished into `out`, whole or not at all.

    Raises NothingFinishedError, DeviceError, StorageError.
    """
    check_out(out)
    data = read_file(serial, job, PROGRESS, job_progress.MOST_BYTES)
    if data is None:
        hint = "was it fetched already, or on another phone?"
        raise NothingFinishedError(f"there is no job {job} on the phone", hint=hint)
    said = read_progress(data, job=job, bundle=bundle)
    with atomic_folder(out) as folder:
        records = [r for k in range(said.runs) if (r := _record(serial, job, bundle, k, folder)) is not None]
        if not records:
            raise _nothing_finished(job, said)
        _fetch_maps(serial, job, _map_hashes(records), make_folder(folder / MAPS), progress)
        write_bytes(folder / PROGRESS, data)
    return Pulled(
        folder=out, serial=serial, job=job, bundle=said.bundle, state=said.state, records=len(records), runs=said.runs
    )


def _nothing_finished(job: str, said: JobProgress) -> NothingFinishedError:
    reason = f": {said.reason}" if said.reason else ""
    hint = "run its bundle again" if said.state in job_progress.OVER else "pull it again later"
    return NothingFinishedError(
        f"no record of job {job} is finished; it is {said.state}{reason}", hint=hint, state=said.state
    )


def check_out(out: Path) -> None:
    """Refuse a folder that holds more than what an earlier pull left, for it is replaced. Raises StorageError."""
    if not out.exists():
        return
    others = None if not out.is_dir() else sorted(f.name for f in out.iterdir() if not _OURS.fullmatch(f.name))
    if others is None or others:
        what = f"holds {others[0]!r}, which no pull wrote" if others else "is no folder"
        raise StorageError(f"{out} {what}", hint="give another --out: what is there is replaced", path=out)


def _record(serial: str, job: str, bundle: str | None, place: int, folder: Path) -> dict[str, Any] | None:
    """Fetch one record, if it is finished; its seal is checked, and whose it is."""
    name = f"{place}.json"
    data = read_file(serial, job, name, MOST_BYTES)
    if data is None:
        return None
    try:
        record = read_record(data, f"{name} of the phone")
    except RecordError as error:
        raise DeviceError(error.message, hint=error.hint or _AGAIN) from error
    of = record.get("bundle")
    if not isinstance(of, dict) or of.get("job") != job or bundle not in (None, of.get("sha256")):
        raise DeviceError(f"{name} of the phone is the record of another job or bundle", hint=_AGAIN)
    write_bytes(folder / name, data)
    return record


def _map_hashes(records: Iterable[dict[str, Any]]) -> list[str]:
    """Return the hashes of the class maps that records name, each once."""
    found: dict[str, None] = {}
    for record in records:
        photos = record["bundle"].get("photos")
        for photo in photos if isinstance(photos, list) else []:
            named = photo.get("map_sha256") if isinstance(photo, dict) else None
            if named is None:
                continue
            if not isinstance(named, str) or not _HASH.fullmatch(named):
                raise DeviceError("a record of the phone names a class map that is no hash", hint=_AGAIN)
            found[named] = None
    if len(found) > _MOST_MAPS:
        raise DeviceError(f"the records of the phone name {len(found):,} class maps", hint="no job makes so many")
    return list(found)


def _fetch_maps(serial: str, job: str, hashes: Sequence[str], folder: Path, progress: Progress) -> None:
    for begin in range(0, len(hashes), _BATCH):
        batch = hashes[begin : begin + _BATCH]
        progress("fetching class maps", begin, len(hashes))
        _check_sizes(serial, job, batch, folder)
        names = [f"{job_folder(job)}/{MAPS}/{name}.runs" for name in batch]
        copied = adb.pull(serial, names, folder, timeout_s=_BATCH_S)
        for name in batch:
            file = folder / f"{name}.runs"
            if copied.code != 0 and not file.is_file():
                _provide_map(serial, job, name, file)
            if file.is_symlink() or not file.is_file():
                raise DeviceError(f"a class map did not arrive: {adb.said(copied)}", hint=_AGAIN)
            if sha256_file(file) != name:
                raise DeviceError(f"a class map arrived damaged: {name}.runs", hint=_AGAIN)
    if hashes:
        progress("fetching class maps", len(hashes), len(hashes))


def _check_sizes(serial: str, job: str, hashes: Sequence[str], folder: Path) -> None:
    """Refuse files that are none or too large before a byte is copied; of those out of sight nothing is known here."""
    names = [f"{job_folder(job)}/{MAPS}/{name}.runs" for name in hashes]
    total = 0
    for line in adb.shell(serial, "stat", "-c", "%s %F", *names).text.splitlines():
        found = _SIZE.fullmatch(line.strip())
        if found is None or int(found[1]) > _MOST_MAP_BYTES:
            raise DeviceError(f"a class map on the phone is none: {line[:80]!r}", hint=_AGAIN)
        total += int(found[1])
    free = shutil.disk_usage(folder).free
    if total > free:
        raise StorageError(f"{total >> 20:,} MiB of class maps do not fit: {free >> 20:,} MiB are free", path=folder)


def _provide_map(serial: str, job: str, name: str, file: Path) -> None:
    data = read_file(serial, job, f"{MAPS}/{name}.runs", _MOST_MAP_BYTES)
    if data is None:
        raise DeviceError(f"the phone has no class map {name}.runs, which a record names", hint=_AGAIN)
    if hashlib.sha256(data).hexdigest() != name:
        raise DeviceError(f"a class map arrived damaged: {name}.runs", hint=_AGAIN)
    write_bytes(file, data)
