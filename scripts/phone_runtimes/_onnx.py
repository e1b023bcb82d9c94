"""ONNX Runtime's releases: the greatest IR and opset of each, from the message with which it refuses greater ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from scripts.phone_runtimes._fetch import CACHE, source, wheel

APP = "1.29.0"
RELEASES = (
    "1.15.0", "1.16.0", "1.17.0", "1.18.0", "1.19.0", "1.20.0", "1.21.0", "1.22.0", "1.23.0", "1.24.1", "1.25.0",
    "1.26.0", "1.27.0", "1.28.0", APP, "1.30.0", "1.31.0", "1.32.0",
)  # fmt: skip
DOMAINS = ("", "ai.onnx.ml")  # whose versions a release bounds
_NUMPY = "1.26.4"  # which old and new releases take
_GREATEST = 99
_IR = re.compile(r"max supported IR version: (\d+)")
_OPSET = re.compile(r"till opset (\d+)")
_PROBE = """
import json, sys
sys.path[:0] = sys.argv[1].split(":")
import onnxruntime
said = []
for name in sys.argv[2:]:
    try:
        onnxruntime.InferenceSession(name, providers=["CPUExecutionProvider"])
        said.append("")
    except Exception as error:
        said.append(str(error))
print(json.dumps([onnxruntime.__version__, said]))
"""


def table() -> dict[str, Any]:
    """Return the ceilings of each release."""
    models = _models(CACHE / "probes")
    releases, sources = {}, []
    for release in RELEASES:
        path = wheel("onnxruntime", release)
        folders = [_unpacked(path), _unpacked(wheel("numpy", _NUMPY))]
        words = [sys.executable, "-I", "-c", _PROBE, ":".join(map(str, folders)), *map(str, models)]
        answer = subprocess.run(words, check=True, capture_output=True, text=True, timeout=120.0)
        version, said = json.loads(answer.stdout.splitlines()[-1])
        if version != release:
            raise ValueError(f"onnxruntime {version} answered in place of {release}")
        opsets = {domain: _number(_OPSET, text) for domain, text in zip(DOMAINS, said[1:], strict=True)}
        releases[release] = {"ir": _number(_IR, said[0]), "opsets": opsets}
        sources.append(source(path, f"onnxruntime=={release}"))
    return {
        "name": "ONNX Runtime",
        "app": APP,
        "how": f"each release's refusal of IR {_GREATEST} and opset {_GREATEST}, on a desktop",
        "releases": releases,
        "sources": sources,
    }


def _models(folder: Path) -> list[Path]:
    """Write a model with too new an IR, and one with too new an opset for each domain."""
    import onnx
    from onnx import TensorProto, helper

    folder.mkdir(parents=True, exist_ok=True)
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "probe", value[:1], value[1:])
    found = []
    for number, wanted in enumerate((None, *DOMAINS)):
        opsets = {"": 13, **({} if wanted is None else {wanted: _GREATEST})}
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid(d, v) for d, v in opsets.items()])
        model.ir_version = _GREATEST if wanted is None else 7
        path = folder / f"{number}.onnx"
        onnx.save(model, path)
        found.append(path)
    return found


def _unpacked(path: Path) -> Path:
    folder = CACHE / "unpacked" / path.stem
    if not folder.is_dir():
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    return folder


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    if found is None:
        raise ValueError(f"{pattern.pattern!r} is not in {text!r}")
    return int(found[1])
