"""What every target promises: facts without an import, refusals before work, files that compute what torch computes."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _once import Once
from _tiny import SPEC, Converted, described, in_torch, job, photos
from contracts._distributions import unknown
from contracts._promises import Fact, Promises, assigned, changed, known, lacking, texts

import export
from benchmark import runtimes
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import ExportError
from pocketseg.core.precisions import CALIBRATION_METHODS, PRECISIONS
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import Artifact, OutputKind, Recipe

FOLDER = Path(export.__file__).parent
INSPECT = ROOT / "pocketseg/inspect"
SOURCES = [FOLDER / f"{name}.py" for name in export.targets()]
HEAVY = (
    "torch",
    "tensorflow",
    "onnx",
    "onnxruntime",
    "coremltools",
    "litert_torch",
    "ai_edge_litert",
    "executorch",
)
WITH_INT8 = [path.stem for path in SOURCES if "w8a8" in known(path, "PRECISIONS")]


def _more(name: str, own: dict[str, Any]) -> list[str]:
    """Find the faults of a target's facts beside other facts: precisions, calibration, the other targets, inspect."""
    has, refused = own["PRECISIONS"], own["REFUSALS"]
    others = [t for t in export.targets() if t != name]
    return [
        *(f"neither PRECISIONS nor REFUSALS names {p}" for p in PRECISIONS if p not in {*has, *refused}),
        *(f"PRECISIONS and REFUSALS both name {p}" for p in has if p in refused),
        *(f"{p} is no precision" for p in (*has, *refused) if p not in PRECISIONS),
        *(f"WITH_SIGNALS has {p}, PRECISIONS lacks it" for p in own.get("WITH_SIGNALS") or () if p not in has),
        *(f"{m} is no calibration method" for m in own["CALIBRATIONS"] if m not in CALIBRATION_METHODS),
        *(["w8a8 and CALIBRATIONS go together"] if ("w8a8" in has) != bool(own["CALIBRATIONS"]) else []),
        *(f"SUFFIX is that of {t}" for t in others if known(FOLDER / f"{t}.py", "SUFFIX") == own["SUFFIX"]),
        *([] if own["RUNTIME"] in runtimes.names() else [f"RUNTIME {own['RUNTIME']} is no file of benchmark/runtimes"]),
        *(f"TOOLS names {tool}, which no lock holds" for tool in unknown(own["TOOLS"])),
        *([] if (INSPECT / f"{name}.py").is_file() else [f"pocketseg/inspect/{name}.py is missing: it reads the file"]),
    ]


PROMISES = Promises(
    facts=[
        Fact(name="SUFFIX", says="the file's ending, with its dot",
             fits=lambda value: isinstance(value, str) and re.fullmatch(r"\.[a-z]+", value) is not None),
        Fact(name="RUNTIME", says="the runtime's name", fits=lambda value: isinstance(value, str) and value),
        Fact(name="PRECISIONS", says="a tuple of precisions", fits=lambda value: texts(value) and value),
        Fact(name="REFUSALS", says="a sentence for each precision that it lacks",
             fits=lambda value: isinstance(value, dict) and all(len(why.split()) > 5 for why in value.values())),
        Fact(name="CALIBRATIONS", says="a tuple of calibration methods", fits=texts),
        Fact(name="TOOLS", says="a tuple of distributions", fits=lambda value: texts(value) and value),
        Fact(name="WITH_SIGNALS", says="a tuple of precisions", needed=lambda own: False,
             fits=lambda value: texts(value) and value),
        Fact(name="CONVERTERS", says="a tuple of two routes or more", needed=lambda own: False,
             fits=lambda value: texts(value) and len(value) > 1),
    ],
    protocol=export.Exporter,
    more=_more,
)  # fmt: skip


# ---- what its file says ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_target_holds_what_every_target_promises(path: Path) -> None:
    PROMISES.hold(path)


