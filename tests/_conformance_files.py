"""The second implementation of docs/bundle.md's two formats in plain Python: class map files and the canonical zip."""

from __future__ import annotations

import re
import struct
import zlib

from _conformance import Array
from _conformance_outputs import Refused

MOST_PIXELS = 100_000_000
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def decoded(data: bytes) -> Array:
    """Return the class map in a .runs file."""
    if data[:4] != b"PSCM":
        raise Refused("no-class-map")
    if len(data) > 4 and data[4] != 1:
        raise Refused("other-version")
    if len(data) < 13:
        raise Refused("truncated")
    height, width = struct.unpack_from("<II", data, 5)
    if height < 1 or width < 1 or height * width > MOST_PIXELS:
        raise Refused("beyond-bounds")
    pixels, at, last = bytearray(), 13, -1
    while at < len(data):
        label, at = data[at], at + 1
        length, at = _length(data, at)
        if length == 0 or label == last:
            raise Refused("not-canonical")
        if length > height * width - len(pixels):
            raise Refused("too-long")
        pixels += bytes([label]) * length
        last = label
    if len(pixels) < height * width:
        raise Refused("truncated")
    return Array("uint8", (height, width), bytes(pixels))


def _length(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for k in range(4):  # 28 bits, more than the most pixels
        if at + k >= len(data):
            raise Refused("truncated")
        part = data[at + k]
        value |= (part & 0x7F) << 7 * k
        if part < 0x80:
            if k and part == 0:
                raise Refused("not-canonical")
            return value, at + k + 1
    raise Refused("too-long")


def encoded(classes: Array) -> bytes:
    """Return the one .runs file of a class map."""
    out = bytearray(b"PSCM\1" + struct.pack("<II", *classes.shape))
    data, at = classes.data, 0
    while at < len(data):
        end = at
        while end < len(data) and data[end] == data[at]:
            end += 1
        out.append(data[at])
        length, at = end - at, end
        while length >= 0x80:
            out.append(length & 0x7F | 0x80)
            length >>= 7
        out.append(length)
    return bytes(out)


# ---- the zip ---------------------------------------------------------------------------------------------------------


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return the files of a canonical zip."""
    if len(data) < 22:
        raise Refused("truncated")
    signature, disk, its_disk, here, count, size, start, comment = struct.unpack("<4s4H2IH", data[-22:])
    if signature != b"PK\5\6":
        raise Refused("end-record")
    if count > 65_534 or 0xFFFFFFFF in (size, start):
        raise Refused("zip64")
    if disk or its_disk or here != count or comment or start + size + 22 != len(data):
        raise Refused("end-record")
    found: dict[str, bytes] = {}
    sums: dict[str, int] = {}
    at, body = start, 0
    for _ in range(count):
        if at + 46 > start + size:
            raise Refused("end-record")
        name, at, offset, crc, length, needed = _entry(data, at)
        if found and name.encode() <= max(found).encode():
            raise Refused("not-sorted")
        _check_name(name)
        if offset != body:
            raise Refused("gap")
        body = offset + 30 + len(name) + length
        if body > start:
            raise Refused("gap")
        both = struct.pack("<5H3I2H", needed, 0, 0, 0, 0x21, crc, length, length, len(name), 0)
        if data[offset : offset + 30 + len(name)] != b"PK\3\4" + both + name.encode():
            raise Refused("local-header")
        found[name], sums[name] = data[body - length : body], crc
    if at != start + size:
        raise Refused("end-record")
    if body != start:
        raise Refused("gap")
    _check_together(found)
    if any(zlib.crc32(content) != sums[name] for name, content in found.items()):
        raise Refused("wrong-crc")
    return found


def _entry(data: bytes, at: int) -> tuple[str, int, int, int, int, int]:
    """Return an entry of the central directory: name, where the next begins, offset, CRC, size, version needed."""
    fields = struct.unpack_from("<4s6H3I5H2I", data, at)
    signature, made_by, needed, flags, method, time, date, crc, packed, size, length, extra, comment, *rest = fields
    disk, internal, external, offset = rest
    for error, wrong in (
        ("end-record", signature != b"PK\1\2"),
        ("encrypted", flags & 1),
        ("data-descriptor", flags & 8),
        ("flags", flags),
        ("compressed", method),
        ("zip64", needed not in (10, 20) or 0xFFFFFFFF in (packed, size, offset)),
        ("two-sizes", packed != size),
        ("extra-field", extra),
        ("comment", comment),
        ("other-disk", disk),
        ("made-by", made_by != 20),
        ("attributes", internal or external),
        ("time", (time, date) != (0, 0x21)),
    ):
        if wrong:
            raise Refused(error)
    name = data[at + 46 : at + 46 + length]
    if not name.isascii():
        raise Refused("name-not-ascii")
    return name.decode("ascii"), at + 46 + length, offset, crc, size, needed


def _check_name(name: str) -> None:
    parts = name.split("/")
    for error, wrong in (
        ("name-backslash", "\\" in name), ("name-absolute", name.startswith("/")), ("name-folder", name.endswith("/")),
        ("name-dots", any(part in ("", ".", "..") for part in parts)),
        ("name-too-long", len(name) > 200 or len(parts) > 8 or max(map(len, parts)) > 64),
        ("name-characters", any(not PART.fullmatch(part) or part.endswith(".") for part in parts)),
    ):  # fmt: skip
        if wrong:
            raise Refused(error)


def _check_together(found: dict[str, bytes]) -> None:
    low = [name.lower() for name in found]
    folders = {name[:at] for name in low for at, letter in enumerate(name) if letter == "/"}
    if len(set(low)) < len(low) or folders & set(low):
        raise Refused("same-name")


def zipped(files: dict[str, bytes]) -> bytes:
    """Return the one canonical zip of some files."""
    body, directory = b"", b""
    for name in sorted(files):
        both = struct.pack("<5H3I2H", 10, 0, 0, 0, 0x21, zlib.crc32(files[name]), *[len(files[name])] * 2, len(name), 0)
        directory += (
            b"PK\1\2" + struct.pack("<H", 20) + both + struct.pack("<3H2I", 0, 0, 0, 0, len(body)) + name.encode()
        )
        body += b"PK\3\4" + both + name.encode() + files[name]
    return body + directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, *[len(files)] * 2, len(directory), len(body), 0)
