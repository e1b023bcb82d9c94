"""Misspellings that must be noticed: in stand-ins by held.py, and of Apple's members in our sources by Swift itself."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pocketseg.core.files import make_folder, write_text
from scripts.ios import typed
from scripts.ios.declarations import Module
from scripts.ios.held import Tally, faults
from scripts.ios.selectors import Selectors
from scripts.ios.stand_ins import StandIn

ROUNDS = 3
_LEAST_LETTERS = 4


def missed_stand_ins(
    stand_ins: Sequence[StandIn], modules: Mapping[str, Module], selectors: Selectors | None
) -> tuple[int, list[str]]:
    """Change each stand-in in every way that matters; return how many changes were tried, and which went unnoticed."""
    tried, missed = 0, []
    for each in stand_ins:
        for what, mutant in _mutants(each):
            tried += 1
            if not faults([mutant], modules, selectors, Tally()):
                missed.append(f"{each.place}: {each.name}: {what}")
    return tried, missed


def _mutants(each: StandIn) -> Iterator[tuple[str, StandIn]]:
    if each.way == "harness":
        return
    yield "no comment", dataclasses.replace(each, way="", anchor="")
    if each.way == "doc":
        yield "another host", dataclasses.replace(each, anchor=each.anchor.replace("https://", "https://not."))
        return
    name = re.sub(r"(\w)(?=\]?(?: renamed)?$|:\](?: renamed)?$)", r"\1\1", each.anchor)
    yield "a misspelt name", dataclasses.replace(each, anchor=name)
    is_renamed = each.anchor.endswith(" renamed")
    if not is_renamed:
        yield "another Swift name", dataclasses.replace(each, name=each.name + "X", labels=("x", *each.labels[1:]))
    method = each.anchor[:2] in ("-[", "+[")
    if method:
        other = ("+" if each.anchor[0] == "-" else "-") + each.anchor[1:]
        yield "of the class instead of the object", dataclasses.replace(each, anchor=other)
        yield "a colon more", dataclasses.replace(each, anchor=each.anchor.replace("]", ":]", 1))
        if not each.waits:
            yield "an error more or less", dataclasses.replace(each, throws=not each.throws)
        yield "a parameter more", dataclasses.replace(each, types=(*each.types, "Int"), labels=(*each.labels, "x"))
    if each.anchor.startswith("@property") and each.result:
        turned = each.result.rstrip("?") if each.result.endswith("?") else each.result + "?"
        if not each.result.endswith("!"):
            yield "nil the other way", dataclasses.replace(each, result=turned)
        yield "another type", dataclasses.replace(each, result="Never")
    if each.kind == "case" and each.value:
        yield "another value", dataclasses.replace(each, value=f"{int(each.value, 0) + 1}")
    if each.way == "c" and each.kind == "func" and each.types:
        yield "a parameter less", dataclasses.replace(each, types=each.types[1:], labels=each.labels[1:])


def missed_sources(stand_ins: Sequence[StandIn]) -> tuple[int, list[str]]:
    """Misspell Apple's members in our sources, one a file and round; return how many, and which still compile."""
    names = {each.name for each in stand_ins if each.kind in ("func", "var", "let", "case") and each.way != "harness"}
    names = {name for name in names if len(name) >= _LEAST_LETTERS} - _own_names()
    tried, missed = 0, []
    for sources in typed.our_sources():
        if sources.name == "HarnessCore":  # Foundation and C alone, and most of it is built and tested on Linux
            continue
        for number in range(ROUNDS):
            wrong = {file: found for file in sources.files if (found := _misspelt(file.read_text(), names, number))}
            if not wrong:
                break
            folder = make_folder(typed.BUILD / "mutants" / sources.name)
            replaced = {file: folder / f"{number}-{file.name}" for file in wrong}
            for file, (text, _) in wrong.items():
                write_text(replaced[file], text)
            said = typed.check(sources, replaced).splitlines()
            for file, (_, name) in wrong.items():
                tried += 1
                if not any(_is_about(line, replaced[file], name) for line in said):
                    missed.append(f"{file.name}: {name} compiles")
    return tried, missed


def _own_names() -> set[str]:
    """Return our own members with a name that Apple's have too: misspelling those would show nothing."""
    files = [file for sources in typed.our_sources() for file in sources.files]
    return {name for file in files for name in re.findall(r"\b(?:func|var|let|case) `?(\w+)", file.read_text())}


def _is_about(line: str, file: Path, name: str) -> bool:
    return "error:" in line and file.name in line and name in line


def _misspelt(text: str, names: set[str], number: int) -> tuple[str, str] | None:
    """Double the last letter of the `number`-th use of one of these names in a file; None where there are fewer."""
    code = re.sub(r'//.*|"(?:\\.|[^"\\])*"', lambda found: " " * len(found[0]), text)
    uses: dict[str, int] = {}
    for match in re.finditer(r"(?:(?<=\.)|\b(?=\w+\())(\w+)\b", code):
        if match[1] in names and match[1] not in uses:
            uses[match[1]] = match.end(1)
    if number >= len(uses):
        return None
    name, end = sorted(uses.items(), key=lambda use: use[1])[number]
    return text[:end] + name[-1] + text[end:], name + name[-1]
