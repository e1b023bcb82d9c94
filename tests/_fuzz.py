"""Damage to files of a known form: by chance, by swapping and repeating their parts, and field by field.

Every choice comes from a random.Random, so that a seed names one damaged file.
"""

from __future__ import annotations

import json
import random
import struct
import tracemalloc
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE,
            0xFFFFFFFF)  # fmt: skip


def damaged(data: bytes, rng: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Return a file damaged in one way, or in two; others: further files from which parts may be inserted."""
    for _ in range(rng.choice((1, 1, 1, 2))):
        data = rng.choice(_WAYS)(bytearray(data), rng, others)
    return data


def _bits(data: bytearray, rng: random.Random, others: Sequence[bytes]) -> bytes:
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        if data:
            data[_place(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(data)


def _cut(data: bytearray, rng: random.Random, others: Sequence[bytes]) -> bytes:
    return bytes(data[: _place(data, rng)])


def _cut_within(data: bytearray, rng: random.Random, others: Sequence[bytes]) -> bytes:
    at = _place(data, rng)
    return bytes(data[:at] + data[at + rng.choice((1, 1, 2, 4, 46, 64)) :])


def _insert(data: bytearray, rng: random.Random, others: Sequence[bytes]) -> bytes:
    at = rng.choice((0, len(data), _place(data, rng)))
    data[at:at] = rng.choice((rng.randbytes(1), rng.randbytes(7), bytes(46), b"\xff" * 9))
    return bytes(data)


def _splice(data: bytearray, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Replace a part by a part of this or another file, or insert it."""
    source = rng.choice([bytes(data), *others])
    start = _place(source, rng)
    part = source[start : start + rng.choice((1, 4, 30, 46, 80, len(source)))]
    at = _place(data, rng)
    data[at : at + rng.choice((0, len(part)))] = part
    return bytes(data)


def _swap(data: bytearray, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Swap two fields of the same width."""
    width = rng.choice((1, 2, 4, 8))
    if len(data) < 2 * width:
        return bytes(data)
    one, other = (min(_place(data, rng), len(data) - width) for _ in range(2))
    first, second = data[one : one + width], data[other : other + width]
    data[one : one + width], data[other : other + width] = second, first
    return bytes(data)


def _extreme(data: bytearray, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Replace a field by an extreme number, or by one near its value."""
    form = rng.choice(("<B", "<H", "<I", "<I", ">I", "<Q"))
    width = struct.calcsize(form)
    if len(data) < width:
        return bytes(data)
    at = min(_place(data, rng), len(data) - width)
    before: int = struct.unpack_from(form, data, at)[0]
    value = rng.choice((rng.choice(EXTREMES), before + 1, before - 1, before * 2, before ^ 0x80))
    struct.pack_into(form, data, at, value % (1 << 8 * width))
    return bytes(data)


def _zeros(data: bytearray, rng: random.Random, others: Sequence[bytes]) -> bytes:
    at = _place(data, rng)
    count = min(rng.choice((1, 4, 64)), len(data) - at)
    data[at : at + count] = bytes(count)
    return bytes(data)


def _another(data: bytearray, rng: random.Random, others: Sequence[bytes]) -> bytes:
    return rng.choice((b"", rng.randbytes(rng.randrange(200)), bytes(data) * 2, *others))


_WAYS = (
    _bits,
    _bits,
    _bits,
    _cut,
    _cut_within,
    _insert,
    _splice,
    _swap,
    _extreme,
    _extreme,
    _extreme,
    _zeros,
    _another,
)


def _place(data: bytes | bytearray, rng: random.Random) -> int:
    """Return a position, often near the beginning or the end, where headers are; 0 in an empty file."""
    near = max(1, min(len(data), 120))
    where = rng.choice(("anywhere", "front", "back"))
    if where == "anywhere":
        return rng.randrange(max(1, len(data)))
    return rng.randrange(near) if where == "front" else max(0, len(data) - 1 - rng.randrange(near))


def crafted_archive(files: dict[str, bytes], rng: random.Random) -> bytes:
    """Return a zip in whose headers one field is another: in one header or in both, so that they agree.

    Sometimes none is: then it is canonical.
    """
    names = [name.encode() for name in sorted(files)]
    contents = [files[name] for name in sorted(files)]
    which, header = rng.randrange(len(names)), rng.choice(("both", "local", "central", "end", "name", "order", "none"))
    if header == "name":
        names[which] = rng.choice(HOSTILE_NAMES)
    if header == "order":
        both = list(zip(names, contents, strict=True))
        rng.shuffle(both)
        names, contents = [list(part) for part in zip(*both, strict=True)]
        names[which] = rng.choice(names)
    data, directory = b"", b""
    field, value = rng.randrange(10), rng.choice(EXTREMES)
    for number, (name, content) in enumerate(zip(names, contents, strict=True)):
        plain = [10, 0, 0, 0, 0x21, zlib.crc32(content), len(content), len(content), len(name), 0]
        other = list(plain)
        other[field] = value % (1 << (32 if field in (5, 6, 7) else 16))
        local = other if number == which and header in ("both", "local") else plain
        central = other if number == which and header in ("both", "central") else plain
        outer = [0, 0, 0, 0, len(data)]  # comment, disk, internal and external attributes, offset
        if number == which and header == "central" and rng.random() < 0.5:
            spot = rng.randrange(5)
            outer[spot], central = value % (1 << (32 if spot > 2 else 16)), plain
        directory += b"PK\1\2\x14\0" + struct.pack("<5H3I2H3H2I", *central, *outer) + name
        data += b"PK\3\4" + struct.pack("<5H3I2H", *local) + name + content
    end = [0, 0, len(names), len(names), len(directory), len(data), 0]
    if header == "end":
        spot = rng.randrange(7)
        end[spot] = value % (1 << (32 if spot in (4, 5) else 16))
    return data + directory + struct.pack("<4s4H2IH", b"PK\5\6", *end)


HOSTILE_NAMES = (
    b"", b"/", b".", b"..", b"../out", b"a/../../out", b"/tmp/out", b"a/", b"a//b", b"a\\..\\out", b"C:\\out", b"C:out",
    b"~/out", b"~root", b"out\0.txt", b"a\nb", b"\x1b[2J", b"$(touch out)", b"`touch out`", b"; touch out", b"'out'",
    b'"out"', b"-rf", b".hidden", b"a.", b"a ", b" a", b"\xc3\xa9", b"\xff\xfe", b"a\xe2\x80\xaeb", b"CON:", b"a" * 65,
    b"a/" * 9 + b"b", b"a" * 60_000, b"bundle.json/x", b"BUNDLE.JSON", b"zzz",
)  # fmt: skip


def crafted_runs(rng: random.Random) -> bytes:
    """Return a class map file with a header and runs of any numbers, some of them right."""
    height, width = rng.choice(((1, 1), (3, 4), (1, 300), (257, 2), (9, 9)))
    if rng.random() < 0.3:
        height, width = rng.choice(EXTREMES), rng.choice((*EXTREMES, width))
    if rng.random() < 0.02:
        height = width = 10_000  # as many pixels as there may be
    left, last, out = height * width, -1, bytearray()
    for _ in range(rng.randrange(1, 12)):
        kind = rng.choice(
            [k for k in (0, 1, 127, 128, 254, 255) if k != last] if rng.random() < 0.95 else [max(last, 0)]
        )
        length = rng.choice((1, 2, 127, 128, 300, left, left, left, max(0, left - 1), left + 1, rng.choice(EXTREMES)))
        out += bytes([kind]) + _varint(length, needless=rng.random() < 0.03)
        left, last = left - length, kind
        if left <= 0 and rng.random() < 0.9:
            break
    magic = b"PSCM" if rng.random() < 0.97 else rng.choice((b"PSCm", b"PK\3\4"))
    version = 1 if rng.random() < 0.97 else rng.choice((0, 2, 255))
    return magic + struct.pack("<BII", version, height, width) + out


def _varint(value: int, *, needless: bool) -> bytes:
    out, value = bytearray(), max(0, value)
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value | 0x80, 0]) if needless else bytes([*out, value])


