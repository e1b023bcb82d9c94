"""The stand-ins for Apple's modules as Swift declares them: each declaration, and what its comment claims it to be.

Above every declaration is a comment: `objc:` with a selector, a property, a class, a protocol or a case of an enum;
`c:` with a function, a variable, a macro, a struct or a field; `doc:` with the page of what exists only in Swift;
`harness:` where it is our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.ios.declarations import closing, split

_ANCHOR = re.compile(r"\s*// (objc|c|doc|harness): (\S.*)$")
_WORDS = (
    r"public|open|internal|static|class|override|convenience|required|mutating|final|nonisolated|indirect|"
    r"@\w+(?:\([^)]*\))?"
)
_DECLARATION = re.compile(
    rf"(?P<before>(?:(?:{_WORDS})\s+)*)"
    r"(?P<kind>func|var|let|init|subscript|case|class|struct|protocol|enum|typealias|extension|actor)\b"
    r"(?P<failable>\?)?\s*(?P<name>`?\w+(?:\.\w+)*`?)?(?P<rest>.*)$",
    re.DOTALL,
)
_TYPES = ("class", "struct", "protocol", "enum", "extension", "actor")


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """A declaration of a stand-in; `anchor` is the text of its comment, empty where it has none."""

    module: str
    place: str  # file and line
    way: str
    anchor: str
    owner: str  # the type that it is a member of
    kind: str
    name: str
    words: tuple[str, ...]
    labels: tuple[str, ...]
    types: tuple[str, ...]
    result: str  # of a function; the type of a property where it is written
    value: str  # what a property or a case is set to
    failable: bool
    throws: bool
    waits: bool

    @property
    def is_static(self) -> bool:
        return bool({"static", "class"} & set(self.words))


def read_module(folder: Path) -> list[StandIn]:
    """Return all declarations of a module's stand-in, in the order of its files."""
    return [
        each for file in sorted(folder.glob("*.swift")) for each in read_text(file.read_text(), folder.name, file.name)
    ]


def read_text(text: str, module: str, file: str) -> Iterator[StandIn]:
    """Return one file's declarations. It must be formatted: two spaces a level, and a declaration begins its line."""
    lines = text.splitlines()
    owners: list[tuple[int, str]] = []
    way, anchor = "", ""
    number = 0
    while number < len(lines):
        line = lines[number]
        first = number + 1
        number += 1
        if match := _ANCHOR.match(line):
            way, anchor = match[1], match[2].strip()
            continue
        depth = len(line) - len(line.lstrip())
        words = line.strip()
        match = _DECLARATION.match(words)
        if not match:
            if words and not words.startswith(("//", "@")):
                way, anchor = "", ""
            continue
        while not _is_whole(words) and number < len(lines):
            words += " " + lines[number].strip()
            number += 1
        match = _DECLARATION.match(words)
        assert match
        owners = [(at, name) for at, name in owners if at < depth]
        owner = ".".join(name for _, name in owners)
        name = (match["name"] or "").strip("`")
        kind = match["kind"]
        if kind in _TYPES:
            owners.append((depth, name))
        if kind != "extension":
            yield _made(match, module, f"{file}:{first}", way, anchor, owner, name)
        way, anchor = "", ""


def _is_whole(words: str) -> bool:
    """Return whether all parentheses are closed; a type's body may be open."""
    return words.count("(") <= words.count(")") and not words.endswith(("->", ",", "rethrows", "throws"))


def _made(match: re.Match[str], module: str, place: str, way: str, anchor: str, owner: str, name: str) -> StandIn:
    kind, rest = match["kind"], match["rest"]
    labels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    result = value = effects = ""
    if kind == "init":
        rest = (match["name"] or "") + rest
    if kind in ("func", "init", "subscript"):
        start = rest.index("(")
        end = closing(rest, start + 1)
        pairs = [_parameter(part) for part in split(rest[start + 1 : end])]
        labels, types = tuple(label for label, _ in pairs), tuple(kind for _, kind in pairs)
        after = rest[end + 1 :].partition("{")[0].strip()
        effects, _, result = after.partition("->")
        result = result.partition(" where ")[0].strip()
    elif kind in ("var", "let", "case"):
        head, _, body = rest.partition("{") if "=" not in rest.partition("{")[0] else (rest, "", "")
        head, _, value = (part.strip() for part in head.partition("="))
        result = head.removeprefix(":").strip() if kind != "case" else head
        value = value or ("" if not body else "{")
    return StandIn(
        module=module, place=f"{module}/{place}", way=way, anchor=anchor, owner=owner, kind=kind,
        name="init" if kind == "init" else name, words=tuple(match["before"].split()), labels=labels, types=types,
        result=result, value=value, failable=bool(match["failable"]), throws="throws" in effects.split(),
        waits="async" in effects.split(),
    )  # fmt: skip


def _parameter(text: str) -> tuple[str, str]:
    """Return the label and the type of a parameter."""
    names, _, kind = text.partition(":")
    return names.split()[0].strip("`"), kind.partition(" = ")[0].strip()
