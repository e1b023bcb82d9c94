"""PNG files whose pixels are indices, not brightness: every chunk's checksum is verified, grey values are not
scaled."""

from __future__ import annotations

import functools
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
from pocketseg.data.faults import Kind, MaskFault
from pocketseg.data.photos import MAX_PIXELS

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY = 0
_BITS = 8  # per channel of a colour image: of deeper ones Pillow keeps only the upper bits
_KEPT = 64  # colours or values of one mask that a fault lists
_MOST_BYTES = 1 << 30  # of a file
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
JPEG_HINT = "JPEG masks lose their values: export PNG from their source"
_OTHERS = (  # recognised by their first bytes
    (b"\xff\xd8", "a JPEG"), (b"GIF8", "a GIF"), (b"BM", "a BMP"), (b"II*\0", "a TIFF"), (b"MM\0*", "a TIFF"),
    (b"RIFF", "a WebP"), (b"\x93NUMPY", "a NumPy array"), (b"version https:", "a Git LFS pointer"),
)  # fmt: skip
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_SCALE = {2: 85, 4: 17}  # the factor by which Pillow multiplies grey values of so many bits


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskPng:
    """A PNG as stored.

    Attributes:
        values: indices or grey values, H,W, of 1 to 16 bits; None for a colour image.
        rgb: of a colour image, H,W,3 uint8; None for others.
        palette: 256,3 uint8; None where there is none.
    """

    mode: str
    values: npt.NDArray[Any] | None
    rgb: npt.NDArray[np.uint8] | None = None
    palette: npt.NDArray[np.uint8] | None = None


def read_indices(path: Path, what: str) -> npt.NDArray[Any]:
    """Return a palette or grey PNG of 1 to 16 bits as integers, H,W; three equal channels count as grey.

    `what` names it in errors. Raises DataError; a MaskFault for a colour image.
    """
    picture = read_png(path, what)
    if picture.values is None:
        raise colour_image(path, what, picture)
    return picture.values


def read_png(path: Path, what: str) -> MaskPng:
    """Return a PNG whose pixels mean labels, indices unscaled. Raises DataError for a damaged or ambiguous one."""
    try:
        data = read_within(path, _MOST_BYTES)
    except FileNotFoundError as error:
        raise DataError(f"{what} {path} does not exist", hint="restore it, or remove its photo", path=path) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{what} {path} cannot be read ({reason})", hint="check it", path=path) from error

    if data[:8] != _SIGNATURE:
        raise _no_png(path, what, data[:16])
    try:
        header = _checked(data)
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            if image.mode in ("P", "L", "1", "I", "I;16"):
                values = np.asarray(image)  # for bilevel images the indices 0 and 1
                palette = _palette(image) if image.mode == "P" else None
                return MaskPng(mode=image.mode, values=_unscaled(values, header), palette=palette)
            if header.depth > _BITS:
                message = f"{what} {path} is not a readable image ({header.depth} bits per channel)"
                raise MaskFault(message, hint="save it with 8 bits per channel", path=path, what=what, kind=Kind.DEEP)
            mode, pixels = image.mode, np.asarray(image.convert("RGBA" if image.mode in ("LA", "RGBA") else "RGB"))
    except UNREADABLE as error:
        hint = "save it as PNG, or restore it from its source"
        raise DataError(f"{what} {path} is not a readable image ({error})", hint=hint, path=path) from error
    if pixels.shape[2] == 4:
        clear = int((pixels[..., 3] < 255).sum())
        if clear:
            hint = "save it without transparency, a plain colour for each label"
            message = f"{what} {path} has {clear} transparent pixels ({mode})"
            raise MaskFault(message, hint=hint, path=path, what=what, kind=Kind.CLEAR)
    rgb = np.ascontiguousarray(pixels[..., :3])
    if (rgb[..., :1] == rgb).all():
        return MaskPng(mode=mode, values=rgb[..., 0])
    return MaskPng(mode=mode, values=None, rgb=rgb)


