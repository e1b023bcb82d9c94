"""The canonical zip: one archive for any set of files, and a reader small enough to be written again in every language.

Stored entries from the first byte on, without gaps, in the order of their names; then the central directory; then the
end record, which ends the file. No compression, encryption, data descriptors, extra fields, comments, folders, links or
zip64. The same files therefore give the same bytes, and there is one way to read them: any other zip is refused.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pocketseg.core._archive_form import (
    CENTRAL,
    END,
    LOCAL,
    MOST_BYTES,
    MOST_ENTRIES,
    MOST_NAME,
    Entry,
    central,
    check_name,
    check_names,
    end_record,
    local,
    not_canonical,
)
from pocketseg.core.errors import BundleError
from pocketseg.core.files import write_chunks
from pocketseg.core.outside import open_regular

__all__ = ["MOST_BYTES", "MOST_ENTRIES", "Archive", "check_name", "check_names", "write_archive"]

_CHUNK_BYTES = 1 << 20
_HINT = (
    "It is damaged, or another program wrote it: use the bundle's folder, or the .zip that `pocketseg device "
    "bundle` wrote."
)


def write_archive(path: Path, files: Mapping[str, Path | bytes]) -> Path:
    """Write the archive of these files atomically. Raises BundleError, for a file that changes too; StorageError."""
    check_names(files)
    entries: list[Entry] = []
    offset = 0
    for name in sorted(files):
        size, crc = _measured(name, files[name])
        entries.append(Entry(name=name, offset=offset + LOCAL.size + len(name), size_bytes=size, crc=crc))
        offset = entries[-1].offset + size
    length = sum(CENTRAL.size + len(name) for name in files)
    if len(entries) > MOST_ENTRIES or offset + length + END.size > MOST_BYTES:
        raise BundleError(
            f"{path.name} would have {len(entries):,} files and {offset:,} bytes; an archive holds at most "
            f"{MOST_ENTRIES:,} files and {MOST_BYTES:,} bytes",
            hint="Take fewer photos or artifacts, or use a folder instead of an archive.",
        )
    return write_chunks(path, _whole(entries, files, end_record(len(entries), length, offset)))


class Archive:
    """A canonical archive, open for reading. Its whole form is checked before any content is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._stream: IO[bytes] = os.fdopen(open_regular(path), "rb")
        except (OSError, ValueError) as error:
            raise BundleError(f"cannot read {path}: {_reason(error)}", path=path) from error
        try:
            self._entries = self._checked()
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stream.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all files, in order."""
        return tuple(self._entries)

    def size_bytes(self, name: str) -> int:
        """Return the size of one file. Raises BundleError where no file has that name."""
        return self._entry(name).size_bytes

    def read(self, name: str, most_bytes: int) -> bytes:
        """Return the bytes of one file. Raises BundleError, also for a file larger than `most_bytes`."""
        if self.size_bytes(name) > most_bytes:
            raise self._refused(f"{name} is larger than {most_bytes:,} bytes")
        return b"".join(self.chunks(name))

    def extract(self, name: str, to: Path) -> Path:
        """Write one file as `to`, atomically and chunk by chunk. Raises BundleError, StorageError."""
        return write_chunks(to, self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of one file. Raises BundleError at the end where its CRC is wrong."""
        entry, done, crc = self._entry(name), 0, 0
        while done < entry.size_bytes:
            chunk = self._bytes(entry.offset + done, min(_CHUNK_BYTES, entry.size_bytes - done))
            done, crc = done + len(chunk), zlib.crc32(chunk, crc)
            yield chunk
        if crc != entry.crc:
            raise self._refused(f"the CRC of {name} is wrong")

    def _entry(self, name: str) -> Entry:
        if name not in self._entries:
            raise self._refused(f"it holds no {name}")
        return self._entries[name]

    def _bytes(self, offset: int, count: int) -> bytes:
        try:
            self._stream.seek(offset)
            found = self._stream.read(count)
        except OSError as error:
            raise self._refused(_reason(error)) from error
        if len(found) != count:
            raise self._refused("it is truncated")
        return found

    def _refused(self, why: str) -> BundleError:
        return BundleError(f"{self.path.name}: {why}", hint=_HINT, path=self.path)

    def _checked(self) -> dict[str, Entry]:
        total = os.fstat(self._stream.fileno()).st_size
        if not END.size <= total <= MOST_BYTES:
            raise self._refused(f"it has {total:,} bytes; an archive has {END.size} to {MOST_BYTES:,}")
        end = self._bytes(total - END.size, END.size)
        _, _, _, _, count, size, start, _ = END.unpack(end)
        if end[:4] != b"PK\5\6":
            raise self._refused("it does not end with its end record: it is truncated, has a comment or bytes after it")
        if count > MOST_ENTRIES or 0xFFFFFFFF in (size, start):
            raise self._refused("it is zip64")
        if end != end_record(count, size, start) or start + size + END.size != total:
            raise self._refused("its end record is not canonical: a comment, several disks, or bytes before or between")
        if size > count * (CENTRAL.size + MOST_NAME):
            raise self._refused("its central directory is larger than its entries can need")
        entries = self._directory(self._bytes(start, size), count)
        offset = 0  # where the next entry must begin
        for entry in entries:
            if entry.offset != offset + LOCAL.size + len(entry.name):
                raise self._refused(f"{entry.name} does not begin where the entry before it ends: a gap or an overlap")
            if (offset := entry.offset + entry.size_bytes) > start:
                raise self._refused(f"{entry.name} overlaps the central directory")
            header = self._bytes(entry.offset - LOCAL.size - len(entry.name), LOCAL.size + len(entry.name))
            if header != local(entry):
                raise self._refused(f"the local header of {entry.name} is not what the central directory says")
        if offset != start:
            raise self._refused("there is a gap before its central directory")
        return {entry.name: entry for entry in entries}

    def _directory(self, data: bytes, count: int) -> list[Entry]:
        entries: list[Entry] = []
        at = 0
        for _ in range(count):
            if len(data) - at < CENTRAL.size:
                raise self._refused("its central directory is truncated")
            fields = CENTRAL.unpack_from(data, at)
            name = data[at + CENTRAL.size : at + CENTRAL.size + fields[10]].decode("latin-1")
            if why := not_canonical(fields, len(name)):
                raise self._refused(f"{name[:MOST_NAME]!r} {why}")
            needed, crc, size, offset = fields[2], fields[7], fields[9], fields[16] + LOCAL.size + len(name)
            if entries and name.encode("latin-1") <= entries[-1].name.encode():
                raise self._refused(f"{name[:MOST_NAME]!r} is there twice, or its names are not sorted")
            try:
                entries.append(Entry(name=check_name(name), offset=offset, size_bytes=size, crc=crc, needed=needed))
            except BundleError as error:
                raise self._refused(error.message) from None
            at += CENTRAL.size + len(name)
        if at != len(data):
            raise self._refused("its central directory has bytes left over")
        try:
            check_names(entry.name for entry in entries)
        except BundleError as error:
            raise self._refused(error.message) from None
        return entries


