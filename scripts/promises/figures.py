"""Figures of documents: generated blocks are what their rows give, and no measured figure is typed beside them."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.core.cache import ROOT
from scripts import made_again, readme, round_trip, settings, setup_cost, target_tables, training_speed, trials
from scripts.android import agreement
from scripts.android import page as android_page
from scripts.ios import page as ios_page
from scripts.speed import page as speed_page

_BLOCK = re.compile(r"<!-- (?P<name>[\w -]+?): ?begin -->\n(?P<content>.*?)<!-- (?P=name): ?end -->", re.DOTALL)
_SOURCE = re.compile(r"<!-- (?P<name>[A-Z]\w+) -->\n(?P<content>.*?)<!-- end -->", re.DOTALL)
_BEGIN = re.compile(r"<!-- ([\w -]+?): ?begin -->")
_FENCED = re.compile(r"^(\s*)(`{3,}|~{3,}).*?^\s*\2\s*$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(`+)[^`]+?\1")
_MEASURED = re.compile(
    r"\b\d+(\.\d+)? ?ms\b|\b0\.\d{3,}\b|[+-]?\d+(\.\d+)? (percentage )?points?\b"
    r"|\b\d+(\.\d+)? ?(x|×|times) (as |the )?(fast|slow|small|large|speed)\w*",
    re.IGNORECASE,
)
# A block of such a name cannot be made again from what is committed, or is held by another test; the reason.
NOT_MADE_AGAIN = {
    "export-path": "written by hand; tests/test_architecture.py holds it against the imports",
}
# (page, text within the line): why a figure that looks measured may be typed there.
ALLOWED: dict[tuple[str, str], str] = {}


@dataclass(frozen=True)
class Block:
    """A part of a page that a command writes."""

    page: str
    name: str
    content: str


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def made() -> dict[tuple[str, str], Callable[[], str]]:
    """Return what makes each generated block, by its page and name, from what is committed."""
    found: dict[tuple[str, str], Callable[[], str]] = {
        ("ARCHITECTURE.md", "made-again"): made_again.table,
        ("docs/bundle.md", "round trip"): lambda: round_trip.table(_read(round_trip.PATH)),
        ("docs/method.md", "trials"): lambda: trials.table(_read(trials.METHOD.with_name("method-trials.json"))),
        ("docs/training.md", settings.BLOCK): settings.table,
        ("docs/troubleshooting.md", setup_cost.BLOCK): setup_cost.table,
        ("docs/training.md", training_speed.BLOCK): training_speed.table,
        ("android_harness/README.md", "agreement"): lambda: agreement.table(_read(agreement.PATH)),
    }
    for path, makes in readme.blocks().items():
        found |= {(_name(path), name): make for name, make in makes.items()}
    found |= {(_name(speed_page.PAGE), name): make for name, make in speed_page.blocks().items()}
    for path, contents in target_tables.pages().items():
        found |= {(_name(path), name): functools.partial(str, content) for name, content in contents.items()}
    return found


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


SHOWN: Mapping[str, Callable[[str], str]] = {
    "docs/android.md": android_page.with_examples,
    "docs/ios.md": ios_page.with_examples,
}


def blocks(page: str, text: str) -> Iterator[Block]:
    """Yield a page's generated blocks."""
    for found in [*_BLOCK.finditer(text), *_SOURCE.finditer(text)]:
        yield Block(page, found["name"], found["content"].strip("\n"))


def faults(page: str, text: str) -> list[str]:
    """Return what is wrong with a page's generated blocks: unclosed, of unknown making, or not what is made now."""
    found, makes = list(blocks(page, text)), made()
    wrong = [f"{page}: {name} is not closed" for name in _BEGIN.findall(text) if name not in {b.name for b in found}]
    for block in found:
        if block.name in NOT_MADE_AGAIN:
            continue
        if make := makes.get((page, block.name)):
            if block.content != make().strip("\n"):
                wrong.append(f"{page}: {block.name} is not what its rows give")
        elif page not in SHOWN or SHOWN[page](text) != text:
            wrong.append(f"{page}: {block.name} is made by nothing that is known, or is not what it makes")
    return wrong


def typed(page: str, text: str) -> list[str]:
    """Return the lines that look like typed measurements, outside of generated blocks and code."""
    prose = _BLOCK.sub(_blank, text)
    prose = _CODE.sub(_blank, _FENCED.sub(_blank, prose))
    allowed = [part for name, part in ALLOWED if name == page]
    lines = text.splitlines()
    return [
        f"{page}:{number}: {lines[number - 1].strip()}"
        for number, line in enumerate(prose.splitlines(), 1)
        if _MEASURED.search(line) and not any(part in lines[number - 1] for part in allowed)
    ]


def pages(names: list[str]) -> list[str]:
    """Select README and the pages of tasks, where every figure is a generated one."""
    tasks = (
        "index data training compression exported-file benchmark sweeps clusters phones speed troubleshooting glossary"
    )
    chosen = re.compile(rf"README\.md|docs/({tasks.replace(' ', '|')}|results|targets)\.md|docs/targets/\w+\.md")
    return [name for name in names if chosen.fullmatch(name)]


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found[0])
