"""Android's byte code as far as linking needs it: the tables of a .dex file and the classes that it defines."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pocketseg.core.errors import DataError
from scripts.android.classes import NATIVE, References, Type, element

_MAGIC = b"dex\n"
_NO_INDEX = 0xFFFFFFFF


class Dex:
    """One .dex file. Raises DataError where it is damaged."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != _MAGIC or len(data) < 0x70:
            raise DataError("this is not a dex file")
        self._data = data
        self._tables = struct.unpack_from("<14I", data, 0x38)
        try:
            self._strings = [self._string(offset) for (offset,) in self._rows(0, "<I")]
            self._types = [self._strings[index] for (index,) in self._rows(1, "<I")]
            self._protos = [self._proto(*row) for row in self._rows(2, "<3I")]
            self.fields = [
                (self._types[c], f"{self._strings[n]}:{self._types[t]}") for c, t, n in self._rows(3, "<HHI")
            ]
            self.methods = [(self._types[c], self._strings[n] + self._protos[p]) for c, p, n in self._rows(4, "<HHI")]
            self.classes = [self._class(row) for row in self._rows(5, "<8I")]
        except (struct.error, IndexError, ValueError) as error:
            raise DataError(f"a damaged dex file: {error}") from error

    def references(self) -> References:
        """Return everything that the file refers to, including its own classes."""
        named = {element(descriptor) for descriptor in self._types} - {""}
        members = {
            ("java/lang/Object" if owner.startswith("[") else element(owner), member)
            for owner, member in (*self.fields, *self.methods)
            if not (owner.startswith("[") and member.startswith("clone()"))  # which arrays have of their own
        }
        return References(types=frozenset(named), members=frozenset(members))

    def _rows(self, table: int, form: str) -> Iterator[tuple[int, ...]]:
        count, offset = self._tables[2 * table : 2 * table + 2]
        step = struct.calcsize(form)
        if offset + count * step > len(self._data):
            raise DataError("a damaged dex file: a table goes beyond its end")
        return struct.iter_unpack(form, self._data[offset : offset + count * step])

    def _string(self, offset: int) -> str:
        _, begin = self._uleb(offset)
        end = self._data.index(b"\0", begin)
        return self._data[begin:end].decode("latin-1")  # Java's own UTF-8, whose bytes are compared: see classfile.py

    def _proto(self, _shorty: int, result: int, parameters: int) -> str:
        return f"({''.join(self._type_list(parameters))}){self._types[result]}"

    def _type_list(self, offset: int) -> list[str]:
        if offset == 0:
            return []
        (count,) = struct.unpack_from("<I", self._data, offset)
        return [self._types[index] for index in struct.unpack_from(f"<{count}H", self._data, offset + 4)]

    def _class(self, row: tuple[int, ...]) -> Type:
        own, _, above, interfaces, _, _, content, _ = row
        parents = [] if above == _NO_INDEX else [self._types[above]]
        members, native = self._content(content)
        return Type(
            name=element(self._types[own]),
            parents=tuple(element(name) for name in (*parents, *self._type_list(interfaces))),
            members=frozenset(members),
            native=frozenset(native),
        )

    def _content(self, place: int) -> tuple[list[str], list[str]]:
        """Return the members that a class defines, and which of them are native."""
        members: list[str] = []
        native: list[str] = []
        if place == 0:
            return members, native
        counts = []
        for _ in range(4):
            count, place = self._uleb(place)
            counts.append(count)
        for count, table in zip(counts, (self.fields, self.fields, self.methods, self.methods), strict=True):
            index = 0
            for _ in range(count):
                step, place = self._uleb(place)
                flags, place = self._uleb(place)
                index += step
                members.append(table[index][1])
                if table is self.methods:
                    _, place = self._uleb(place)
                    if flags & NATIVE:
                        native.append(table[index][1])
        return members, native

    def _uleb(self, place: int) -> tuple[int, int]:
        value = shift = 0
        while True:
            byte = self._data[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 or shift > 35:
                return value, place
