"""The pages of targets and of the exported file say what the exporters say, and show code that was compiled."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import export
from export._readback import Contents, facts
from pocketseg.core._schema import schema
from pocketseg.core.cache import ROOT
from scripts import target_tables
from scripts.readme import rewritten

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
    assert rewritten(text, blocks, path.name) == text, "run `python -m scripts.target_tables`"
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


@pytest.mark.parametrize("page", sorted(export.targets()))
def test_a_page_says_the_layout_that_its_exporter_writes(page: str) -> None:
    source = (ROOT / "export" / f"{page}.py").read_text(encoding="utf-8")
    written = re.search(r'photo_tensor\(spec, "(\w+)"(, "image")?\)', source)
    text = (_FOLDER / f"{page}.md").read_text(encoding="utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| `image` |"))
    assert written and ("picture" if written[2] else f"({written[1]})") in row


def test_each_fact_that_the_page_names_is_one_that_an_export_writes() -> None:
    text = (ROOT / "docs" / "exported-file.md").read_text(encoding="utf-8")
    table = text.partition("### facts")[2].partition("\n\n| `read_back`")[0]
    named = {name for cell in re.findall(r"^\| (.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)}
    files = [
        *(ROOT / "export").glob("*.py"),
        *(ROOT / "compress").glob("*.py"),
        ROOT / "pocketseg/artifacts/convert.py",
    ]
    written = "".join(file.read_text(encoding="utf-8") for file in files)
    assert len(named) > 10 and {name for name in named if f'"{name}"' not in written} == set()


def test_each_field_of_the_manifests_schema_stands_in_its_page_and_no_other() -> None:
    named = [pointer for row in _rows("exported-file") for pointer in re.findall(r"`(/[^`]+)`", row)]
    assert len(named) == len(set(named)) and set(named) == set(_leaves(schema("manifest"), ""))


def test_each_fact_that_is_read_back_from_a_file_stands_in_the_page() -> None:
    text = (ROOT / "docs" / "exported-file.md").read_text(encoding="utf-8")
    table = text.partition("| `read_back` | what it is |")[2].partition("\n\n")[0]
    named = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
    found = facts(Contents(weights=(), multiply_adds=None, reason="unknown"))
    assert {name for cell in named for name in re.findall(r"`(\w+)`", cell)} == set(found)


def _rows(page: str) -> list[str]:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| `/")]


def _leaves(part: dict[str, Any], at: str) -> list[str]:
    if "properties" in part:
        return [leaf for name, inside in part["properties"].items() for leaf in _leaves(inside, f"{at}/{name}")]
    return _leaves(part["items"], f"{at}/*") if "items" in part else [at]
