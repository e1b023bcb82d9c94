"""Java's byte code as far as linking needs it: what a class file declares, and the classes of jars.

Names are in Java's own UTF-8, which Python cannot decode; their bytes are compared, as in dex files and signatures.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

from pocketseg.core.errors import DataError
from scripts.android.classes import NATIVE, Lookup, Type

_MAGIC = 0xCAFEBABE
_UTF8, _CLASS = 1, 7
# Bytes after the tag, by tag; longs and doubles take two places.
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
_LONG = (5, 6)


def read_class(data: bytes) -> Type:
    """Return what a class file declares. Raises DataError where it is not one, or is damaged."""
    try:
        return _read(data)
    except (struct.error, KeyError, IndexError, TypeError, ValueError) as error:
        raise DataError(f"a damaged class file: {error!r}") from error


def _read(data: bytes) -> Type:
    magic, _, count = struct.unpack_from(">IIH", data)
    if magic != _MAGIC:
        raise DataError("this is not a class file")
    pool: dict[int, str | int] = {}
    place, index = 10, 1
    while index < count:
        tag = data[place]
        if tag == _UTF8:
            (length,) = struct.unpack_from(">H", data, place + 1)
            pool[index] = data[place + 3 : place + 3 + length].decode("latin-1")
            place += 3 + length
        else:
            if tag == _CLASS:
                (pool[index],) = struct.unpack_from(">H", data, place + 1)
            place += 1 + _SIZES[tag]
        index += 2 if tag in _LONG else 1
    _, own, above, interfaces = struct.unpack_from(">4H", data, place)
    numbers = struct.unpack_from(f">{interfaces}H", data, place + 8)
    parents = [_class_name(pool, number) for number in (above, *numbers) if number]
    place += 8 + 2 * interfaces
    members, native = set(), set()
    for mark in (":", ""):
        (count,) = struct.unpack_from(">H", data, place)
        place += 2
        for _ in range(count):
            flags, name, kind, attributes = struct.unpack_from(">4H", data, place)
            place += 8
            members.add(f"{pool[name]}{mark}{pool[kind]}")
            if flags & NATIVE and not mark:
                native.add(f"{pool[name]}{pool[kind]}")
            for _ in range(attributes):
                (length,) = struct.unpack_from(">I", data, place + 2)
                place += 6 + length
    return Type(
        name=_class_name(pool, own), parents=tuple(parents), members=frozenset(members), native=frozenset(native)
    )


def _class_name(pool: dict[int, str | int], number: int) -> str:
    name = pool[int(pool[number])]
    assert isinstance(name, str)
    return name


def jar_lookup(paths: Sequence[Path]) -> Lookup:
    """Return a lookup over jars; the first that has a class wins, and a class is read when first asked for."""
    archives = [zipfile.ZipFile(path) for path in paths]
    names = [frozenset(archive.namelist()) for archive in archives]
    known: dict[str, Type | None] = {}

    def lookup(name: str) -> Type | None:
        if name not in known:
            entry = f"{name}.class"
            holder = next((a for a, entries in zip(archives, names, strict=True) if entry in entries), None)
            known[name] = None if holder is None else read_class(holder.read(entry))
        return known[name]

    return lookup
