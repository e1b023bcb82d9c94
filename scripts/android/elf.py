"""Native libraries as far as loading needs it: what one needs, what it exports, and how its segments are aligned."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from pocketseg.core.errors import DataError

MACHINES = {"arm64-v8a": 183, "x86_64": 62, "armeabi-v7a": 40, "x86": 3}
_LOAD, _DYNAMIC, _NOTE = 1, 2, 4
_NEEDED, _STRINGS, _SYMBOLS, _SONAME, _HASH, _GNU_HASH = 1, 5, 6, 14, 4, 0x6FFFFEF5
_WEAK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """One 64-bit shared library."""

    machine: int
    soname: str
    needed: tuple[str, ...]
    load_alignments: tuple[int, ...]  # bytes
    defined: frozenset[str]
    wanted: frozenset[str]  # undefined and not weak
    android_level: int | None  # the least that it was built for; None where it does not say

    @property
    def fits_16_kb_pages(self) -> bool:
        """Return whether a phone with memory pages of 16 KB can load it."""
        return all(alignment >= 16384 for alignment in self.load_alignments)


def read_library(data: bytes) -> Library:
    """Return what a library declares. Raises DataError where it is not a 64-bit library, or is damaged."""
    if data[:7] != b"\x7fELF\2\1\1":
        raise DataError("this is not a little-endian 64-bit library")
    try:
        return _read(data)
    except (struct.error, IndexError, ValueError, KeyError) as error:
        raise DataError(f"a damaged library: {error!r}") from error


def _read(data: bytes) -> Library:
    (machine,) = struct.unpack_from("<H", data, 18)
    headers, _, _, _, size, count = struct.unpack_from("<QQIHHH", data, 32)
    segments = [struct.unpack_from("<IIQQQQQQ", data, headers + i * size) for i in range(count)]
    loads = [each for each in segments if each[0] == _LOAD]
    dynamic = next(each for each in segments if each[0] == _DYNAMIC)
    entries = list(struct.iter_unpack("<qQ", data[dynamic[2] : dynamic[2] + dynamic[5] // 16 * 16]))
    first: dict[int, int] = {}
    for tag, value in entries:
        first.setdefault(tag, value)

    def offset(address: int) -> int:
        return next(o + address - a for _, _, o, a, _, length, _, _ in loads if a <= address < a + length)

    strings = offset(first[_STRINGS])

    def text(place: int) -> str:
        return data[strings + place : data.index(b"\0", strings + place)].decode()

    defined, wanted = set(), set()
    symbols = offset(first[_SYMBOLS])
    for index in range(1, _symbols(data, first, offset)):
        name, info, _, section, _, _ = struct.unpack_from("<IBBHQQ", data, symbols + 24 * index)
        if section:
            defined.add(text(name))
        elif info >> 4 != _WEAK:
            wanted.add(text(name))
    return Library(
        machine=machine,
        soname=text(first[_SONAME]) if _SONAME in first else "",
        needed=tuple(text(value) for tag, value in entries if tag == _NEEDED),
        load_alignments=tuple(each[7] for each in loads),
        defined=frozenset(defined),
        wanted=frozenset(wanted),
        android_level=_level(data[each[2] : each[2] + each[5]] for each in segments if each[0] == _NOTE),
    )


def _level(notes: Iterable[bytes]) -> int | None:
    """Return the API level in the note of Android's compiler."""
    for note in notes:
        place = 0
        while place + 12 <= len(note):
            name, length, kind = struct.unpack_from("<3I", note, place)
            begin = place + 12 + (name + 3) // 4 * 4
            if note[place + 12 : place + 12 + name] == b"Android\0" and kind == 1:
                return int(struct.unpack_from("<I", note, begin)[0])
            place = begin + (length + 3) // 4 * 4
    return None


def _symbols(data: bytes, first: dict[int, int], offset: object) -> int:
    """Return the number of symbols, which only the hash tables tell."""
    assert callable(offset)
    if _HASH in first:
        return int(struct.unpack_from("<II", data, offset(first[_HASH]))[1])
    table = offset(first[_GNU_HASH])
    buckets, begin, bloom, _ = struct.unpack_from("<4I", data, table)
    place = table + 16 + 8 * bloom
    last = max(struct.unpack_from(f"<{buckets}I", data, place), default=0)
    if last < begin:
        return int(begin)
    chains = place + 4 * buckets
    while not struct.unpack_from("<I", data, chains + 4 * (last - begin))[0] & 1:
        last += 1
    return int(last + 1)