def _measured(name: str, source: Path | bytes) -> tuple[int, int]:
    size = crc = 0
    for chunk in _chunks_of(name, source):
        size, crc = size + len(chunk), zlib.crc32(chunk, crc)
    return size, crc


def _whole(entries: Sequence[Entry], files: Mapping[str, Path | bytes], end: bytes) -> Iterator[bytes]:
    """Yield an archive's bytes: entries with their data, the central directory, the end record."""
    for entry in entries:
        yield local(entry)
        yield from _unchanged(entry, files[entry.name])
    yield from map(central, entries)
    yield end


def _unchanged(entry: Entry, source: Path | bytes) -> Iterator[bytes]:
    size = crc = 0
    for chunk in _chunks_of(entry.name, source):
        size, crc = size + len(chunk), zlib.crc32(chunk, crc)
        if size <= entry.size_bytes:
            yield chunk
    if (size, crc) != (entry.size_bytes, entry.crc):
        raise BundleError(f"the source of {entry.name} changed while it was written into an archive", hint="Try again.")


def _chunks_of(name: str, source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    try:
        with os.fdopen(open_regular(source), "rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                yield chunk
    except (OSError, ValueError) as error:
        raise BundleError(f"cannot read {source} for {name}: {_reason(error)}", path=source) from error


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
