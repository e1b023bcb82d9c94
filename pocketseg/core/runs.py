"""The class map file (.runs): a class map as runs of equal pixels; every map has exactly one such file.

`PSCM`, one byte of version, height and width (uint32, little-endian), then runs in row-major order: the class (one
byte) and the length as a LEB128 varint of the shortest form. Neighbouring runs differ in class; lengths fill the map.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from pocketseg.core.errors import BundleError

MAGIC = b"PSCM"
VERSION = 1
MOST_PIXELS = 100_000_000
_HEADER = struct.Struct("<4sBII")
_VARINT_BYTES = 4  # hold lengths up to 2^28 - 1, more than MOST_PIXELS
_CHUNK_BYTES = 1 << 20  # read at once: working memory is a small multiple of it
_HINT = "It is damaged, or was not written by this project: make it, or copy it, again."

ClassMap = npt.NDArray[np.uint8]
Array = npt.NDArray[Any]


def encode(class_map: ClassMap) -> bytes:
    """Return the file's bytes for a class map (H,W uint8). Raises BundleError for anything else."""
    if class_map.ndim != 2 or class_map.dtype != np.uint8:
        raise BundleError(f"a class map is uint8 of shape H,W; this is {class_map.shape} of {class_map.dtype}")
    height, width = class_map.shape
    _check_size(height, width, "this class map")
    pixels = np.ascontiguousarray(class_map).reshape(-1)
    starts = np.concatenate([[0], np.flatnonzero(pixels[1:] != pixels[:-1]) + 1])
    return _HEADER.pack(MAGIC, VERSION, height, width) + _encoded(pixels[starts], np.diff(starts, append=pixels.size))


def decode(data: bytes, named: str = "the class map") -> ClassMap:
    """Return the class map (H,W uint8) in a file's bytes. Raises BundleError, which says what is wrong with `named`."""
    height, width = size_of(data, named)
    pixels = np.empty(height * width, np.uint8)
    if len(data) > _HEADER.size + 2 * pixels.size:  # a run takes two bytes, and one more only from 128 pixels on
        raise _refused(named, "is too long", "it has more bytes than a map of its size can take")
    filled, at, last = 0, _HEADER.size, -1
    while at < len(data):
        chunk = np.frombuffer(data, np.uint8, min(_CHUNK_BYTES, len(data) - at), at)
        classes, lengths, used = _runs_in(chunk, named)
        if used == 0:
            raise _refused(named, "is truncated", "it ends within a run")
        if classes[0] == last or (classes[1:] == classes[:-1]).any():
            raise _refused(named, "is not canonical", "two neighbouring runs have the same class")
        total = int(lengths.sum())
        if total > pixels.size - filled:
            raise _refused(named, "is too long", f"its runs have more pixels than its {width}x{height}")
        pixels[filled : filled + total] = np.repeat(classes, lengths)
        filled, at, last = filled + total, at + used, int(classes[-1])
    if filled < pixels.size:
        raise _refused(named, "is truncated", f"its runs fill {filled:,} of {pixels.size:,} pixels")
    return pixels.reshape(height, width)


def size_of(data: bytes, named: str = "the class map") -> tuple[int, int]:
    """Return height and width as the file's header gives them, within bounds. Raises BundleError."""
    if data[:4] != MAGIC:
        raise _refused(named, "is not a class map file", "it does not begin with PSCM")
    if len(data) > 4 and data[4] != VERSION:
        raise BundleError(
            f"{named} is a class map file of version {data[4]}; this version of pocketseg reads {VERSION}",
            hint="Update pocketseg.",
        )
    if len(data) < _HEADER.size:
        raise _refused(named, "is truncated", "it ends within its header")
    _, _, height, width = _HEADER.unpack_from(data)
    _check_size(height, width, named)
    return height, width


def sha256_of(class_map: ClassMap) -> str:
    """Return the SHA-256 of a class map's file in hex: equal maps have equal hashes. Raises BundleError."""
    return hashlib.sha256(encode(class_map)).hexdigest()


def _encoded(classes: ClassMap, lengths: Array) -> bytes:
    lengths = lengths.astype(np.uint32)
    bytes_of = np.ones(lengths.size, np.int64)
    for k in range(1, _VARINT_BYTES):
        bytes_of += lengths >> np.uint32(7 * k) > 0
    ends = np.cumsum(1 + bytes_of)
    out = np.empty(int(ends[-1]), np.uint8)
    starts = ends - bytes_of - 1
    out[starts] = classes
    for k in range(_VARINT_BYTES):
        has = bytes_of > k
        digit = (lengths[has] >> np.uint32(7 * k)) & np.uint32(0x7F)
        more = np.where(bytes_of[has] > k + 1, np.uint32(0x80), np.uint32(0))
        out[starts[has] + 1 + k] = digit | more
    return out.tobytes()


def _runs_in(chunk: ClassMap, named: str) -> tuple[ClassMap, Array, int]:
    """Return classes and lengths of the complete runs in bytes that begin with a run, and how many bytes they take.

    Which bytes are classes? A byte of 128 or more, be it a class or a part of a length, is followed by a part of a
    length; a byte below 128 ends a length or, if it is a class, begins one. So the bytes since the last one of 128 or
    more tell: there, and before the first byte of all, classes and ends of lengths alternate.
    """
    at = np.arange(chunk.size, dtype=np.int32)
    high = chunk >= 0x80
    last_high = np.maximum.accumulate(np.where(high, at, np.int32(-2)))
    ends = np.flatnonzero(~high & ((at - last_high) % 2 == 1))  # the last byte of each length
    starts = np.concatenate([[0], ends + 1])  # of each run, and of the rest
    bytes_of = ends - starts[:-1]
    if bytes_of.max(initial=0) > _VARINT_BYTES or (ends.size == 0 and chunk.size > 1 + _VARINT_BYTES):
        raise _refused(named, "is too long", "a run's length has more bytes than a map can need")
    if (chunk[ends] == 0).any():  # a length of zero, or one with a needless last byte
        raise _refused(named, "is not canonical", "a run's length is zero, or is not written in its shortest form")
    lengths = np.zeros(ends.size, np.int64)
    for k in range(_VARINT_BYTES):
        has = bytes_of > k
        lengths[has] |= (chunk[starts[:-1][has] + 1 + k].astype(np.int64) & 0x7F) << 7 * k
    return chunk[starts[:-1]], lengths, int(starts[-1])


def _check_size(height: int, width: int, named: str) -> None:
    if height < 1 or width < 1 or height * width > MOST_PIXELS:
        raise BundleError(
            f"{named} has a size beyond bounds: {width}x{height} pixels, where it may have 1 to {MOST_PIXELS:,}",
            hint=_HINT,
        )


def _refused(named: str, what: str, why: str) -> BundleError:
    return BundleError(f"{named} {what}: {why}", hint=_HINT)
