"""Literals of plug-ins are read without importing them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocketseg.core.folder_registry import literal


@pytest.mark.parametrize("line", ["TOOL = 'x'", "TOOL: str = 'x'", "OTHER = TOOL = 'x'"])
def test_a_literal_is_read_however_it_is_assigned(line: str, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(f"TOOL: str\n{line}\nraise ImportError\n")
    assert literal(tmp_path / "one.py", "TOOL") == "x" and literal(tmp_path / "one.py", "SUFFIX") is None
