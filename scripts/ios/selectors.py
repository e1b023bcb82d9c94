"""Exact Objective-C selectors, colons included, from the annotations in RoboVM's class files, which Maven has.

This is a second list beside declarations.py, whose names have lost their colons. Its SDK is older: what it lacks is not
a fault.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path, PurePosixPath

from pocketseg.core.errors import DataError
from scripts.android.fetch import Pinned, fetch

JAR = Pinned(
    file="com/mobidevelop/robovm/robovm-cocoatouch/2.3.24/robovm-cocoatouch-2.3.24.jar",
    size_bytes=17399353,
    sha256="bdd3971ea2b204395471a019c147848a241a9bd6d53398c5c75f7bf217498e5c",
)
MAVEN = ("https://repo1.maven.org/maven2",)
_ANNOTATIONS = ("Lorg/robovm/objc/annotation/Method;", "Lorg/robovm/objc/annotation/Property;")
_SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}


class Selectors:
    """The selectors of classes, with those of their superclasses; a class is read when first asked for."""

    def __init__(self, jar: Path) -> None:
        self._archive = zipfile.ZipFile(jar)
        names = [name for name in self._archive.namelist() if name.endswith(".class") and "$" not in name]
        self._paths = {PurePosixPath(name).stem: name for name in names if name.startswith("org/robovm/apple/")}
        self._known: dict[str, frozenset[str] | None] = {}

    def of(self, name: str) -> frozenset[str] | None:
        """Return what objects of a class or protocol respond to; None for one that is not in the list."""
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> frozenset[str] | None:
        path = self._paths.get(name)
        if path is None:
            return None
        try:
            own, above = annotated(self._archive.read(path))
        except (struct.error, KeyError, IndexError, ValueError) as error:
            raise DataError(f"{path} is a damaged class file: {error!r}") from error
        inherited = self.of(PurePosixPath(above).name) if above != name else None
        return own | (inherited or frozenset())


def fetched(folder: Path) -> Path:
    """Return the jar, fetched into the folder where it is missing. Raises DataError."""
    return fetch(JAR, MAVEN, folder)


def annotated(data: bytes) -> tuple[frozenset[str], str]:
    """Return the selectors that a class file's methods are annotated with, and the name of its superclass."""
    (count,) = struct.unpack_from(">H", data, 8)
    pool: dict[int, str | int] = {}
    place, index = 10, 1
    while index < count:
        tag = data[place]
        if tag == 1:
            (length,) = struct.unpack_from(">H", data, place + 1)
            pool[index] = data[place + 3 : place + 3 + length].decode("latin-1")
            place += 3 + length
        else:
            if tag == 7:
                (pool[index],) = struct.unpack_from(">H", data, place + 1)
            place += 1 + _SIZES[tag]
        index += 2 if tag in (5, 6) else 1
    _, _, above, interfaces = struct.unpack_from(">4H", data, place)
    place += 8 + 2 * interfaces
    selectors: set[str] = set()
    for _ in ("fields", "methods"):
        (count,) = struct.unpack_from(">H", data, place)
        place += 2
        for _ in range(count):
            (attributes,) = struct.unpack_from(">H", data, place + 6)
            place += 8
            for _ in range(attributes):
                name, length = struct.unpack_from(">HI", data, place)
                if pool[name] == "RuntimeVisibleAnnotations":
                    _annotations(data, place + 6, pool, selectors)
                place += 6 + length
    return frozenset(selectors), str(pool[int(pool[above])]) if above else ""


def _annotations(data: bytes, place: int, pool: dict[int, str | int], into: set[str]) -> None:
    (count,) = struct.unpack_from(">H", data, place)
    place += 2
    for _ in range(count):
        place = _annotation(data, place, pool, into)


def _annotation(data: bytes, place: int, pool: dict[int, str | int], into: set[str]) -> int:
    kind, pairs = struct.unpack_from(">2H", data, place)
    place += 4
    for _ in range(pairs):
        (name,) = struct.unpack_from(">H", data, place)
        if pool[kind] in _ANNOTATIONS and pool[name] == "selector" and data[place + 2 : place + 3] == b"s":
            into.add(str(pool[struct.unpack_from(">H", data, place + 3)[0]]))
        place = _value(data, place + 2, pool, into)
    return place


def _value(data: bytes, place: int, pool: dict[int, str | int], into: set[str]) -> int:
    """Return the position where a value of an annotation ends."""
    tag = chr(data[place])
    if tag == "e":
        return place + 5
    if tag == "@":
        return _annotation(data, place + 1, pool, into)
    if tag == "[":
        (count,) = struct.unpack_from(">H", data, place + 1)
        place += 3
        for _ in range(count):
            place = _value(data, place, pool, into)
        return place
    return place + 3
