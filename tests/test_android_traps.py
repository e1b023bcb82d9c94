"""docs/android-traps.md names tests and cases that are there, and every fault has one or only a phone shows it."""

from __future__ import annotations

import re
from functools import cache

import pytest
from _traps import ONLY_A_PHONE, ROOT, assert_all_is_there, assert_every_name_is_of_a_suite, rows

pytestmark = pytest.mark.documents

PAGE = ROOT / "docs" / "android-traps.md"
_KOTLIN_TEST = re.compile(r"@(?:Test|TestFactory|ParameterizedTest)\b[^`]*?fun `([^`]+)`")


@cache
def _tests(suite: str) -> frozenset[str]:
    """Return the tests of a file in Kotlin."""
    found = list((ROOT / "android_harness").glob(f"*/src/test/**/{suite}.kt"))
    assert len(found) == 1, f"{suite}: {found}"
    return frozenset(_KOTLIN_TEST.findall(found[0].read_text(encoding="utf-8")))


def test_there_are_rows_to_look_at() -> None:
    assert len(rows(PAGE)) > 50


def test_what_shows_a_fault_is_there() -> None:
    assert_all_is_there(PAGE, _tests)


def test_every_name_of_a_row_is_one_of_a_file() -> None:
    assert_every_name_is_of_a_suite(PAGE)


def test_what_only_a_phone_can_show_stands_in_the_readme() -> None:
    assert any(ONLY_A_PHONE in row for row in rows(PAGE))
    readme = (ROOT / "android_harness" / "README.md").read_text(encoding="utf-8")
    assert "## What only a phone can show" in readme
    assert "docs/android-traps.md" in readme
