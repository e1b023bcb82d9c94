"""Opens the zip in which the app shares a job's results as the folder that they are.

It is an ordinary, compressed zip of `JOB/progress.json`, `JOB/0.json`, `JOB/maps/HASH.runs`. Whoever passed it on may
have repacked it, so nothing in it is trusted. Only files with the names of results are taken, each up to a size limit.
"""

from __future__ import annotations

import os
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pocketseg.core._schema import printable
from pocketseg.core.errors import RecordError
from pocketseg.core.files import disk_faults, write_chunks
from pocketseg.core.outside import open_regular
from pocketseg.core.record import MOST_BYTES as MOST_RECORD_BYTES
from pocketseg.devices.results import MOST_MAP_BYTES

MOST_ALL_BYTES = 4 << 30  # of all files, unpacked
_MOST_DIRECTORY_BYTES = 32 << 20  # zipfile reads it whole
_NAME = re.compile(
    r"((?:[^/]+/)*)((?:progress|0|[1-9][0-9]{0,6})\.json|maps/[0-9a-f]{64}\.runs)"
)  # any folders, then a file of results
_END = struct.Struct("<4s4H2IH")  # signature, disk, its disk, entries here, entries, size, offset, comment
_LOCATOR_BYTES = 20  # of zip64, right before the end
_LONGEST_COMMENT = 0xFFFF
_CHUNK_BYTES = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HINT = "share the results from the app again, or give the job's folder"
_FAULTS = (
    ValueError, EOFError, LookupError, OverflowError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def is_zip(path: Path) -> bool:
    """Return whether a file begins as a zip does, whatever its name is."""
    try:
        with os.fdopen(open_regular(path), "rb") as stream:
            return stream.read(4) in (b"PK\3\4", b"PK\5\6")
    except (OSError, ValueError):
        return False  # who reads it as a record says why


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Yield a shared zip's results as a folder, which is removed afterwards. Raises RecordError, StorageError."""
    with tempfile.TemporaryDirectory(prefix="pocketseg-results-") as kept:
        folder = Path(kept)
        try:
            with disk_faults(folder), os.fdopen(open_regular(path), "rb") as stream:
                _check_end(stream, path)
                with zipfile.ZipFile(stream) as archive:
                    for name, entry in _wanted(archive, path).items():
                        _unpack(archive, entry, folder / name)
        except _FAULTS as error:
            raise _refused(path, f"is damaged, or not a zip ({printable(str(error))})") from error
        except OSError as error:
            raise _refused(path, f"cannot be read ({error})") from error
        yield folder


def _check_end(stream: IO[bytes], path: Path) -> None:
    """Check the size of the list of files before it is read."""
    size_bytes = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size_bytes - _LOCATOR_BYTES - _END.size - _LONGEST_COMMENT))
    last = stream.read()
    at = last.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(last):
        raise _refused(path, "is cut off: the list of files at its end is missing")
    directory_bytes = _END.unpack_from(last, at)[5]
    is_large = last[max(0, at - _LOCATOR_BYTES) : at].startswith(b"PK\6\7")
    if is_large or directory_bytes > _MOST_DIRECTORY_BYTES or size_bytes > MOST_ALL_BYTES:
        raise _refused(path, "holds more files than are read from a zip")


def _wanted(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """Return a zip's files of results by their names in the job's folder, all checked before one is unpacked."""
    found: dict[str, zipfile.ZipInfo] = {}
    folders = set()
    for entry in archive.infolist():
        shown = repr(printable(entry.filename, 80))
        if entry.filename.startswith("/") or "\\" in entry.filename or ".." in entry.filename.split("/"):
            raise _refused(path, f"holds {shown}, which is not a valid file name")
        matched = _NAME.fullmatch(entry.filename)
        if matched is None:
            continue  # folders, and what a computer that packed it anew adds of its own
        folder, name = matched.groups()
        folders.add(folder)
        if name in found and len(folders) == 1:
            raise _refused(path, f"holds {shown} twice")
        if entry.flag_bits & 1 or entry.compress_type not in _METHODS:
            raise _refused(path, f"holds {shown} encrypted, or with an unsupported compression")
        if entry.file_size > (MOST_MAP_BYTES if name.startswith("maps/") else MOST_RECORD_BYTES):
            raise _refused(path, f"holds {shown} of {entry.file_size:,} bytes, more than such a file can have")
        found[name] = entry
    if len(folders) > 1:
        raise _refused(path, "holds the results of more than one job", "unpack it, and give the folder of one job")
    total_bytes = sum(entry.file_size for entry in found.values())
    if total_bytes > MOST_ALL_BYTES:
        raise _refused(path, f"would unpack to {total_bytes:,} bytes, but at most {MOST_ALL_BYTES:,} are allowed")
    if all(name == "progress.json" or name.startswith("maps/") for name in found):
        raise _refused(path, "holds no records", "check in the app whether a run of the job was finished")
    return found


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, to: Path) -> None:
    """Write one file; zipfile reads no more of it than its checked size, and verifies its CRC."""
    to.parent.mkdir(exist_ok=True)
    with archive.open(entry) as source:
        write_chunks(to, iter(lambda: source.read(_CHUNK_BYTES), b""))
    if to.stat().st_size != entry.file_size:
        raise ValueError(f"{to.name} is shorter than it says")


def _refused(path: Path, what: str, hint: str = _HINT) -> RecordError:
    return RecordError(f"{path} {what}", hint=hint, path=path)
