"""Apple's Objective-C and C declarations as published in npm's @nativescript/types-ios, made from SDK headers.

They have names, types, nullability, and enums' values, but no Swift. RoboVM's class files (selectors.py) have exact
selectors, from an older SDK.
"""

from __future__ import annotations

import re
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core.errors import DataError
from scripts.android.fetch import Pinned, fetch

TYPES = Pinned(
    file="@nativescript/types-ios/-/types-ios-9.1.2.tgz",
    size_bytes=1268221,
    sha256="1c917c0945f304eae6b96d41a623c4c9c875e567d1666fa5a8fd69b0d16c2672",
)
NPM = ("https://registry.npmjs.org",)
# A stand-in's module, and the headers' modules that declare what it stands for, where they differ.
_DECLARED_IN = {
    "FoundationOnApple": ("Foundation",),
    "Darwin": ("Darwin", "_DarwinFoundation1", "_DarwinFoundation2", "_DarwinFoundation3"),
    "UIKit": ("UIKit", "UIUtilities"),
}
_OPEN = re.compile(r"(?:declare class|interface|declare const enum) (\w+)(?: extends (\w+))?[^{]*\{$")
_MEMBER = re.compile(r"\t(static )?(readonly )?(\w+)(\?)?(?:(\()|: (.*);$)")
_CASE = re.compile(r"\t(\w+) = (-?\d+),?$")
_FUNCTION = re.compile(r"declare function (\w+)\((.*)\): (.*);$")
_VARIABLE = re.compile(r"declare (?:var|const) (\w+): (.*);$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A method or a property: its type, or its parameters' types and its result's. Types are spelled as in the file."""

    name: str
    is_static: bool
    is_readonly: bool
    parameters: tuple[str, ...] | None  # None: a property
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A C function: its parameters' names and types, and its result."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    result: str


@dataclass(slots=True)
class Module:
    """The declarations of one module."""

    types: dict[str, list[Member]] = field(default_factory=dict)
    enums: dict[str, dict[str, int]] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)


def fetched(folder: Path) -> Path:
    """Return the archive, fetched into the folder where it is missing. Raises DataError."""
    return fetch(TYPES, NPM, folder)


def read_modules(archive: Path, modules: list[str]) -> dict[str, Module]:
    """Return the modules that the stand-ins stand for. Raises DataError for an archive that lacks one's file."""
    found = {}
    with tarfile.open(archive) as tar:
        names = set(tar.getnames())
        for module in modules:
            declared = Module()
            for part in _DECLARED_IN.get(module, (module,)):
                name = f"package/lib/ios/objc-x86_64/objc!{part}.d.ts"
                stream = tar.extractfile(name) if name in names else None
                if stream is not None:
                    read_declarations(stream.read().decode(), declared)
                elif module not in _DECLARED_IN:
                    raise DataError(f"{archive.name} declares no module {part}")
            found[module] = declared
    return found


def read_declarations(text: str, into: Module) -> None:
    """Add a file's declarations to a module."""
    inside, is_enum = "", False
    for line in text.splitlines():
        if line == "}":
            inside = ""
        elif inside and is_enum:
            if match := _CASE.match(line):
                into.enums[inside][match[1]] = int(match[2])
        elif inside:
            if member := _member(line):
                into.types[inside].append(member)
        elif match := _OPEN.match(line):
            inside, is_enum = match[1], line.startswith("declare const enum")
            if is_enum:
                into.enums.setdefault(inside, {})
            else:
                into.types.setdefault(inside, [])
        elif match := _FUNCTION.match(line):
            names = tuple(part.partition(":")[0] for part in split(match[2]))
            into.functions[match[1]] = Function(names=names, types=parameter_types(match[2]), result=match[3])
        elif match := _VARIABLE.match(line):
            into.variables[match[1]] = match[2]


def _member(line: str) -> Member | None:
    line = re.sub(r" // inherited from \w+$", "", line)
    match = _MEMBER.match(line)
    if not match:
        return None
    parameters, result = None, match[6] or ""
    if match[5]:
        start = match.end(5)
        end = closing(line, start)
        parameters = parameter_types(line[start:end])
        result = line[end + 1 :].removeprefix(": ").rstrip(";")
    return Member(
        name=match[3], is_static=bool(match[1]), is_readonly=bool(match[2]), parameters=parameters, result=result
    )


def closing(text: str, start: int) -> int:
    """Return the position where the parenthesis that is open at `start` closes."""
    depth = 1
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return len(text)


def split(text: str) -> list[str]:
    """Split at commas that are not inside any bracket."""
    parts, depth, begin = [], 0, 0
    for place, letter in enumerate(text):
        if letter in "([{<":
            depth += 1
        elif letter in ")]}" or (letter == ">" and text[place - 1] not in "=-"):
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[begin:place].strip())
            begin = place + 1
    parts.append(text[begin:].strip())
    return [part for part in parts if part]


def parameter_types(text: str) -> tuple[str, ...]:
    """Return the types of `a: X, b?: Y`."""
    return tuple(part.partition(": ")[2] for part in split(text))