def test_a_contract_that_is_broken_says_the_file_and_everything_that_it_lacks(tmp_path: Path) -> None:
    copy = tmp_path / "export/sixth.py"
    copy.parent.mkdir()
    copy.write_text('SUFFIX = ".six"\nRUNTIME = "ort"\nPRECISIONS = REFUSALS = {}\ndef write(path): ...\n')
    with pytest.raises(pytest.fail.Exception) as caught:
        PROMISES.hold(copy)
    assert str(caught.value).splitlines() == [
        "export/sixth.py: it has no docstring: the first line says what it is",
        "export/sixth.py: PRECISIONS is {}, not a tuple of precisions",
        "export/sixth.py: CALIBRATIONS is missing: a tuple of calibration methods",
        "export/sixth.py: TOOLS is missing: a tuple of distributions",
        "export/sixth.py: refusal(spec, recipe) is missing",
        "export/sixth.py: write(path) is not write(job, path)",
        "export/sixth.py: read_back(path, written) is missing",
    ]


@pytest.mark.parametrize("name", PROMISES.names)
def test_a_target_that_lacks_a_part_is_named_with_it(name: str, tmp_path: Path) -> None:
    (fault,) = PROMISES.faults(lacking(FOLDER / "onnx.py", name, tmp_path))
    assert re.match(rf"export/onnx\.py: {name}\b.* is missing", fault)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("SUFFIX", "'onnx'", "SUFFIX is 'onnx', not the file's ending, with its dot"),
        ("SUFFIX", "'.tflite'", "SUFFIX is that of tflite"),
        ("SUFFIX", "'.' + 'onnx'", "SUFFIX is no literal, and is read without importing the file"),
        ("RUNTIME", "'ortt'", "RUNTIME ortt is no file of benchmark/runtimes"),
        ("PRECISIONS", "['fp32']", "PRECISIONS is ['fp32'], not a tuple of precisions"),
        ("REFUSALS", "{'pal8': 'no'}", "REFUSALS is {'pal8': 'no'}, not a sentence for each precision that it lacks"),
        ("REFUSALS", "{}", "neither PRECISIONS nor REFUSALS names pal8"),
        ("CALIBRATIONS", "()", "w8a8 and CALIBRATIONS go together"),
        ("CALIBRATIONS", "('minmax',)", "minmax is no calibration method"),
        ("TOOLS", "('onnxx',)", "TOOLS names onnxx, which no lock holds"),
        ("write", "lambda job, path: None", "write(job, path) is missing"),
    ],
)
def test_a_target_whose_facts_do_not_fit_is_named_with_what_does_not(
    name: str, value: str, fault: str, tmp_path: Path
) -> None:
    assert f"export/onnx.py: {fault}" in PROMISES.faults(changed(FOLDER / "onnx.py", name, value, tmp_path))


def test_a_hook_of_other_parameters_and_a_target_that_nothing_inspects_are_named(tmp_path: Path) -> None:
    copy = tmp_path / "export/sixth.py"
    copy.parent.mkdir()
    copy.write_text((FOLDER / "onnx.py").read_text().replace('".onnx"', '".six"'))
    assert PROMISES.faults(copy) == ["export/sixth.py: pocketseg/inspect/sixth.py is missing: it reads the file"]
    copy.write_text(copy.read_text().replace("def write(job: ExportJob, path: Path)", "def write(path: Path)"))
    assert PROMISES.faults(copy) == ["export/sixth.py: write(path) is not write(job, path)"]


@pytest.mark.parametrize("name", export.targets())
def test_a_targets_file_is_inspected_by_a_file_of_its_name(name: str) -> None:
    tree = ast.parse((INSPECT / f"{name}.py").read_text(encoding="utf-8"))
    (read,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "read")
    assert [argument.arg for argument in read.args.args] == ["path", "shape"]


# ---- what it refuses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", export.targets())
def test_a_target_refuses_what_its_refusals_say_and_nothing_else(name: str) -> None:
    target = export.exporter(name)
    for precision, why in target.REFUSALS.items():
        assert target.refusal(SPEC, Recipe(precision=precision)) == why
    for precision in target.PRECISIONS:
        assert target.refusal(SPEC, Recipe(precision=precision)) is None, precision


