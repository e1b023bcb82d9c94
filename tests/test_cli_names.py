"""Help texts name what the folders hold, and nobody types such a list by hand."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _commands import Call

import compress
import export
import models
from benchmark import runtimes
from pocketseg.cli import _names
from pocketseg.core.cache import ROOT
from pocketseg.core.precisions import CALIBRATION_METHODS, PRECISIONS
from pocketseg.data.spec import formats

CLI = Path(_names.__file__).parent
CONVERTERS = tuple(c for t in export.targets() for c in export.facts(t, "CONVERTERS") or ())
KINDS = {
    "target": export.targets(), "suffix": tuple(_names.suffixes()), "converter": CONVERTERS,
    "runtime": runtimes.names(), "step": compress.steps(), "network": models.names(), "data format": formats(),
    "precision": PRECISIONS, "calibration method": CALIBRATION_METHODS,
}  # fmt: skip
LISTED = {  # what a command's help lists: the option, or the first word of a line, and the names
    ("export", "--target"): export.targets(), ("tune", "--target"): export.targets(),
    ("pick", "--target"): export.targets(), ("sweep", "--targets"): export.targets(),
    ("export", "--precision"): PRECISIONS, ("export", "--calibration-method"): CALIBRATION_METHODS,
    ("export", "--converter"): CONVERTERS, ("inspect", "FILE"): tuple(_names.suffixes()),
    ("data", "Formats"): formats(), ("data classes", "--format"): formats(),
}  # fmt: skip


def _named(text: str, names: tuple[str, ...]) -> list[str]:
    """Return those of the names that a text holds as words of their own, in its order."""
    found = re.findall(r"(?<![\w:/+-])\.?\w[\w:-]*", text)
    return [word for word in dict.fromkeys(word.rstrip(":-") for word in found) if word in names]


def _paragraph(help_text: str, first: str) -> str:
    """Return the lines of an option, or of the paragraph that begins with these words, as one."""
    lines = help_text.splitlines()
    start = next(k for k, line in enumerate(lines) if re.match(rf" *{re.escape(first)}(:|\s|$)", line))
    more = lines[start + 1 :]
    end = next((k for k, line in enumerate(more) if not line.strip() or line.startswith("  -")), len(more))
    return " ".join([lines[start].strip()[len(first) :], *(line.strip() for line in more[:end])])


@pytest.mark.parametrize(("command", "first"), LISTED, ids=lambda part: part)
def test_a_list_of_names_in_a_help_text_is_what_there_is(command: str, first: str, pocketseg: Call) -> None:
    names = LISTED[command, first]
    shown = _paragraph(pocketseg(*command.split(), "--help").out, first)
    assert sorted(_named(shown, names)) == sorted(names), shown


def test_the_steps_and_targets_listed_are_the_folders(pocketseg: Call) -> None:
    steps = re.findall(r"^  (\w+) +[a-z]", pocketseg("recipes").out.partition("\nprecisions")[0], re.MULTILINE)
    assert steps == list(compress.steps())
    assert re.findall(r"^(\w+) ", pocketseg("targets").out, re.MULTILINE) == list(export.targets())


def test_a_new_file_is_listed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "targets", lambda: ("one", "two", "three"))
    assert _names.either(export.targets()) == "one, two or three"
    known = {"one": None, "two": ("fast", "slow"), "three": None}
    monkeypatch.setattr(export, "facts", lambda target, name: known[target] if name == "CONVERTERS" else f".{target}")
    assert _names.converters() == "two: fast or slow (default: fast)"
    assert _names.suffixes() == [".one", ".two", ".three"]


# ---- no list is typed ------------------------------------------------------------------------------------------------


_EXAMPLES = ("EXAMPLES", "_GREETING")


def _texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield every text and every collection of texts in a file, each with its line; an f-string is one text."""
    for node in ast.walk(tree):
        parts = getattr(node, "elts", None) or getattr(node, "keys", None) or getattr(node, "values", None) or [node]
        texts = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
        if texts:
            yield node.lineno, " ".join(texts)  # type: ignore[attr-defined]


def _typed_lists(source: str) -> list[str]:
    """Name each text that lists several plug-ins of a kind; an example names some, and a test runs it."""
    tree = ast.parse(source)
    tree.body = [n for n in tree.body if not (isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) in _EXAMPLES)]
    return [
        f"line {line} types the {kind}s {', '.join(found)}"
        for line, text in _texts(tree)
        for kind, names in KINDS.items()
        if len(found := _named(text, names)) > 1
    ]


@pytest.mark.parametrize("path", sorted(CLI.rglob("*.py")), ids=lambda path: path.relative_to(CLI).as_posix())
def test_no_command_types_a_list_of_plugins(path: Path) -> None:
    assert _typed_lists(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ('HELP = "coreml or tflite"', "target"),
        ('x = f"{y} coreml {z} tflite"', "target"),
        ('x = ["coreml", "onnx"]', "target"),
        ('"""Read .tflite, .onnx."""', "suffix"),
        ('x = {"ccp": 1, "folder": 2}', "data format"),
        ('x = "fp32,w8a8"', "precision"),
        ('x = "prune or sparse_nm"', "step"),
        ('x = "u2netp, topformer_tiny"', "network"),
    ],
)
def test_a_typed_list_is_found(source: str, kind: str) -> None:
    assert any(f"types the {kind}s " in line for line in _typed_lists(source))


def test_one_name_as_an_example_is_no_list() -> None:
    assert _typed_lists('x = "e.g. prune:0.3+w8a8, or prune:0.5"; y = "ccp:PATH"; z = "its folder"') == []


# ---- and help stays quick --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["export", "sweep", "inspect", "data"])
def test_help_that_lists_names_imports_no_plugin_and_no_numpy(command: str) -> None:
    code = (
        "import sys\nfrom pocketseg.cli.main import main\n"
        f"try: main(['{command}', '--help'])\nexcept SystemExit: pass\n"
        "print('|', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    loaded = set(done.stdout.rpartition("|")[2].split())
    plugins = {f"export.{n}" for n in export.targets()} | {f"pocketseg.data.formats.{n}" for n in formats()}
    assert not loaded & (plugins | {"numpy", "torch", "onnx"})
