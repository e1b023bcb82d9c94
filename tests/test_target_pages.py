"""The pages of targets and of the exported file say what the exporters say, and show code that was compiled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import export
from pocketseg.core.cache import ROOT
from scripts import target_tables

pytestmark = pytest.mark.documents
_FOLDER = ROOT / "docs" / "targets"
_COMPILED = (
    (ROOT / "android_harness" / "examples", "*.kt"),
    (ROOT / "ios_harness" / "examples", "*.swift"),
    (ROOT / "ios_harness" / "ExecuTorch" / "Sources", "*.swift"),
)


def test_each_target_has_a_page_and_no_page_is_of_anything_else() -> None:
    assert {page.stem for page in _FOLDER.glob("*.md")} == set(export.targets())


@pytest.mark.parametrize("page", ["targets", "exported-file", *(f"targets/{name}" for name in export.targets())])
def test_the_tables_of_a_page_are_those_that_the_exporters_give(page: str) -> None:
    path = ROOT / "docs" / f"{page}.md"
    text = path.read_text(encoding="utf-8")
    blocks = target_tables.pages()[path]
    assert target_tables.rewritten(text, blocks) == text, "run `python -m scripts.target_tables`"
    assert set(re.findall(r"<!-- (\w+):begin -->", text)) == set(blocks)


@pytest.mark.parametrize("page", sorted(export.targets()))
def test_each_kotlin_and_swift_line_of_a_page_stands_in_code_that_was_compiled(page: str) -> None:
    text = (_FOLDER / f"{page}.md").read_text(encoding="utf-8")
    compiled = " ".join(" ".join(_sources()).split())
    for block in re.findall(r"```(?:kotlin|swift)\n(.*?)```", text, re.DOTALL):
        for line in filter(None, map(str.strip, block.splitlines())):
            assert " ".join(line.removeprefix("let ").split()) in compiled, line


def _sources() -> list[str]:
    files: list[Path] = [file for folder, pattern in _COMPILED for file in sorted(folder.rglob(pattern))]
    return [file.read_text(encoding="utf-8") for file in files]