def test_importing_and_asking_a_target_loads_no_framework() -> None:
    code = (
        "import sys\nfrom pocketseg.core.types import ModelSpec, Recipe\nimport export\n"
        "rgb = {'mean_rgb': (0, 0, 0), 'std_rgb': (1, 1, 1)}\n"
        "spec = ModelSpec(name='x', height_px=64, width_px=64, classes=('a', 'b'), **rgb)\n"
        "for name in export.targets():\n"
        "    export.exporter(name).refusal(spec, Recipe())\n"
        "    print(name, *{m.partition('.')[0] for m in sys.modules} & set(sys.argv[1:]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *HEAVY], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == list(export.targets())


@pytest.mark.parametrize("name", WITH_INT8)
def test_int8_without_calibration_photos_is_an_error_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    target = export.exporter(name)
    with pytest.raises(ExportError, match="calibration photos"):
        target.write(job("w8a8", OutputKind.LOGITS, calibration=()), tmp_path / f"tiny{target.SUFFIX}")
    assert list(tmp_path.iterdir()) == []


# ---- what its file computes ------------------------------------------------------------------------------------------


def _outputs(name: str, path: Path, written: Artifact) -> list[tuple[np.ndarray, np.ndarray]]:
    """Run a file on each photo; give its output, C before H,W, and the network's logits."""
    engine = runtimes.runtime(export.facts(name, "RUNTIME"))
    if reason := engine.refusal():
        pytest.skip(reason)
    session = engine.open_session(path, written, 2)
    found = []
    for photo in photos():
        got = session.run(encode_input(photo, written.inputs[0]))
        assert (got.shape, str(got.dtype)) == (written.outputs[0].shape, written.outputs[0].dtype)
        found.append((got.transpose(0, 3, 1, 2) if written.outputs[0].layout == "NHWC" else got, in_torch(photo)))
    return found


@pytest.mark.parametrize("name", export.targets())
def test_float_file_computes_the_networks_logits(name: str, converted: Converted) -> None:
    path, written = converted(name, "fp32", OutputKind.LOGITS)
    for got, wanted in _outputs(name, path, described(path, written, name, "fp32", OutputKind.LOGITS)):
        assert np.abs(got - wanted).max() < 1e-5


@pytest.mark.parametrize("name", export.targets())
def test_class_map_is_the_argmax(name: str, converted: Converted) -> None:
    path, written = converted(name, "fp32", OutputKind.CLASSMAP)
    assert (written.outputs[0].layout, written.outputs[0].shape) == ("NHW", (1, SPEC.height_px, SPEC.width_px))
    for got, wanted in _outputs(name, path, described(path, written, name, "fp32", OutputKind.CLASSMAP)):
        assert (got == wanted.argmax(1)).mean() > 0.999


@pytest.mark.parametrize("name", WITH_INT8)
def test_int8_class_map_stays_near_the_networks(name: str, converted: Converted) -> None:
    path, written = converted(name, "w8a8", OutputKind.CLASSMAP)
    for got, wanted in _outputs(name, path, described(path, written, name, "w8a8", OutputKind.CLASSMAP)):
        assert (got == wanted.argmax(1)).mean() > 0.95


@pytest.mark.parametrize("name", WITH_INT8)
def test_int8_file_stays_near_the_network(name: str, converted: Converted) -> None:
    path, written = converted(name, "w8a8", OutputKind.LOGITS)
    for got, wanted in _outputs(name, path, described(path, written, name, "w8a8", OutputKind.LOGITS)):
        assert 1e-5 < np.abs(got - wanted).max() < 0.05 * float(np.ptp(wanted))
        assert (got.argmax(1) == wanted.argmax(1)).mean() > 0.95


@pytest.mark.parametrize("name", export.targets())
def test_a_target_writes_its_file_alone_and_describes_both_ends(name: str, converted: Converted) -> None:
    path, written = converted(name, "fp32", OutputKind.LOGITS)
    assert [p.name for p in path.parent.iterdir()] == [path.name] == [f"tiny{export.facts(name, 'SUFFIX')}"]
    (taken,), (given,) = written.inputs, written.outputs
    sides = {"N": 1, "C": 3, "H": SPEC.height_px, "W": SPEC.width_px}
    assert taken.shape == tuple(sides[side] for side in taken.layout)
    assert (taken.value_range, taken.normalization) == ((0.0, 255.0), "inside")
    assert given.shape == tuple({**sides, "C": len(SPEC.classes)}[side] for side in given.layout)


# Writes the files that are asked for, one after another, as the conversion process does; prints what each holds.
WRITE = """
import sys, tempfile
from pathlib import Path
import numpy as np
import export
from _tiny import described, job, photos
from benchmark import runtimes
from pocketseg.core.files import sha256_path
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import OutputKind

name, *asked = sys.argv[1:]
target, engine = export.exporter(name), runtimes.runtime(export.facts(name, "RUNTIME"))
first = job("fp32", OutputKind.LOGITS)
for text in asked:
    precision, output = text.split()
    floats = ("3",) if precision == "w8a8:mixed" else ()
    own = job(precision, OutputKind(output), network=first.network, shared=first.shared, float_layers=floats)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"tiny{target.SUFFIX}"
        written = target.write(own, path)
        target.read_back(path, written)
        artifact = described(path, written, name, precision, OutputKind(output))
        if not engine.refusal():
            engine.open_session(path, artifact, 1).run(encode_input(photos()[0], artifact.inputs[0]))
        print(text, sha256_path(path), sep=": ")
"""


Digests = list[tuple[str, str]]


def _written(name: str, *files: str) -> Digests:
    """Let a process write files of the tiny network, each `PRECISION OUTPUT`, in this order; give their digests."""
    found = [ROOT, ROOT / "tests"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, found)), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", WRITE, name, *files]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    told = [line.split(": ") for line in done.stdout.splitlines() if ": " in line]
    assert [file for file, _ in told] == list(files)
    return [(file, digest) for file, digest in told]


