"""Reads one array from a MATLAB 5 file and checks every length: scipy's reader can crash the process on a damaged file.

Format: MathWorks, "MAT-File Format", level 5. Only plain numeric arrays are read, which is what annotations are.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

_HEADER_BYTES = 128
_MATRIX, _COMPRESSED = 14, 15
_MAX_BYTES = 1 << 29  # of one unpacked variable; more is a damaged or hostile stream, not a mask
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}


def read_array(data: bytes, name: str) -> npt.NDArray[Any] | None:
    """Return the array called `name`, or None where the file has no such variable. Raises ValueError for a damaged
    file."""
    order = {b"IM": "<", b"MI": ">"}.get(data[126:_HEADER_BYTES])
    if order is None:
        raise ValueError("it has no MATLAB 5 header")
    for kind, content in _elements(data[_HEADER_BYTES:], order):
        if kind == _COMPRESSED:
            kind, content = next(_elements(_unpacked(content), order), (0, b""))
        if kind == _MATRIX:
            parts = list(_elements(content, order))
            if len(parts) >= 3 and parts[2][1].rstrip(b"\0") == name.encode():
                return _array(parts, order)
    return None


def _unpacked(content: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        unpacked = stream.decompress(content, _MAX_BYTES)
    except zlib.error as error:
        raise ValueError(f"a compressed part is damaged: {error}") from error
    if not stream.eof:
        raise ValueError("a compressed part is cut short or too large")
    return unpacked


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield (type, content) of the consecutive elements in `data`."""
    place = 0
    while place + 8 <= len(data):
        kind, count = struct.unpack_from(f"{order}II", data, place)
        if kind >> 16:  # the small form: length and type share the first word, the content is the second
            kind, count, start, following = kind & 0xFFFF, kind >> 16, place + 4, place + 8
        else:
            start = place + 8
            following = start + count + (0 if kind == _COMPRESSED else -count % 8)
        if count > (4 if start == place + 4 else len(data) - start):
            raise ValueError("it is cut short, or a length in it is damaged")
        yield kind, data[start : start + count]
        place = following


def _array(parts: list[tuple[int, bytes]], order: str) -> npt.NDArray[Any]:
    (_, flags), (_, dims), _, *values = parts
    if len(flags) != 8 or len(dims) % 4:
        raise ValueError("its array description is damaged")
    described = struct.unpack(f"{order}I", flags[:4])[0]
    shape = struct.unpack(f"{order}{len(dims) // 4}i", dims)
    dtype = _CLASSES.get(described & 0xFF)
    if dtype is None or described & 0x0800 or not values or values[0][0] not in _STORED:
        raise ValueError("the variable is not a plain array of real numbers")
    stored = np.dtype(order + _STORED[values[0][0]])
    expected = stored.itemsize
    for size in shape:
        expected *= size
    if not shape or min(shape) < 0 or expected != len(values[0][1]):
        raise ValueError(f"its size {' x '.join(map(str, shape))} does not fit its content")
    raw = np.frombuffer(values[0][1], stored)
    with np.errstate(invalid="ignore"):  # values that do not fit are found below
        array = raw.astype(dtype)
    if not np.array_equal(array, raw, equal_nan=raw.dtype.kind == "f"):
        raise ValueError("its values do not fit its class")
    return array.reshape(shape, order="F")