def _no_png(path: Path, what: str, head: bytes) -> MaskFault:
    """Return the fault of another kind of file that is called .png. head: its first bytes."""
    found = next((name for mark, name in _OTHERS if head.startswith(mark)), "")
    if not head:
        found = "an empty file"
    return MaskFault(
        f"{what} {path} is not a readable image (not PNG{f', but {found}' if found else ''})",
        hint=JPEG_HINT if found == "a JPEG" else "save it as PNG, or restore it from its source",
        path=path,
        what=what,
        kind=Kind.NO_PNG,
        detail=f"{path.name} ({found})" if found else "",
    )


def read_palette(path: Path) -> npt.NDArray[np.uint8] | None:
    """Return a PNG's palette, 256,3 uint8, without decoding pixels; None where it has none, or cannot be read."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=("PNG",)) as image:
            return _palette(image) if image.mode == "P" else None
    except UNREADABLE:
        return None


def _palette(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Return the palette's colours, 256,3; black beyond its end."""
    return _shared(bytes(image.getpalette("RGB") or b""))


@functools.lru_cache(maxsize=256)  # the masks of a set usually share one
def _shared(said: bytes) -> npt.NDArray[np.uint8]:
    found = np.zeros((256, 3), np.uint8)
    colours = np.frombuffer(said, np.uint8).reshape(-1, 3)[:256]
    found[: len(colours)] = colours
    found.flags.writeable = False
    return found


def _unscaled(values: npt.NDArray[Any], header: Header) -> npt.NDArray[Any]:
    """Return grey values of few bits as stored, and booleans as numbers."""
    if header.kind == _GREY and header.depth in _SCALE:
        values = values // _SCALE[header.depth]
    return values.astype(np.uint8) if values.dtype == bool else values


def packed(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
    """Return colours of shape ...,3 as numbers 0xRRGGBB."""
    wide = rgb.astype(np.int32)
    return (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]


def colour_image(path: Path, what: str, picture: MaskPng) -> MaskFault:
    """Return the fault of a colour image where indices are expected, with its most frequent colours."""
    found, distinct = commonest(packed(picture.rgb)) if picture.rgb is not None else ({}, 0)
    return MaskFault(
        f"{what} {path} is a colour image ({picture.mode})",
        hint="its pixels must be indices: use a palette or grey PNG, or name its colours in a mapping file",
        path=path,
        what=what,
        kind=Kind.COLOURS,
        found=found,
        distinct=distinct,
    )


def commonest(values: npt.NDArray[Any]) -> tuple[dict[int, int], int]:
    """Return the most frequent values with their counts, and how many different ones there are."""
    found, counts = np.unique(values, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_KEPT]
    return dict(zip(found[order].tolist(), counts[order].tolist(), strict=True)), len(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The fields of IHDR (PNG specification, section 11.2.2)."""

    width: int
    height: int
    depth: int
    kind: int
    interlaced: bool


def _checked(data: bytes) -> Header:
    """Return the header after checking what decoders do not: every chunk's checksum, and that all pixels are there.

    Raises ValueError.
    """
    if data[:8] != _SIGNATURE:
        raise ValueError("not PNG")
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
        raise ValueError(f"it holds {len(raw)} bytes of pixels, but its size needs {expected}")
    return header


def _raw_bytes(header: Header) -> int:
    """Return the number of bytes of unpacked pixels, one filter byte per row; interlaced images have seven passes
    (section 8.2)."""
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
    """Refuse an index above `highest` other than `ignored`. Raises MaskFault."""
    wrong = (values < 0) | (values > highest)
    if ignored is not None:
        wrong &= values != ignored
    if wrong.any():
        also = "" if ignored is None else f", or {ignored} for ignored pixels"
        found, distinct = commonest(values)
        raise MaskFault(
            f"{what} {path} holds value {int(values[wrong][0])} ({int(wrong.sum())} such pixels)",
            hint=f"values go from 0 to {highest}{also}",
            path=path,
            what=what,
            kind=Kind.VALUES,
            found=found,
            distinct=distinct,
            wrong=tuple(commonest(values[wrong])[0]),
        )
