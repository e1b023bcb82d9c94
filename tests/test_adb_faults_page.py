"""docs/phones-faults.md lists every fault that the tests play, and how each is made."""

from __future__ import annotations

from pathlib import Path

import _adb_faults
import _loopback_faults
import pytest

PAGE = Path(__file__).parents[1] / "docs" / "phones-faults.md"


@pytest.mark.documents
def test_the_page_lists_the_faults_that_are_played() -> None:
    real, stand_in = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    for part, faults in ((real, _loopback_faults.FAULTS), (stand_in, _adb_faults.FAULTS)):
        rows = [line.split(" | ")[:2] for line in part.splitlines() if line.startswith("| ")][1:]
        assert rows == [[f"| {f.name}", f.how.replace("|", "\\|")] for f in faults], "python -m scripts.adb_faults"
