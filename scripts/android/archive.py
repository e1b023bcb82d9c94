"""The zip that an APK is: sorted, with fixed times; what Android maps is stored, and aligned as it requires."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.errors import DataError
from pocketseg.core.files import atomic_file

LIBRARY_BYTES = 16384  # a page of the newest phones; older ones have 4 KB, which divide it
TABLE_BYTES = 4
_TIME = (1980, 1, 1, 0, 0, 0)
_PADDING = 0xD935  # the extra field of Android's own tools for this
_EXTRA_BYTES = 6
_LOCAL_BYTES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where in an archive the bytes of an entry are."""

    name: str
    is_stored: bool
    offset: int
    size_bytes: int


def stored_alignment(name: str) -> int:
    """Return the alignment in bytes of an entry that is stored uncompressed; 0 for one that is compressed."""
    if name.endswith(".so"):
        return LIBRARY_BYTES
    return TABLE_BYTES if name == "resources.arsc" else 0


def write_archive(path: Path, entries: Mapping[str, bytes]) -> Path:
    """Write entries, sorted by name: the same entries give the same bytes."""
    with atomic_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in sorted(entries):
            alignment = stored_alignment(name)
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system = 0
            info.compress_type = zipfile.ZIP_STORED if alignment else zipfile.ZIP_DEFLATED
            if alignment:
                begin = archive.start_dir + _LOCAL_BYTES + len(name.encode()) + _EXTRA_BYTES
                padding = -begin % alignment
                info.extra = struct.pack("<HHH", _PADDING, 2 + padding, alignment) + bytes(padding)
            archive.writestr(info, entries[name], compresslevel=9)
            info.extra = b""  # only the local header needs it
    return path


def entries(path: Path) -> list[Entry]:
    """Return where the entries of an archive are. Raises DataError where it is not an archive."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as stream:
            found = []
            for info in archive.infolist():
                stream.seek(info.header_offset)
                name, extra = struct.unpack("<26x2H", stream.read(_LOCAL_BYTES))
                found.append(
                    Entry(
                        name=info.filename,
                        is_stored=info.compress_type == zipfile.ZIP_STORED,
                        offset=info.header_offset + _LOCAL_BYTES + name + extra,
                        size_bytes=info.file_size,
                    )
                )
    except (zipfile.BadZipFile, struct.error, OSError) as error:
        raise DataError(f"{path.name} is not an archive: {error}") from error
    return found
