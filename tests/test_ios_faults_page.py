"""docs/ios-faults.md lists every fault of an iPhone that the tests play, and says what they ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from _ios_faults import FAULTS

PAGE = Path(__file__).parents[1] / "docs" / "ios-faults.md"


@pytest.mark.documents
def test_the_page_lists_the_faults_that_are_played() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    rows = [line.strip("| ").split(" | ") for line in lines]
    assert [row[0] for row in rows] == [fault.name for fault in FAULTS], "python -m scripts.ios faults"
    for (name, said, again), fault in zip(rows, FAULTS, strict=True):
        assert again.startswith("--resume" if fault.resumed else "the same command"), name
        assert re.search(r"; \S", said) and "FOLDER" not in said.split("; ")[0], f"{name}: what to do is not said"
