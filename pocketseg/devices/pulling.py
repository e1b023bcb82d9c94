"""Copies a job's results from a phone into a folder here: finished records, and the class maps that they refer to.

No name comes from the phone: records are numbered from 0 to the job's runs, and a record refers to its maps by hash.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DeviceError, RecordError, StorageError
from pocketseg.core.files import atomic_folder, make_folder, write_bytes
from pocketseg.core.record import MOST_BYTES, read_record
from pocketseg.devices import progress as job_progress
from pocketseg.devices._quoting import job_id
from pocketseg.devices.phone import Files, NothingFinishedError, Phone, Progress
from pocketseg.devices.progress import JobProgress, read_progress
from pocketseg.devices.results import MAPS, PROGRESS

_MOST_MAPS = 1_000_000
_OURS = re.compile(r"progress\.json|maps|[0-9]{1,5}\.json")
_HASH = re.compile(r"[0-9a-f]{64}")
AGAIN = "it is still on the phone, and can be fetched again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What was fetched of a job."""

    folder: Path
    serial: str
    job: str
    bundle: str
    state: str  # the app's word: running, finished, refused or failed
    records: int
    runs: int


def pull(phone: Phone, job: str, bundle: str | None, out: Path, progress: Progress) -> Pulled:
    """Fetch the finished results of a job into `out`, all of them or nothing.

    Raises NothingFinishedError, DeviceError, StorageError.
    """
    check_out(out)
    job_id(job)
    with phone.results(job, progress) as files:
        data = files.read(PROGRESS, job_progress.MOST_BYTES)
        if data is None:
            raise no_such_job(job)
        said = read_progress(data, job=job, bundle=bundle)
        with atomic_folder(out) as folder:
            records = [r for k in range(said.runs) if (r := _record(files, job, bundle, k, folder)) is not None]
            if not records:
                raise _nothing_finished(job, said)
            files.fetch_maps(_map_hashes(records), make_folder(folder / MAPS), progress)
            write_bytes(folder / PROGRESS, data)
    return Pulled(
        folder=out, serial=phone.serial, job=job, bundle=said.bundle, state=said.state, records=len(records),
        runs=said.runs,
    )  # fmt: skip


def no_such_job(job: str) -> NothingFinishedError:
    """Return the error for a job of which the phone holds nothing."""
    hint = "was it fetched already, or on another phone?"
    return NothingFinishedError(f"there is no job {job} on the phone", hint=hint)


def _nothing_finished(job: str, said: JobProgress) -> NothingFinishedError:
    reason = f": {said.reason}" if said.reason else ""
    hint = "run its bundle again" if said.state in job_progress.OVER else "pull it again later"
    return NothingFinishedError(
        f"no record of job {job} is finished; it is {said.state}{reason}", hint=hint, state=said.state
    )


def check_out(out: Path) -> None:
    """Refuse a folder with more in it than an earlier pull left, since it is replaced. Raises StorageError."""
    if not out.exists():
        return
    others = None if not out.is_dir() else sorted(f.name for f in out.iterdir() if not _OURS.fullmatch(f.name))
    if others is None or others:
        what = f"holds {others[0]!r}, which is not from an earlier pull" if others else "is not a folder"
        raise StorageError(f"{out} {what}", hint="give another --out, since its content is replaced", path=out)


def check_room(total_bytes: int, folder: Path) -> None:
    """Refuse what does not fit onto the disk of a folder here. Raises StorageError."""
    free = shutil.disk_usage(folder).free
    if total_bytes > free:
        message = f"{total_bytes >> 20:,} MiB of class maps do not fit: {free >> 20:,} MiB are free"
        raise StorageError(message, path=folder)


def _record(files: Files, job: str, bundle: str | None, place: int, folder: Path) -> dict[str, Any] | None:
    """Fetch one record, if it is finished; its seal, job and bundle are checked."""
    name = f"{place}.json"
    data = files.read(name, MOST_BYTES)
    if data is None:
        return None
    try:
        record = read_record(data, f"{name} of the phone")
    except RecordError as error:
        raise DeviceError(error.message, hint=error.hint or AGAIN) from error
    of = record.get("bundle")
    if not isinstance(of, dict) or of.get("job") != job or bundle not in (None, of.get("sha256")):
        raise DeviceError(f"{name} of the phone is the record of another job or bundle", hint=AGAIN)
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
                raise DeviceError(
                    "a record of the phone refers to a class map by something that is not a hash", hint=AGAIN
                )
            found[named] = None
    if len(found) > _MOST_MAPS:
        raise DeviceError(f"the records of the phone refer to {len(found):,} class maps", hint="no job makes that many")
    return list(found)
