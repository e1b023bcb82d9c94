"""The form of the canonical zip: its names, its headers byte for byte, and what an entry must not have."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pocketseg.core.errors import BundleError

MOST_BYTES = 0xFFFFFFFE  # of the whole archive; beyond it, and beyond MOST_ENTRIES, zip64 begins
MOST_ENTRIES = 65_534
MOST_PARTS, MOST_NAME, MOST_PART = 8, 200, 64
_PART = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{MOST_PART - 1}}}")
LOCAL = struct.Struct("<4s5H3I2H")  # signature, needed, flags, method, time, date, crc, packed, size, name, extra
CENTRAL = struct.Struct("<4s6H3I5H2I")  # ..., made by, as above, comment, disk, internal, external, offset
END = struct.Struct("<4s4H2IH")  # signature, disk, its disk, entries here, entries, size, offset, comment
_MADE_BY, _TIME, _DATE = 20, 0, 0x0021  # 1980-01-01, the earliest date a zip can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file in an archive: where its bytes begin, how many they are, and their CRC-32."""

    name: str
    offset: int
    size_bytes: int
    crc: int
    needed: int = 10  # the version needed to extract: 20 means nothing more where nothing is compressed


def check_name(name: str) -> str:
    """Return the name if it is one plain file name on every system. Raises BundleError."""
    parts = name.split("/")
    if not name.isascii():
        raise _bad_name(name, "has characters beyond ASCII")
    if "\\" in name:
        raise _bad_name(name, "has a backslash")
    if name.startswith("/"):
        raise _bad_name(name, "is absolute")
    if name.endswith("/"):
        raise _bad_name(name, "is a folder")
    if any(part in ("", ".", "..") for part in parts):
        raise _bad_name(name, "has an empty part, `.` or `..`")
    if len(name) > MOST_NAME or len(parts) > MOST_PARTS or max(map(len, parts)) > MOST_PART:
        raise _bad_name(name, f"is longer than {MOST_PARTS} parts, {MOST_PART} characters each, {MOST_NAME} in all")
    if any(_PART.fullmatch(part) is None or part.endswith(".") for part in parts):
        raise _bad_name(name, "has a part that is not letters, digits, `_`, `-` and `.`, or one that ends with `.`")
    return name


def check_names(names: Iterable[str]) -> None:
    """Refuse names that some system takes for the same name, or for both a file and a folder. Raises BundleError."""
    found: set[str] = set()
    folders: set[str] = set()
    for name in names:
        low = check_name(name).lower()
        if low in found:
            raise _bad_name(name, "is there twice, perhaps in different upper and lower case")
        found.add(low)
        folders.update(low[:at] for at, letter in enumerate(low) if letter == "/")
    if both := found & folders:
        raise _bad_name(min(both), "is a file and a folder")


def not_canonical(fields: tuple[Any, ...], name_bytes: int) -> str:
    """Return what makes an entry of the central directory non-canonical, or an empty text if it is canonical."""
    signature, made_by, needed, flags, method, time, date, _, packed, size, length, extra, comment, *rest = fields
    disk, internal, external, offset = rest
    rules = [
        (signature != b"PK\1\2" or length != name_bytes, "is not an entry of a central directory"),
        (flags & 1, "is encrypted"),
        (flags & 8, "has a data descriptor"),
        (flags, "has flags"),
        (method, "is compressed"),
        (needed not in (10, 20) or 0xFFFFFFFF in (packed, size, offset), "is zip64, or of a later version"),
        (packed != size, "is stored, and has two sizes"),
        (extra, "has an extra field"),
        (comment, "has a comment"),
        (disk, "lies on another disk"),
        (made_by != _MADE_BY, "was made on another system, or by a later version"),
        (internal or external, "has attributes: it is a link, a folder, or has a mode"),
        ((time, date) != (_TIME, _DATE), "has a time"),
    ]
    return next((why for broken, why in rules if broken), "")


def _both(entry: Entry) -> tuple[int, ...]:
    """Return the fields that the local header and the central directory must share, in one form."""
    size = entry.size_bytes
    return entry.needed, 0, 0, _TIME, _DATE, entry.crc, size, size, len(entry.name), 0


def local(entry: Entry) -> bytes:
    return LOCAL.pack(b"PK\3\4", *_both(entry)) + entry.name.encode()


def central(entry: Entry) -> bytes:
    offset = entry.offset - LOCAL.size - len(entry.name)
    return CENTRAL.pack(b"PK\1\2", _MADE_BY, *_both(entry), 0, 0, 0, 0, offset) + entry.name.encode()


def end_record(count: int, size: int, start: int) -> bytes:
    return END.pack(b"PK\5\6", 0, 0, count, count, size, start, 0)


def _bad_name(name: str, why: str) -> BundleError:
    return BundleError(
        f"the name {name[:MOST_NAME]!r} {why}", hint="A bundle has plain file names only: see docs/bundle.md."
    )
