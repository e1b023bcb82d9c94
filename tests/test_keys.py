"""Kept results end with the code that made them: an edit of what they were computed with makes them anew, no other."""

from __future__ import annotations

import ast
import shutil
import time
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import models
from benchmark import kept, scoring
from pocketseg._guard import GENERAL_NAMES
from pocketseg.artifacts import key
from pocketseg.core import keys
from pocketseg.core._imports import PACKAGES, needs_of
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import UsageError
from pocketseg.core.keys import Code, code_hash, files
from pocketseg.sweep.code import code as cell_code
from pocketseg.sweep.plan import Sweep
from scripts import made_again

SOURCES = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]

Edited = Callable[[str, dict[str, Code]], set[str]]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("code")
    leave = shutil.ignore_patterns("__pycache__", "*.safetensors")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=leave)
    return root


@pytest.fixture(scope="module")
def edited(copied: Path) -> Edited:
    """Say which hashes change with a byte more in one file of a copy."""
    before: dict[str, str] = {}

    def hash_of(code: Code) -> str:
        return code_hash(code, copied)

    def changed(name: str, codes: dict[str, Code]) -> set[str]:
        for code in codes.values():
            before.setdefault(repr(code), hash_of(code))
        content = (copied / name).read_bytes()
        (copied / name).write_bytes(content + b"\n")
        found = {title for title, code in codes.items() if hash_of(code) != before[repr(code)]}
        (copied / name).write_bytes(content)
        return found

    return changed


# ---- what is made again ----------------------------------------------------------------------------------------------

U2NET, TOPFORMER = (
    {"U2Net's TFLite file", "its row, on LiteRT"},
    {"TopFormer's Core ML file", "its row, on the evaluator"},
)
SCORES, PRUNED, MIXED = "U2Net's scores in `compare`", "U2Net after `prune`", "U2Net's layers for `w8a8:mixed`"
AGAIN: dict[str, set[str]] = {
    "the Core ML evaluator": TOPFORMER,
    "a network, U2Net": {*U2NET, SCORES, PRUNED, MIXED},
    "a network, TopFormer": TOPFORMER,
    "the resize": {*U2NET, *TOPFORMER, SCORES, PRUNED, MIXED},
    "a runtime, LiteRT": U2NET,
    "an exporter's helper, TFLite": {"U2Net's TFLite file"},
    "a step's helper, pruning": {PRUNED},
    "the training loop": {PRUNED},
    "a training recipe": {PRUNED},
    "the committed split": {PRUNED, MIXED},
    "the report": set(),
}


def test_one_line_edited_makes_again_what_it_took_part_in_and_nothing_else(edited: Edited) -> None:
    results = made_again.results()
    assert {title: edited(path, results) for title, path in made_again.EDITS.items()} == AGAIN


@pytest.mark.documents
def test_the_table_of_what_is_made_again_is_the_one_in_the_document() -> None:
    lines = made_again.table().splitlines()
    titles = [cell.strip() for cell in lines[0].strip("|").split("|")][1:]
    for line, (title, path) in zip(lines[2:], made_again.EDITS.items(), strict=True):
        head, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        assert head == f"{title}: `{path}`"
        again = {name for name, cell in zip(titles, cells, strict=True) if cell == "again"}
        assert again == AGAIN[title] and set(cells) <= {"again", "kept"}
    begin, end = f"<!-- {made_again.BLOCK}:begin -->\n", f"\n<!-- {made_again.BLOCK}:end -->"
    page = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert page.split(begin)[1].split(end)[0] == made_again.table(), "python -m scripts.made_again"


