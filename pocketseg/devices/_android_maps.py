"""A job's files on an Android phone: read one by one; class maps are copied many at once and hashed here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.errors import DeviceError
from pocketseg.core.files import sha256_file, write_bytes
from pocketseg.devices import adb
from pocketseg.devices._android_files import read_file
from pocketseg.devices._android_paths import job_folder
from pocketseg.devices.phone import Progress
from pocketseg.devices.pulling import AGAIN, check_room
from pocketseg.devices.results import MAPS, MOST_MAP_BYTES

_BATCH = 50  # names a call of adb: a command line has its limits
_BATCH_S = 1_800.0
_SIZE = re.compile(r"([0-9]{1,12}) regular (?:empty )?file")


@dataclass(frozen=True, slots=True, kw_only=True)
class AndroidFiles:
    """The files of one job."""

    serial: str
    job: str

    def read(self, name: str, most_bytes: int) -> bytes | None:
        """Return a file's bytes; None where there is none yet."""
        return read_file(self.serial, self.job, name, most_bytes)

    def fetch_maps(self, hashes: Sequence[str], folder: Path, progress: Progress) -> None:
        """Copy class maps into a folder."""
        for begin in range(0, len(hashes), _BATCH):
            progress("fetching class maps", begin, len(hashes))
            _fetch(self.serial, self.job, hashes[begin : begin + _BATCH], folder)
        if hashes:
            progress("fetching class maps", len(hashes), len(hashes))


def _fetch(serial: str, job: str, batch: Sequence[str], folder: Path) -> None:
    _check_sizes(serial, job, batch, folder)
    names = [f"{job_folder(job)}/{MAPS}/{name}.runs" for name in batch]
    copied = adb.pull(serial, names, folder, timeout_s=_BATCH_S)
    for name in batch:
        file = folder / f"{name}.runs"
        if copied.code != 0 and not file.is_file():
            _provide_map(serial, job, name, file)
        if file.is_symlink() or not file.is_file():
            raise DeviceError(f"a class map did not arrive: {adb.said(copied)}", hint=AGAIN)
        if sha256_file(file) != name:
            raise DeviceError(f"a class map arrived damaged: {name}.runs", hint=AGAIN)


def _check_sizes(serial: str, job: str, hashes: Sequence[str], folder: Path) -> None:
    """Refuse, before copying a byte, what is not a class map or is too large; what cannot be seen is not
    refused here.
    """
    names = [f"{job_folder(job)}/{MAPS}/{name}.runs" for name in hashes]
    total = 0
    for line in adb.shell(serial, "stat", "-c", "%s %F", *names).text.splitlines():
        found = _SIZE.fullmatch(line.strip())
        if found is None or int(found[1]) > MOST_MAP_BYTES:
            raise DeviceError(f"a file on the phone is not a class map: {line[:80]!r}", hint=AGAIN)
        total += int(found[1])
    check_room(total, folder)


def _provide_map(serial: str, job: str, name: str, file: Path) -> None:
    data = read_file(serial, job, f"{MAPS}/{name}.runs", MOST_MAP_BYTES)
    if data is None:
        raise DeviceError(f"a record refers to the class map {name}.runs, which the phone does not have", hint=AGAIN)
    if hashlib.sha256(data).hexdigest() != name:
        raise DeviceError(f"a class map arrived damaged: {name}.runs", hint=AGAIN)
    write_bytes(file, data)
