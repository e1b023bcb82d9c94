"""docs/troubleshooting.md quotes messages as the product prints them: each is found in its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from pocketseg.core.cache import ROOT

PAGE = ROOT / "docs" / "troubleshooting.md"
PACKAGES = ("pocketseg", "models", "export", "compress", "benchmark")
_ELLIPSIS = "\0"  # of a template: what differs from case to case
_PREFIXES = ("error: ", "setup: ")


def quoted(text: str) -> list[str]:
    """Return the lines of a page's ```text blocks: messages, as they are printed."""
    blocks: list[str] = re.findall(r"^```text\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def templates() -> list[str]:
    """Return every text in the sources, with an ellipsis for each value that an f-string puts in."""
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    found = [text for file in files for text in _texts(ast.parse(file.read_text(encoding="utf-8")))]
    setup = (ROOT / "scripts" / "setup").read_text(encoding="utf-8")
    return [*found, re.sub(r"\$\([^\n]*?\)|\$\{?\w+\}?", _ELLIPSIS, " ".join(setup.split()))]


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(v.value) if isinstance(v, ast.Constant) else _ELLIPSIS for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def is_said(message: str, known: list[str]) -> bool:
    """Say whether a text of the sources can print a message, whose `...` stands for what its values are."""
    for prefix in _PREFIXES:
        message = message.removeprefix(prefix)
    parts = [re.escape(part) for part in re.split(r" ?\.\.\. ?", message) if part]
    pattern = re.compile(rf"[^\w]*{_ELLIPSIS}.*?".join(parts))
    return any(pattern.search(text) for text in known)


def test_a_message_that_nothing_prints_is_found_out() -> None:
    known = [f"split file {_ELLIPSIS} does not exist", f"{_ELLIPSIS} has {_ELLIPSIS} classes"]
    assert is_said("error: split file ... does not exist", known) and is_said("... has ... classes", known)
    assert not is_said("error: split file ... is lost", known) and not is_said("... does not exist ...", known[1:])


@pytest.mark.documents
def test_every_quoted_message_is_one_that_the_sources_print() -> None:
    messages, known = quoted(PAGE.read_text(encoding="utf-8")), templates()
    assert len(messages) > 25
    assert not [message for message in messages if not is_said(message, known)]


@pytest.mark.documents
def test_there_is_a_heading_for_each_of_twenty_problems_with_the_message_below_it() -> None:
    sections = PAGE.read_text(encoding="utf-8").split("\n### ")[1:]
    assert len(sections) >= 20
    assert not [section.splitlines()[0] for section in sections if "\n\n```text\n" not in section]
