"""PNG files whose pixels are indices, not brightness: every chunk's checksum verified, grey values unscaled."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from pocketseg.core.errors import DataError
from pocketseg.core.outside import read_within
from pocketseg.data.decode import UNREADABLE
from pocketseg.data.photos import MAX_PIXELS

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY = 0
_MOST_BYTES = 1 << 30  # of a file
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_SCALE = {2: 85, 4: 17}  # what Pillow multiplies grey values of so many bits with


def read_indices(path: Path, what: str) -> npt.NDArray[Any]:
    """Read a palette or grey PNG of 1 to 16 bits as integers, H,W; `what` names it in errors."""
    try:
        data = read_within(path, _MOST_BYTES)
    except FileNotFoundError as error:
        raise DataError(f"{what} {path} does not exist", hint="restore it, or remove its photo", path=path) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{what} {path} cannot be read ({reason})", hint="check it", path=path) from error

    def unreadable(reason: object) -> DataError:
        hint = "save it as PNG, or restore it from its source"
        return DataError(f"{what} {path} is no readable image ({reason})", hint=hint, path=path)

    try:
        header = _checked(data)
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            if image.mode not in ("P", "L", "1", "I", "I;16"):
                raise DataError(
                    f"{what} {path} is a colour image ({image.mode})",
                    hint="its pixels must be indices: palette or grey PNG",
                    path=path,
                )
            values = np.asarray(image)  # of two-coloured images the indices 0 and 1
    except UNREADABLE as error:
        raise unreadable(error) from error
    if header.kind == _GREY and header.depth in _SCALE:
        values = values // _SCALE[header.depth]
    return values.astype(np.uint8) if values.dtype == bool else values


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What IHDR says (PNG specification, section 11.2.2)."""

    width: int
    height: int
    depth: int
    kind: int
    interlaced: bool


def _checked(data: bytes) -> Header:
    """Check what decoders pass over: the checksum of every chunk, and that the pixels are all there. ValueError."""
    if data[:8] != _SIGNATURE:
        raise ValueError("no PNG")
    place, header, pixels, ended = 8, None, [], False
    while place < len(data) and not ended:
        if place + 12 > len(data):
            raise ValueError("it is cut short")
        length, name = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + length]
        place += 12 + length
        if place > len(data):
            raise ValueError("it is cut short")
        if zlib.crc32(name + body) != int.from_bytes(data[place - 4 : place], "big"):
            raise ValueError(f"checksum of its part {name!r} is wrong")
        if header is None:
            if name != b"IHDR" or length != 13:
                raise ValueError("it does not begin with a header")
            width, height, depth, kind, _, _, interlace = struct.unpack(">IIBBBBB", body)
            header = Header(width=width, height=height, depth=depth, kind=kind, interlaced=interlace == 1)
            if width * height > MAX_PIXELS:
                raise ValueError(f"{width} x {height} px are too many")
        elif name == b"IHDR":
            raise ValueError("it has two headers")
        pixels.append(body if name == b"IDAT" else b"")
        ended = name == b"IEND"
    if header is None or not ended:
        raise ValueError("it is cut short")
    expected = _raw_bytes(header)
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(b"".join(pixels), expected + 1)
    except zlib.error as error:
        raise ValueError(f"its pixels are damaged: {error}") from error
    if len(raw) != expected or not (stream.eof or not stream.unconsumed_tail):
        raise ValueError(f"it holds {len(raw)} bytes of pixels, its size needs {expected}")
    return header


def _raw_bytes(header: Header) -> int:
    """Give the bytes of unpacked pixels, a filter byte a row; interlaced images have seven passes (section 8.2)."""
    bits = header.depth * _CHANNELS.get(header.kind, 1)

    def size(width: int, height: int) -> int:
        return height * (1 + -(-width * bits // 8)) if width and height else 0

    if not header.interlaced:
        return size(header.width, header.height)
    return sum(
        size(
            -(-(header.width - x) // dx) if header.width > x else 0,
            -(-(header.height - y) // dy) if header.height > y else 0,
        )
        for x, y, dx, dy in _ADAM7
    )


def check_range(values: npt.NDArray[Any], highest: int, path: Path, what: str, *, ignored: int | None = None) -> None:
    """Refuse an index above `highest`, but for the `ignored` one."""
    wrong = (values < 0) | (values > highest)
    if ignored is not None:
        wrong &= values != ignored
    if wrong.any():
        also = "" if ignored is None else f", or {ignored} for ignored pixels"
        raise DataError(
            f"{what} {path} holds value {int(values[wrong][0])} ({int(wrong.sum())} such pixels)",
            hint=f"values go from 0 to {highest}{also}",
            path=path,
        )