@pytest.mark.parametrize(
    ("target", "file", "counts"),
    [
        ("coreml", "pocketseg/mlprogram/operations/convolution.py", True),
        ("coreml", "pocketseg/mlprogram/program.py", True),
        ("coreml", "benchmark/runtimes/coreml_reference.py", True),
        ("coreml", "export/_coreml_weights.py", True),
        ("tflite", "export/_coreml_weights.py", False),
        ("tflite", "export/onnx.py", False),
        ("tflite", "pocketseg/mlprogram/program.py", False),
        ("tflite", "benchmark/runtimes/litert.py", True),
        ("tflite", "benchmark/runtimes/ort.py", False),
        ("onnx", "models/u2net.py", False),
        ("onnx", "models/topformer.py", True),
        ("onnx", "models/_topformer.py", True),
        ("onnx", "pocketseg/inference.py", True),
        ("onnx", "pocketseg/training/evaluate.py", False),
        ("onnx", "export/_tensors.py", True),
        ("onnx", "pocketseg/training/loop.py", False),
        ("onnx", "compress/prune.py", False),
        ("onnx", "pocketseg/artifacts/parity.py", True),
        ("onnx", "pocketseg/artifacts/produce.py", True),
        ("onnx", "pocketseg/report/html.py", False),
        ("onnx", "pocketseg/cli/export.py", False),
    ],
)
def test_a_file_is_made_again_when_what_made_or_proved_it_changes(
    target: str, file: str, counts: bool, edited: Edited
) -> None:
    codes = {"file": key.code(target, "topformer_tiny")}
    assert edited(file, codes) == ({"file"} if counts else set())


@pytest.mark.parametrize(
    ("file", "again"),
    [
        ("models/topformer.py", {"ort", "coreml_reference"}),
        ("models/u2net.py", set()),
        ("benchmark/timing.py", {"ort", "coreml_reference"}),
        ("benchmark/_worker.py", {"ort", "coreml_reference"}),
        ("pocketseg/training/evaluate.py", set()),
        ("pocketseg/inference.py", {"ort", "coreml_reference"}),
        ("pocketseg/mlprogram/values.py", {"coreml_reference"}),
        ("benchmark/runtimes/ort.py", {"ort"}),
        ("benchmark/runtimes/litert.py", set()),
        ("pocketseg/data/formats/folder.py", {"ort", "coreml_reference"}),
        ("pocketseg/data/formats/ccp.py", set()),
        ("export/onnx.py", set()),
        ("pocketseg/report/html.py", set()),
    ],
)
def test_a_row_is_measured_again_when_what_measured_it_changes(file: str, again: set[str], edited: Edited) -> None:
    rows = {runtime: kept.code(runtime, "topformer_tiny", "folder") for runtime in ("ort", "coreml_reference")}
    assert edited(file, rows) == again


@pytest.mark.parametrize(
    ("file", "again"),
    [
        ("models/topformer.py", {"ort", "coreml_reference"}),
        ("models/u2net.py", set()),
        ("benchmark/_worker.py", {"ort", "coreml_reference"}),
        ("benchmark/accuracy.py", {"ort", "coreml_reference"}),
        ("pocketseg/core/metrics.py", {"ort", "coreml_reference"}),
        ("pocketseg/inference.py", {"ort", "coreml_reference"}),
        ("pocketseg/mlprogram/values.py", {"coreml_reference"}),
        ("benchmark/runtimes/ort.py", {"ort"}),
        ("benchmark/runtimes/litert.py", set()),
        ("benchmark/timing.py", set()),
        ("benchmark/engine.py", set()),
        ("export/onnx.py", set()),
        ("pocketseg/report/html.py", set()),
    ],
)
def test_a_file_is_scored_again_when_what_scored_it_changes(file: str, again: set[str], edited: Edited) -> None:
    scores = {runtime: scoring.code(runtime, "topformer_tiny", "folder") for runtime in ("ort", "coreml_reference")}
    assert edited(file, scores) == again


def test_a_weights_file_that_names_no_network_depends_on_every_family() -> None:
    bare = Code(modules=("models._released",), used={"models": models.families("")})
    families = {"models/u2net.py", "models/topformer.py", "models/efficientnet_lite.py"}
    assert families <= set(files(bare))
    named = Code(modules=("models._released",), used={"models": models.families("u2netp")})
    assert families & set(files(named)) == {"models/u2net.py"}


