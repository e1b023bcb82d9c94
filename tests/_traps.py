"""A page of faults: the last cell of each row names what tests it, tests and cases by the names of their suites."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ONLY_A_PHONE = "only a phone can show it"
_NAMED = re.compile(r"`([\w./-]+)`: (`[^`]+`(?:, `[^`]+`)*)")


@cache
def rows(page: Path) -> list[str]:
    """Return the last cell of each row. Called only inside tests, not at collection."""
    lines = page.read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if line.startswith("|") and not line.startswith(("|---", "| fault "))]
    assert all(line.count(" | ") == 2 for line in found), "a row has three cells"
    return [line.removesuffix(" |").split(" | ")[2] for line in found]


def named(row: str) -> list[tuple[str, str]]:
    """Return the suites and names in a row."""
    return [(suite, name) for suite, names in _NAMED.findall(row) for name in re.findall(r"`([^`]+)`", names)]


def names(suite: str) -> frozenset[str] | None:
    """Return the cases of a set or the tests of one of our files; None for a suite of an app's own."""
    if suite.endswith(".json"):
        document: dict[str, Any] = json.loads((ROOT / "conformance" / "cases" / suite).read_text(encoding="utf-8"))
        lists = [each for each in document.values() if isinstance(each, list)]
        return frozenset(case["name"] for cases in lists for case in cases if isinstance(case, dict) and "name" in case)
    if suite.endswith(".py"):
        module = ast.parse((ROOT / suite).read_text(encoding="utf-8"))
        return frozenset(each.name for each in module.body if isinstance(each, ast.FunctionDef))
    return None


def assert_all_is_there(page: Path, tests_of: Callable[[str], frozenset[str]]) -> None:
    """Check that everything a row names exists, or that it says that only a phone shows it. tests_of: of an app's
    suite.
    """
    absent = []
    for row in rows(page):
        found = named(row)
        assert found or ONLY_A_PHONE in row, row
        for suite, name in found:
            known = names(suite)
            if name not in (tests_of(suite) if known is None else known):
                absent.append(f"{suite} has no {name!r}")
    assert not absent, absent


def assert_every_name_is_of_a_suite(page: Path) -> None:
    """Check that no name is without its suite or misspelled, since it would not be checked."""
    for row in rows(page):
        said = row.replace(ONLY_A_PHONE, "")
        assert not re.search(r"`", re.sub(r" \([^)]*\)", "", _NAMED.sub("", said))), row
