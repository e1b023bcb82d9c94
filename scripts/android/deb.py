"""Unpacks Debian packages without Debian's tools: an ar archive whose member data.tar.* holds the files."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path, PurePosixPath

from pocketseg.core.errors import DataError

_MAGIC = b"!<arch>\n"
_HEADER_BYTES = 60


def data_member(package: bytes, name: str) -> bytes:
    """Return the archive of a package's files. Raises DataError where `package` is not a Debian package."""
    if not package.startswith(_MAGIC):
        raise DataError(f"{name} is not a Debian package")
    place = len(_MAGIC)
    while place + _HEADER_BYTES <= len(package):
        header = package[place : place + _HEADER_BYTES]
        size = int(header[48:58])
        begin = place + _HEADER_BYTES
        if header[:16].rstrip().rstrip(b"/").startswith(b"data.tar"):
            return package[begin : begin + size]
        place = begin + size + size % 2
    raise DataError(f"{name} holds no files: no data.tar in it")


def unpack(path: Path, folder: Path) -> None:
    """Unpack the files of a package into a folder, refusing any that would be outside it. Raises DataError."""
    data = data_member(path.read_bytes(), path.name)
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                _place(archive, member, folder)
    except (tarfile.TarError, OSError) as error:
        raise DataError(f"cannot unpack {path.name}: {error}") from error


def _place(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write one file or link; not by tarfile, since Python 3.11.2 has no `filter` that keeps an archive in
    its folder.
    """
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts:
        raise DataError(f"a package may not write {member.name}")
    path = folder / name
    if member.isfile():
        stream = archive.extractfile(member)
        assert stream is not None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stream.read())
        path.chmod(0o755 if member.mode & 0o100 else 0o644)
    elif member.issym() and not member.linkname.startswith("/"):  # those are alternatives of a whole system
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(member.linkname)