def _every_file(name: str) -> list[str]:
    return [f"{p} logits" for p in export.facts(name, "PRECISIONS")] + ["fp32 classmap"]


@pytest.fixture(scope="module")
def together(once: Once) -> Callable[[str], Digests]:
    """Return a function that lets one process write a target's files, and then each again, after all the others."""

    def make(name: str) -> Digests:
        files = _every_file(name)
        return once(f"together-{name}", lambda _: _written(name, *files, *reversed(files)))

    return make


QUICK = ("onnx", "torchmobile")  # targets whose converters take the least time
ORDERED = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in export.targets()]


@pytest.mark.parametrize("name", ORDERED)
def test_a_file_is_the_same_whatever_its_process_has_written_before(
    name: str, together: Callable[[str], Digests]
) -> None:
    found, count = together(name), len(_every_file(name))
    assert dict(found[:count]) == dict(found[count:]) and len(set(found)) == count
    assert len({digest for _, digest in found}) > 2


@pytest.mark.slow
@pytest.mark.parametrize(("name", "file"), [(name, file) for name in export.targets() for file in _every_file(name)])
def test_a_file_that_a_process_writes_alone_is_the_one_that_it_writes_among_others(
    name: str, file: str, together: Callable[[str], Digests]
) -> None:
    assert _written(name, file) == [(file, dict(together(name))[file])]


def _contents(path: Path) -> dict[str, bytes]:
    """Give what a file holds, of an archive what it packs too."""
    found: dict[str, bytes] = {}
    for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        found[file.name] = file.read_bytes()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                found |= {f"{file.name}: {name}": archive.read(name) for name in archive.namelist()}
    return found


def _of_this_computer(path: Path) -> dict[str, str]:
    """Give what would name this computer in a file that was written as `path`."""
    found = {
        "the checkout": str(ROOT), "Python": sys.prefix, "where Python comes from": sys.base_prefix,
        "the home folder": str(Path.home()), "the folder of temporary files": tempfile.gettempdir(),
        "the file's own folder": str(path.parent), "the computer": socket.gethostname(),
    }  # fmt: skip
    return {what: name for what, name in found.items() if len(name) > 3}  # less may stand anywhere by chance


@pytest.mark.parametrize(
    ("name", "precision"), [*((n, "fp32") for n in export.targets()), *((n, "w8a8") for n in WITH_INT8)]
)
def test_a_file_says_nothing_of_the_computer_that_wrote_it(name: str, precision: str, converted: Converted) -> None:
    path, _ = converted(name, precision, OutputKind.CLASSMAP)
    for part, data in _contents(path).items():
        for what, said in _of_this_computer(path).items():
            assert said.encode() not in data, f"{part} names {what}"
            assert said.encode("utf-16-le") not in data, f"{part} names {what}"
        assert b"site-packages" not in data, f"{part} names a file of a package"


def test_the_facts_are_read_without_an_import_as_the_module_has_them() -> None:
    for path in SOURCES:
        own, module = assigned(ast.parse(path.read_text(encoding="utf-8"))), export.exporter(path.stem)
        for fact in PROMISES.facts:
            assert own.get(fact.name) == getattr(module, fact.name, None) == export.facts(path.stem, fact.name)
