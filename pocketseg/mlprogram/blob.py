"""Decodes weight files: MIL's blob storage, version 2.

A file begins with 64 bytes, uint32 count and uint32 version. A constant names the offset of its 64-byte record: uint32
0xDEADBEEF, uint32 type, uint64 size in bytes, uint64 offset of the data, uint64 bits of padding in its last byte. All
is little-endian; values of less than a byte are packed from the least significant bit on, across bytes.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from pocketseg.core.errors import RuntimeFailedError

_RECORD = struct.Struct("<IIQQQ")
_SENTINEL = 0xDEADBEEF
_VERSION = 2
_HEADER_BYTES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A type of values: its name in MIL, bits per value, the NumPy type that holds it, its number in blob records."""

    name: str
    bits: int
    holder: str
    blob_type: int | None = None

    @property
    def integer(self) -> bool:
        """Return whether it is an integer type: anything but floats, bools and strings."""
        return self.name.startswith(("int", "uint"))


ELEMENTS = {
    e.name: e
    for e in (
        Element(name="bool", bits=8, holder="bool"),
        Element(name="string", bits=0, holder="object"),
        Element(name="fp16", bits=16, holder="float16", blob_type=1),
        Element(name="fp32", bits=32, holder="float32", blob_type=2),
        Element(name="fp64", bits=64, holder="float64"),
        Element(name="uint1", bits=1, holder="uint8", blob_type=9),
        Element(name="uint2", bits=2, holder="uint8", blob_type=10),
        Element(name="uint3", bits=3, holder="uint8", blob_type=12),
        Element(name="uint4", bits=4, holder="uint8", blob_type=11),
        Element(name="uint6", bits=6, holder="uint8", blob_type=13),
        Element(name="uint8", bits=8, holder="uint8", blob_type=3),
        Element(name="uint16", bits=16, holder="uint16", blob_type=7),
        Element(name="uint32", bits=32, holder="uint32", blob_type=15),
        Element(name="uint64", bits=64, holder="uint64"),
        Element(name="int4", bits=4, holder="int8", blob_type=8),
        Element(name="int8", bits=8, holder="int8", blob_type=4),
        Element(name="int16", bits=16, holder="int16", blob_type=6),
        Element(name="int32", bits=32, holder="int32", blob_type=14),
        Element(name="int64", bits=64, holder="int64"),
    )
}


def unpacked(content: bytes, element: Element, count: int) -> npt.NDArray[Any]:
    """Return `count` values, flat, of an element type from its little-endian bytes. Raises ValueError for a wrong
    length."""
    if len(content) != packed_bytes(element, count):
        raise ValueError(
            f"{count} values of {element.name} are {packed_bytes(element, count)} bytes, not {len(content)}"
        )
    if element.bits >= 8:
        return np.frombuffer(content, np.dtype(element.holder).newbyteorder("<")).astype(element.holder)
    bits = np.unpackbits(np.frombuffer(content, np.uint8), count=count * element.bits, bitorder="little")
    weights = (1 << np.arange(element.bits)).astype(np.uint8)
    values = (bits.reshape(count, element.bits) * weights).sum(1, dtype=np.uint8)
    if element.holder == "uint8":
        return values
    signed = values.astype(np.int8)
    return np.where(signed >= 1 << (element.bits - 1), signed - (1 << element.bits), signed).astype(np.int8)


def packed_bytes(element: Element, count: int) -> int:
    """Return the number of bytes of `count` values."""
    return (count * element.bits + 7) // 8


class BlobFile:
    """An open weight file; every fault is a RuntimeFailedError that says where in which file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._stream = path.open("rb")
            self._size_bytes = os.fstat(self._stream.fileno()).st_size
        except OSError as error:
            raise RuntimeFailedError(f"{path} cannot be read: {error.strerror or error}") from error
        try:
            _, version = struct.unpack("<II", self._bytes(0, _HEADER_BYTES, "header")[:8])
            if version != _VERSION:
                raise self._fault(0, f"has version {version}, not {_VERSION}")
        except RuntimeFailedError:
            self._stream.close()
            raise

    def __enter__(self) -> BlobFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def read(self, offset: int, element: Element, count: int) -> npt.NDArray[Any]:
        """Return the `count` values, flat, whose record lies at `offset`; their type must be the element's."""
        record = self._bytes(offset, _HEADER_BYTES, "record")
        sentinel, kind, size_bytes, start, padding_bits = _RECORD.unpack(record[: _RECORD.size])
        if sentinel != _SENTINEL:
            raise self._fault(offset, "holds no record")
        if element.blob_type is None or kind != element.blob_type:
            raise self._fault(offset, f"holds type {kind}, but the program needs {element.name}")
        if size_bytes != packed_bytes(element, count) or padding_bits != size_bytes * 8 - count * element.bits:
            raise self._fault(offset, f"holds {size_bytes} bytes, but {count} values of {element.name} are needed")
        return unpacked(self._bytes(start, size_bytes, "data"), element, count)

    def _bytes(self, start: int, size_bytes: int, what: str) -> bytes:
        if start + size_bytes > self._size_bytes:
            raise self._fault(start, f"ends before its {what} does")
        try:
            self._stream.seek(start)
            content = self._stream.read(size_bytes)
        except (OSError, ValueError) as error:
            raise self._fault(start, f"cannot be read: {error}") from error
        if len(content) != size_bytes:
            raise self._fault(start, f"ends before its {what} does")
        return content

    def _fault(self, offset: int, what: str) -> RuntimeFailedError:
        return RuntimeFailedError(f"{self._path} {what} (byte {offset})", hint="export it again")