def changed(document: Any, rng: random.Random) -> Any:
    """Change one value somewhere in a JSON document: another one, none, twice, or one from elsewhere in it."""
    places: list[tuple[Any, Any]] = []

    def look(value: Any) -> None:
        inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, part in list(inside):
            places.append((value, key))
            look(part)

    look(document)
    where, key = rng.choice(places)
    way = rng.randrange(5)
    if way == 0:
        del where[key]
    elif way == 1 and isinstance(where, dict):
        where[rng.choice(("surprise", "../x", "a\nb", "$(id)"))] = rng.choice(NASTY)
    elif way == 2:
        other, name = rng.choice(places)
        try:
            where[key] = json.loads(json.dumps(other[name]))
        except (KeyError, IndexError):
            where[key] = None
    elif way == 3 and isinstance(where[key], int | float) and not isinstance(where[key], bool):
        where[key] += rng.choice((1, -1, 1 << 40))
    else:
        where[key] = rng.choice(NASTY)
    return document


NASTY: tuple[Any, ...] = (  # values from outside in the place of what stood there
    "../../etc/passwd", "a b; rm -rf ~", "$(reboot)", "`id`", "'\"", "a\nb", "\u202e", "ü", "e\u0301", "", "x" * 5000,
    "\0", -1, 0, 1 << 63, 1e308, 0.5, True, None, [], {}, [[]], {"a": {}}, "ok", "2.0",
)  # fmt: skip


@contextmanager
def at_most(peak_bytes: int) -> Iterator[None]:
    """Fail where the block takes more memory at once than this."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= peak_bytes, f"{peak:,} bytes at once, where {peak_bytes:,} are allowed"
