"""docs/browser-faults.md lists every abuse that the tests play, and what each was answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from _web_faults import FAULTS

PAGE = Path(__file__).parents[1] / "docs" / "browser-faults.md"


@pytest.mark.documents
def test_the_page_lists_the_abuses_that_are_played() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    rows = [re.split(r" (?<!\\)\| ", line.strip("| ")) for line in lines]
    assert [row[0] for row in rows] == [fault.name for fault in FAULTS], "python -m scripts.web faults"
    for (name, _, answered, said, again), fault in zip(rows, FAULTS, strict=True):
        statuses = {0 if word == "cut off" else int(word) for word in answered.split(", ")}
        assert statuses <= set(fault.statuses), name
        assert said != "-" or 0 in statuses, f"{name}: nothing was said"
        assert again.endswith("and a record 201"), name
