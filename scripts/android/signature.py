"""Signatures of animal-sniffer: the public classes and members of one level of Android and of its Java.

A .signature file is a gzip of Java's object serialization: `Clazz` after `Clazz`, then null. Only what such a file
contains is read: strings, sets and arrays of strings, and references back to earlier values.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError
from scripts.android.classes import Type

_NULL, _REFERENCE, _CLASS, _OBJECT, _STRING, _ARRAY, _BLOCK, _END, _LONG = (
    0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x77, 0x78, 0x7C,
)  # fmt: skip
_FIRST = 0x7E0000
_SIZES = {"B": 1, "C": 2, "D": 8, "F": 4, "I": 4, "J": 8, "S": 2, "Z": 1}
_WRITES_MORE = 1  # a class that writes objects of its own after its fields: the sets


def read_signature(path: Path) -> dict[str, Type]:
    """Return the classes of a signature by name. Raises DataError."""
    try:
        stream = _Stream(gzip.decompress(path.read_bytes()))
        found = {}
        while (clazz := stream.value()) is not None:
            parents = [clazz.get("superClass"), *(clazz.get("superInterfaces") or [])]
            members = frozenset(_member(each) for each in clazz["signatures"])
            name = clazz["name"]
            found[name] = Type(name=name, parents=tuple(each for each in parents if each), members=members)
    except (OSError, EOFError, zlib.error, struct.error, KeyError, IndexError, TypeError, ValueError) as error:
        raise DataError(f"{path.name} is not a signature of animal-sniffer that can be read here: {error!r}") from error
    return found


def _member(text: str) -> str:
    """Return a member in the notation used here; in a signature, fields are `name#type`."""
    return text.replace("#", ":", 1)


class _Stream:
    """Reads values one after another, and remembers them for references."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"\xac\xed\0\5":
            raise ValueError("not Java's serialization")
        self._data, self._place = data, 4
        self._known: list[Any] = []

    def value(self) -> Any:
        tag = self._take(">B")
        if tag == _NULL:
            return None
        if tag == _REFERENCE:
            return self._known[self._take(">I") - _FIRST]
        if tag in (_STRING, _LONG):
            text = self._text(self._take(">H" if tag == _STRING else ">Q"))
            self._known.append(text)
            return text
        if tag == _CLASS:
            return self._description()
        if tag == _OBJECT:
            return self._object()
        if tag == _ARRAY:
            self.value()
            items: list[Any] = []
            self._known.append(items)
            items += [self.value() for _ in range(self._take(">I"))]
            return items
        raise ValueError(f"tag {tag:#x} at {self._place}")

    def _object(self) -> Any:
        description = self.value()
        found: dict[str, Any] = {}
        self._known.append(found)
        place = len(self._known) - 1
        chain = []
        while description is not None:
            chain.append(description)
            description = description["above"]
        more: list[Any] = []
        for each in reversed(chain):
            for kind, name in each["fields"]:
                if kind in "L[":
                    found[name] = self.value()
                else:
                    self._place += _SIZES[kind]
            if each["flags"] & _WRITES_MORE:
                more += self._until_end()
        if any(each["name"] == "java.util.HashSet" for each in chain):
            self._known[place] = more
            return more
        return found

    def _description(self) -> dict[str, Any]:
        name = self._text(self._take(">H"))
        self._skip(8)
        description: dict[str, Any] = {"name": name}
        self._known.append(description)
        description["flags"] = self._take(">B")
        fields = []
        for _ in range(self._take(">H")):
            kind = chr(self._take(">B"))
            fields.append((kind, self._text(self._take(">H"))))
            if kind in "L[":
                self.value()
        description["fields"] = fields
        self._until_end()
        description["above"] = self.value()
        return description

    def _until_end(self) -> list[Any]:
        """Return the objects up to the end of what a class wrote by itself, without plain data among them."""
        found = []
        while (tag := self._data[self._place]) != _END:
            if tag == _BLOCK:
                self._place += 1
                self._skip(self._take(">B"))
            else:
                found.append(self.value())
        self._place += 1
        return found

    def _take(self, form: str) -> int:
        (number,) = struct.unpack_from(form, self._data, self._place)
        self._place += struct.calcsize(form)
        return int(number)

    def _text(self, length: int) -> str:
        self._place += length
        return self._data[self._place - length : self._place].decode("latin-1")

    def _skip(self, count: int) -> None:
        self._place += count
