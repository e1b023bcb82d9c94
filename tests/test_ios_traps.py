"""docs/ios-traps.md names tests and cases that are there, and every fault has one or only a phone shows it."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.documents

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "ios-traps.md"
_NAMED = re.compile(r"`([\w./-]+)`: (`[^`]+`(?:, `[^`]+`)*)")
_ONLY_A_PHONE = "only a phone can show it"
_SWIFT_TEST = re.compile(r"@Test\b.*?\bfunc (\w+)\(", re.DOTALL)


@cache
def _rows() -> list[str]:
    """Return the last cell of each row: what shows the fault. Read in tests alone, and not while they are collected."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|") and not line.startswith(("|---", "| fault "))]
    assert all(line.count(" | ") == 2 for line in rows), "a row has three cells"
    return [line.removesuffix(" |").split(" | ")[2] for line in rows]


def _named(row: str) -> list[tuple[str, str]]:
    return [(file, name) for file, names in _NAMED.findall(row) for name in re.findall(r"`([^`]+)`", names)]


@cache
def _names(suite: str) -> frozenset[str]:
    """Return the tests of a suite or a file, or the cases of a set."""
    if suite.endswith(".json"):
        document: dict[str, Any] = json.loads((ROOT / "conformance" / "cases" / suite).read_text(encoding="utf-8"))
        lists = [each for each in document.values() if isinstance(each, list)]
        return frozenset(case["name"] for cases in lists for case in cases if isinstance(case, dict) and "name" in case)
    if suite.endswith(".py"):
        module = ast.parse((ROOT / suite).read_text(encoding="utf-8"))
        return frozenset(each.name for each in module.body if isinstance(each, ast.FunctionDef))
    found = list((ROOT / "ios_harness" / "Tests").rglob(f"{suite}.swift"))
    assert len(found) == 1, f"{suite}: {found}"
    return frozenset(_SWIFT_TEST.findall(found[0].read_text(encoding="utf-8")))


def test_there_are_rows_to_look_at() -> None:
    assert len(_rows()) > 30


def test_what_shows_a_fault_is_there() -> None:
    absent = []
    for row in _rows():
        named = _named(row)
        assert named or _ONLY_A_PHONE in row, row
        absent += [f"{suite} has no {name!r}" for suite, name in named if name not in _names(suite)]
    assert not absent, absent


def test_every_name_of_a_row_is_one_of_a_suite() -> None:
    """A name that stands without its suite, or with a slip between, would not be looked at."""
    for row in _rows():
        said = row.replace(_ONLY_A_PHONE, "")
        assert not re.search(r"`", re.sub(r" \([^)]*\)", "", _NAMED.sub("", said))), row


def test_what_only_a_phone_can_show_stands_in_the_readme() -> None:
    assert any(_ONLY_A_PHONE in row for row in _rows())
    readme = (ROOT / "ios_harness" / "README.md").read_text(encoding="utf-8")
    assert "## What only a Mac or a phone can show" in readme
    assert "docs/ios-traps.md" in readme


def test_the_readme_says_in_plain_words_that_nobody_ran_it_on_a_phone() -> None:
    readme = (ROOT / "ios_harness" / "README.md").read_text(encoding="utf-8")
    assert "Nobody has run it on a phone yet" in readme