def test_a_cell_of_a_sweep_depends_on_its_own_target_steps_and_teachers(edited: Edited) -> None:
    asked = Sweep(models=("topformer_tiny",), recipes=("fp32",), targets=("onnx", "tflite"))
    codes = {
        "onnx": cell_code(asked, "topformer_tiny", "topformer_tiny", "onnx", ()),
        "tflite": cell_code(asked, "topformer_tiny", "topformer_tiny", "tflite", ("distil:u2netp",)),
    }
    assert edited("export/onnx.py", codes) == {"onnx"}
    assert edited("benchmark/runtimes/litert.py", codes) == {"tflite"}
    assert edited("compress/distil.py", codes) == edited("models/u2net.py", codes) == {"tflite"}
    assert edited("pocketseg/training/recipes/u2netp.toml", codes) == set()
    assert edited("pocketseg/training/recipes/topformer_tiny.toml", codes) == {"onnx", "tflite"}
    assert edited("pocketseg/sweep/jobs.py", codes) == {"onnx", "tflite"}
    assert edited("pocketseg/cli/sweep.py", codes) == edited("pocketseg/report/html.py", codes) == set()


# ---- what the sources themselves must say ----------------------------------------------------------------------------


def test_modules_say_what_they_import_by_name_and_what_they_read_beside_themselves() -> None:
    faults = []
    for file in SOURCES:
        text = file.read_text(encoding="utf-8")
        own = file.parent if file.name == "__init__.py" else file.with_suffix("")
        module = own.relative_to(ROOT).as_posix().replace("/", ".")
        needs = needs_of(text, module, package=file.name == "__init__.py")
        if needs.plugins is None:
            faults.append(f"{module} imports by a name made at run time: add IMPORTS, see pocketseg/core/_imports.py")
        if needs.reads is None:
            faults.append(f"{module} finds files by __file__ or ROOT: add READS, see pocketseg/core/_imports.py")
        for package in needs.plugins or ():
            if not (ROOT / package.replace(".", "/")).is_dir():
                faults.append(f"{module} imports plug-ins of {package}, which is no package")
        faults += [f"{module}: no file is {p}" for p in needs.reads or () if not any(file.parent.glob(p))]
        calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
        if {getattr(called, "id", "") for called in calls} & {"exec", "eval"}:
            faults.append(f"{module} runs text, whose imports nobody sees")
    assert not faults


def test_keys_know_every_package_of_ours() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(PACKAGES) == {*GENERAL_NAMES, "pocketseg"} == set(project["tool"]["importlinter"]["root_packages"])


def test_a_key_costs_little_once_the_sources_were_read() -> None:
    code = key.code("tflite", "topformer_tiny")
    code_hash(code)
    start = time.process_time()
    code_hash(code)
    assert time.process_time() - start < 0.1


def test_threads_find_the_code_of_keys_at_once(copied: Path) -> None:
    pairs = [(target, network) for target in ("onnx", "coreml", "tflite") for network in ("u2netp", "topformer_tiny")]
    codes = [key.code(target, network) for target, network in pairs] * 4
    alone = [files(code, copied) for code in codes]
    keys._trees.clear()
    with ThreadPoolExecutor(len(codes)) as pool:
        assert list(pool.map(lambda code: files(code, copied), codes)) == alone


def test_code_that_changes_while_it_runs_keeps_no_result(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pocketseg.core.keys.ROOT", copied)
    monkeypatch.setattr("pocketseg.core.keys._first", {})
    code, place = key.code("onnx", "topformer_tiny"), copied / "export/onnx.py"
    before, content = code_hash(code, copied), place.read_bytes()
    assert code_hash(code, copied) == before
    place.write_bytes(content + b"\n")
    with pytest.raises(UsageError, match=r"onnx\.py changed while this command ran"):
        code_hash(code, copied)
    place.write_bytes(content)
    assert code_hash(code, copied) == before


def test_no_photo_is_opened_to_be_hashed_for_a_key() -> None:
    made = {**made_again.results(), "scores": scoring.code("ort", "topformer_tiny", "folder")}
    for title, code in made.items():
        assert not [f for f in files(code) if f.startswith("pocketseg/data/sample/") and not f.endswith(".json")], title
