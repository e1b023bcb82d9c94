"""ARCHITECTURE.md says what is so: the path of an export, each file called by one before it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.documents
STARTED = {"pocketseg/artifacts/_process.py"}  # by `python -m`, from converter.py
PLUGINS = {
    "pocketseg/cli/export.py": "Commands",
    "export/tflite.py": "exporter(",
    "benchmark/runtimes/litert.py": "runtime(",
}  # opened by name


def _page() -> str:
    return (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def _path() -> list[str]:
    (block,) = re.findall(r"<!-- export-path:begin -->\n(.*?)<!-- export-path:end -->", _page(), re.S)
    return re.findall(r"^\d+\. `([^`]+)`", block, re.M)


def _imported(file: str) -> set[str]:
    """Return the files of ours that a file imports, late imports included."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    paths = {f"{name.replace('.', '/')}.py" for name in found}
    through = {"models": "models/_released.py", "pocketseg.api": "pocketseg/api/_export.py"}  # a package's public names
    return paths | {file for package, file in through.items() if package in found}


def test_an_export_takes_fewer_than_25_files_each_called_by_one_before_it() -> None:
    path = _path()
    assert 15 < len(path) < 25
    before: list[str] = []
    for file in path:
        assert (ROOT / file).is_file(), file
        if file in PLUGINS:
            assert any(PLUGINS[file] in (ROOT / b).read_text(encoding="utf-8") for b in before), file
        elif file in STARTED:
            name = file.removesuffix(".py").replace("/", ".")
            assert any(name in (ROOT / b).read_text(encoding="utf-8") for b in before), file
        elif before:
            assert any(file in _imported(b) for b in before), f"no file before {file} imports it"
        before.append(file)


def test_no_folder_of_the_package_is_left_out_of_the_layers() -> None:
    drawn = _page().split("## Layers")[1].split("## One export")[0]
    for place in (ROOT / "pocketseg").iterdir():
        if place.name.startswith("__") or place.suffix == ".typed":
            continue
        assert f"{place.name}" in drawn, f"{place.name} is in no layer of the drawing"
    for name in ("models", "export", "compress", "benchmark", "scripts"):
        assert f"{name}/" in drawn
