"""A photo's file without what it says about people, places and devices: its pixels, orientation and colours.

JPEG, PNG and WebP files are cut and not encoded again, so the phone decodes what the desktop decodes. The parts that
are kept are listed; everything else goes: EXIF with its thumbnail and maker notes, XMP, comments, and whatever follows
the picture.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from pocketseg.core.outside import MOST_BYTES, read_within
from pocketseg.data.decode import UNREADABLE, opened, upright_rgb
from pocketseg.data.exif import UPRIGHT
from pocketseg.data.photos import MAX_PIXELS

Pixels = npt.NDArray[np.uint8]

_ORIENTATION = ExifTags.Base.Orientation
_EXIF = b"Exif\0\0"
# JPEG (ITU T.81, table B.1): tables, frames, scans and restarts; the rest are comments and application segments
_JPEG_KEPT = {*range(0xC0, 0xD0), *range(0xDA, 0xE0)} - {0xC8}
_JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
_SCAN_END = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # neither a stuffed byte, nor a restart, nor padding
_JFIF_BYTES, _ADOBE_BYTES = 14, 12  # lengths of the segments without a thumbnail or trailing bytes
_ICC = b"ICC_PROFILE\0"
_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT"}
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_WEBP_KEPT = {b"ALPH", b"VP8 ", b"VP8L", b"ICCP"}
_WEBP_ALPHA, _WEBP_ICC, _WEBP_EXIF = 0x10, 0x20, 0x08
_DROPPED_INFO = {"comment", "xmp", "XML:com.adobe.xmp", "photoshop", "mp", "Raw profile type exif"}


def bare(path: Path) -> tuple[bytes, str]:
    """Return a photo's bytes without metadata, and their suffix: .jpg, .png or .webp. Raises DataError.

    read_image gives the same pixels for both. A photo of another format, or one whose bytes cannot be cut safely,
    becomes a PNG of its upright pixels.
    """
    with opened(path, MAX_PIXELS) as image:
        kind = image.format or ""
        orientation = _orientation(image)
        pixels = upright_rgb(path, image)
    if kind in _CUTTERS:
        suffix, cut = _CUTTERS[kind]
        try:
            data = cut(read_within(path, MOST_BYTES), orientation)
        except (ValueError, IndexError, OSError, struct.error):  # too large, damaged, or of an unusual structure
            data = b""
        if data and _is_bare(data, orientation, pixels):
            return data, suffix
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue(), ".png"


def _orientation(image: Image.Image) -> int:
    """Return the orientation of this picture: from EXIF, or from XMP where EXIF has none; 1 where it stands upright."""
    said = image.getexif().get(_ORIENTATION, UPRIGHT)
    return said if isinstance(said, int) and 1 <= said <= 8 else UPRIGHT


def _is_bare(data: bytes, orientation: int, pixels: Pixels) -> bool:
    """Return whether these bytes decode to exactly these pixels, and a reader finds no metadata in them."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            tags = dict(image.getexif())
            same = np.array_equal(upright_rgb(Path("photo"), image), pixels)
            return same and tags == _tags(orientation) and not _DROPPED_INFO & image.info.keys()
    except UNREADABLE:
        return False


def _tags(orientation: int) -> dict[int, int]:
    return {} if orientation == UPRIGHT else {int(_ORIENTATION): orientation}


def _tiff(orientation: int) -> bytes:
    """Return EXIF data (a TIFF header and one directory) with one tag; empty for an upright picture."""
    if orientation == UPRIGHT:
        return b""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)


def _cut_jpeg(data: bytes, orientation: int) -> bytes:
    head, body = b"", b""
    for marker, content, scan in _segments(data):
        if marker == 0xE0 and content.startswith(b"JFIF\0"):
            head = _segment(0xE0, content[: _JFIF_BYTES - 2] + b"\0\0")
        elif marker == 0xEE and content.startswith(b"Adobe"):
            body += _segment(marker, content[:_ADOBE_BYTES])
        elif marker in _JPEG_KEPT or (marker == 0xE2 and content.startswith(_ICC)):
            body += _segment(marker, content) + scan
    tiff = _tiff(orientation)
    return b"\xff\xd8" + head + (_segment(0xE1, _EXIF + tiff) if tiff else b"") + body + b"\xff\xd9"


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield marker, content, and the coded pixels after a scan's header, up to the end of the first picture."""
    if data[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    at = 2
    while True:
        at = data.index(b"\xff", at)  # decoders skip bytes that are not a marker
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker == 0xD9:
            return
        if marker == 0 or marker in _JPEG_ALONE:
            continue
        (length,) = struct.unpack_from(">H", data, at)
        content, end = data[at + 2 : at + length], at + length
        if length < 2 or end > len(data):
            raise ValueError("a truncated segment")
        at = end
        if marker == 0xDA:
            found = _SCAN_END.search(data, end)
            if found is None:
                raise ValueError("no end of the picture")
            at = found.start()
        yield marker, content, data[end:at]


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _cut_png(data: bytes, orientation: int) -> bytes:
    if data[:8] != _PNG_SIGNATURE:
        raise ValueError("no PNG")
    out, at, kind = [_PNG_SIGNATURE], 8, b""
    tiff = _tiff(orientation)
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        whole = data[at : at + length + 12]
        if len(whole) < length + 12:
            raise ValueError("a truncated chunk")
        if kind == b"IDAT" and tiff:
            out.append(_chunk(b"eXIf", tiff))
            tiff = b""
        if kind == b"iCCP":  # its name may be arbitrary
            out.append(_chunk(kind, b"ICC" + whole[8 : 8 + length][whole[8 : 8 + length].index(0) :]))
        elif kind in _PNG_KEPT:
            out.append(whole)
        at += length + 12
    return b"".join(out)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _cut_webp(data: bytes, orientation: int) -> bytes:
    magic, size, form = struct.unpack_from("<4sI4s", data)
    if (magic, form) != (b"RIFF", b"WEBP") or size + 8 > len(data):
        raise ValueError("no WebP")
    kept: list[tuple[bytes, bytes]] = []
    canvas, alpha, at = b"", 0, 12
    while at + 8 <= size + 8:
        kind, length = struct.unpack_from("<4sI", data, at)
        content = data[at + 8 : at + 8 + length]
        if len(content) < length:
            raise ValueError("a truncated chunk")
        if kind == b"VP8X":
            canvas, alpha = content[4:10], content[0] & _WEBP_ALPHA
        elif kind in _WEBP_KEPT:
            kept.append((kind, content))
        at += 8 + length + length % 2
    tiff = _tiff(orientation)
    if canvas:
        kinds = {kind for kind, _ in kept}
        flags = alpha | (_WEBP_ICC if b"ICCP" in kinds else 0) | (_WEBP_EXIF if tiff else 0)
        kept.insert(0, (b"VP8X", bytes([flags, 0, 0, 0]) + canvas))
    if tiff:
        kept.append((b"EXIF", tiff))
    chunks = [struct.pack("<4sI", kind, len(c)) + c + b"\0" * (len(c) % 2) for kind, c in kept]
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


_CUTTERS: dict[str, tuple[str, Callable[[bytes, int], bytes]]] = {
    "JPEG": (".jpg", _cut_jpeg),
    "MPO": (".jpg", _cut_jpeg),
    "PNG": (".png", _cut_png),
    "WEBP": (".webp", _cut_webp),
}
