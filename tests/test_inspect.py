"""`pocketseg inspect` says what a file of any target holds, and names what is damaged or foreign in one sentence."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _commands import Call
from _once import Once
from test_precisions import MULTIPLY_ADDS, SPEC, WEIGHTS, small_file

import export
from pocketseg.core.errors import RuntimeFailedError, UsageError
from pocketseg.inspect import Inspection, Risk, inspect_file, parsed, suffixes
from pocketseg.inspect._worker import answer

pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")
SHAPES = {"torchmobile": (1, 3, SPEC.height_px, SPEC.width_px)}  # what only a manifest knows
CONVOLUTIONS = {
    "coreml": "conv",
    "executorch": "Conv2d",
    "onnx": "Conv",
    "tflite": "CONV_2D",
    "torchmobile": "_convolution",
}


@pytest.fixture(scope="module")
def files(once: Once) -> Callable[..., Path]:
    """Return a function that gives the small network's file of a target and a precision, fp32 unless told."""
    return lambda target, precision="fp32": small_file(once, target, precision)[0]


def read(path: Path, target: str) -> Inspection:
    content = answer(path, target, SHAPES.get(target))
    assert "error" not in content, content
    return parsed(json.loads(json.dumps(content)))


def test_every_target_has_its_reader() -> None:
    folder = Path(__file__).parents[1] / "pocketseg" / "inspect"
    assert sorted(suffixes().values()) == sorted(export.targets())
    assert sorted(p.stem for p in folder.glob("[a-z]*.py")) == sorted(export.targets())


@pytest.mark.parametrize("target", export.targets())
def test_operations_weights_and_ports_are_the_networks(target: str, files: Callable[[str, str], Path]) -> None:
    found = read(files(target, "fp32"), target)
    assert found.target == target
    assert found.operations[CONVOLUTIONS[target]] == 4
    assert sum(layer.weights for layer in found.layers) == WEIGHTS and found.multiply_adds == MULTIPLY_ADDS
    sizes = [layer.bytes for layer in found.layers]
    assert sizes == sorted(sizes, reverse=True) and sum(sizes) == 4 * WEIGHTS
    assert all(layer.operation and layer.name for layer in found.layers)
    floats = sum(size for kind, size in found.constants.items() if kind in ("float32", "fp32"))
    assert floats >= 4 * WEIGHTS
    (image,) = found.inputs
    assert len(found.outputs) == 1
    if target == "torchmobile":
        assert image.shape == (), "the file does not say"
    else:
        assert {64, 32} <= set(image.shape)
    assert [name.lower() for name in found.before_first_layer if "mul" in name.lower() or "batch" in name.lower()]


def test_core_ml_names_its_least_ios_its_preview_and_its_risks(files: Callable[[str, str], Path]) -> None:
    found = read(files("coreml", "fp32"), "coreml")
    assert found.least_os == "iOS 16, macOS 13"
    assert found.inputs[0].kind == "RGB picture" and found.inputs[0].shape == (64, 32)
    assert found.metadata["com.apple.coreml.model.preview.type"] == "imageSegmenter"
    floats = next(risk for risk in found.risks if risk.what == "computed in 32-bit floats")
    assert floats.operations >= 8 and "CPU or the GPU" in floats.why and "typed-execution" in floats.source
    eight = read(files("coreml", "w8a8"), "coreml")
    assert eight.least_os == "iOS 17, macOS 14"
    whats = {risk.what: risk for risk in eight.risks}
    assert "A17 Pro" in whats["quantised activations"].why
    assert whats["computed in 32-bit floats"].operations < floats.operations
    assert {layer.kind for layer in eight.layers} == {"int8"} and {layer.compute for layer in eight.layers} == {"int8"}


def test_risks_of_ranks_dilations_and_gathers_are_counted(tmp_path: Path) -> None:
    import numpy as np
    from _mlprograms import built
    from coremltools.converters.mil import Builder as mb

    from pocketseg.inspect._neural_engine import risks
    from pocketseg.mlprogram.package import open_package

    def body(x: Any) -> Any:
        weight = np.ones((4, 4, 3, 3), np.float32)
        y = mb.conv(x=x, weight=weight, dilations=[2, 2], pad_type="same", name="dilated")
        y = mb.gather(x=y, indices=[0, 2], axis=1)
        return mb.reshape(x=y, shape=[2, 64], name="flat")

    function = open_package(built(tmp_path / "x.mlpackage", [(1, 4, 8, 8)], body)).model.mlProgram.functions["main"]
    block = function.block_specializations[function.opset]
    work = [op for op in block.operations if op.type != "const"]
    found = {risk.what: risk.operations for risk in risks(block, work)}
    assert found["dilated convolutions"] == found["gather"] == found["reshapes and transposes"] == 1
    assert found["computed in 32-bit floats"] == 3 and found["tensors of ranks other than 4"] == 1
    assert all(isinstance(risk, Risk) and "/" in risk.source for risk in risks(block, work))


def test_tflite_and_executorch_say_what_xnnpack_takes(files: Callable[[str, str], Path]) -> None:
    for target in ("tflite", "executorch"):
        found = read(files(target, "fp32"), target).delegation
        assert found is not None and found.delegate == "XNNPACK"
        assert (found.partitions, found.outside_nodes, found.outside) == (1, 0, {})
        assert found.inside_nodes >= 8


def test_tflite_names_what_falls_out_of_xnnpack(tmp_path: Path) -> None:
    """Nodes are told apart by the partition that makes what they make."""
    from types import SimpleNamespace

    import ai_edge_litert.interpreter

    from pocketseg.inspect import tflite

    nodes = [
        {"index": 0, "op_name": "CONV_2D", "inputs": [0, 9], "outputs": [1]},
        {"index": 1, "op_name": "SOFTMAX", "inputs": [1], "outputs": [2]},
        {"index": 2, "op_name": "ADD", "inputs": [2, -1], "outputs": [3]},
        {"index": 3, "op_name": "RELU", "inputs": [3], "outputs": [4]},
        {"index": 4, "op_name": "DELEGATE", "inputs": [0, 9], "outputs": [1]},
        {"index": 5, "op_name": "DELEGATE", "inputs": [2], "outputs": [4]},
    ]
    fake = SimpleNamespace(allocate_tensors=lambda: None, _get_ops_details=lambda: nodes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ai_edge_litert.interpreter, "Interpreter", lambda **_: fake)
        found = tflite._delegation(tmp_path / "x.tflite")
    assert (found.partitions, found.inside_nodes, found.outside) == (2, 3, {"SOFTMAX": 1})


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a.<locals>.Named/b.Deployed_network/m.Block_0/torch.nn.Conv2d_c;1", "network.0.c"),
        ("x/m.Bn_bn;;x/m.Net_network/n.Conv2d_c;1", "network.c"),
        ("arith.constant3", "arith.constant3"),
    ],
)
def test_litert_names_become_torchs(name: str, wanted: str) -> None:
    from pocketseg.inspect.tflite import _module

    assert _module(name) == wanted


def test_torch_mobile_without_a_manifest_says_what_it_lacks(files: Callable[[str, str], Path]) -> None:
    content = answer(files("torchmobile", "fp32"), "torchmobile", None)
    assert content["layers"] == () and content["multiply_adds"] is None
    assert "its manifest.json" in content["notes"][0] and content["operations"]["_convolution"] == 4


# ---- damaged and foreign files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", export.targets())
@pytest.mark.parametrize("damage", ["half", "noise", "empty", "middle"])
def test_a_damaged_file_is_one_sentence(
    target: str, damage: str, files: Callable[[str, str], Path], tmp_path: Path
) -> None:
    whole = files(target, "fp32")
    path = tmp_path / whole.name
    if whole.is_dir():
        shutil.copytree(whole, path)
        part = path / "Data" / "com.apple.CoreML" / ("weights/weight.bin" if damage == "middle" else "model.mlmodel")
    else:
        shutil.copyfile(whole, path)
        part = path
    data = part.read_bytes()
    part.write_bytes(_damaged(data, damage))
    if damage == "middle":  # its numbers may be others now, but it must not end in a traceback
        answer(path, target, SHAPES.get(target))
        return
    with pytest.raises(RuntimeFailedError) as caught:
        inspect_file(path)
    assert str(path) in caught.value.message or path.name in caught.value.message
    assert "\n" not in caught.value.message and "Traceback" not in str(caught.value)


def _damaged(data: bytes, damage: str) -> bytes:
    if damage == "half":
        return data[: len(data) // 2]
    if damage == "noise":
        return bytes((n * 37 + 11) % 256 for n in range(2000))
    if damage == "empty":
        return b""
    start = len(data) // 2
    return data[:start] + bytes(255 - b for b in data[start : start + 64]) + data[start + 64 :]


def test_a_cut_weight_file_and_an_older_kind_of_model_are_named(
    files: Callable[[str, str], Path], tmp_path: Path
) -> None:
    from pocketseg.mlprogram.package import model_class

    path = tmp_path / "x.mlpackage"
    shutil.copytree(files("coreml", "fp32"), path)
    weights = path / "Data" / "com.apple.CoreML" / "weights" / "weight.bin"
    weights.write_bytes(weights.read_bytes()[:1000])
    cut = answer(path, "coreml", None)["error"]
    assert cut["type"] == "RuntimeFailedError" and "weight.bin" in cut["message"] and "ends before" in cut["message"]
    network = model_class()(specificationVersion=5)
    network.neuralNetwork.SetInParent()
    (path / "Data" / "com.apple.CoreML" / "model.mlmodel").write_bytes(network.SerializeToString())
    assert "holds neuralNetwork" in answer(path, "coreml", None)["error"]["message"]


def test_a_foreign_package_is_read_even_where_the_evaluator_could_not_run_it(tmp_path: Path) -> None:
    from _mlprograms import built
    from coremltools.converters.mil import Builder as mb

    path = built(tmp_path / "x.mlpackage", [(1, 4, 8, 8)], lambda x: mb.cumsum(x=x, axis=1, name="sums"))
    content = answer(path, "coreml", None)
    assert content["operations"] == {"cumsum": 1} and content["layers"] == ()
    assert content["inputs"][0]["kind"] == "float32"


def test_a_reader_that_dies_is_an_error_with_its_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.tflite"
    path.write_bytes(b"\0\0\0\0TFL3")
    dying = tmp_path / "python"
    dying.write_text("#!/bin/sh\nkill -SEGV $$\n")
    dying.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(dying))
    with pytest.raises(RuntimeFailedError, match=r"x\.tflite cannot be read: .* was ended by signal SIGSEGV"):
        inspect_file(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.tflite", "does not exist"),
        ("photo.jpg", "is not that of a target's file"),
        ("folder", "holds no exported file"),
    ],
)
def test_what_is_no_exported_file_is_refused(name: str, message: str, tmp_path: Path) -> None:
    if name == "photo.jpg":
        (tmp_path / name).write_bytes(b"x")
    elif name == "folder":
        (tmp_path / name).mkdir()
    with pytest.raises(UsageError, match=message):
        inspect_file(tmp_path / name)


def test_a_folder_with_a_files_suffix_and_a_file_with_a_packages_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").mkdir()
    (tmp_path / "x.mlpackage").write_bytes(b"x")
    with pytest.raises(RuntimeFailedError, match="is a folder, not a file"):
        inspect_file(tmp_path / "x.onnx")
    with pytest.raises(RuntimeFailedError, match="is not a folder, as a package is"):
        inspect_file(tmp_path / "x.mlpackage")


# ---- the command -----------------------------------------------------------------------------------------------------


def test_command_prints_tables_and_json_and_takes_the_manifest_beside_the_file(
    pocketseg: Call, files: Callable[[str, str], Path], tmp_path: Path
) -> None:
    shutil.copyfile(files("onnx", "w8"), tmp_path / "tiny.onnx")
    told = pocketseg("inspect", tmp_path / "tiny.onnx")
    assert told.code == 0 and "Conv 4" in told.out and "int8" in told.out
    assert "there is no manifest.json beside it" in " ".join(told.out.split())
    (tmp_path / "manifest.json").write_text("{}")
    said = pocketseg("inspect", tmp_path, "--json")
    content = json.loads(said.out)
    assert said.code == 0 and content["target"] == "onnx" and content["manifest"] is None
    assert "is ignored" in content["notes"][-1]
    assert len(content["layers"]) == 4 and content["size_bytes"] == (tmp_path / "tiny.onnx").stat().st_size


def test_what_the_manifest_says_is_kept_apart_from_what_the_file_says(
    files: Callable[[str, str], Path], tmp_path: Path
) -> None:
    from pocketseg.core.classes import colors
    from pocketseg.core.files import sha256_file
    from pocketseg.core.manifest import write_manifest
    from pocketseg.core.types import Artifact, Parity, Preprocessing, TensorSpec

    path = tmp_path / "tiny.ptl"
    shutil.copyfile(files("torchmobile", "fp32"), path)
    image = TensorSpec(
        name="image", shape=SHAPES["torchmobile"], layout="NCHW", dtype="float32", value_range=(0.0, 255.0),
        normalization="inside",
    )  # fmt: skip
    logits = TensorSpec(name="logits", shape=(1, len(SPEC.classes), 64, 32), layout="NCHW", dtype="float32")
    write_manifest(tmp_path, Artifact(
        target="torchmobile", model="tiny", recipe="fp32", precision="fp32", output="logits", file=path.name,
        sha256=sha256_file(path), size_bytes=path.stat().st_size, input_height_px=64, input_width_px=32,
        inputs=(image,), outputs=(logits,), classes=SPEC.classes, colors_rgb=colors(len(SPEC.classes)),
        checkpoint_sha256="",
        lineage=(), split_hash="", calibration={}, parity=Parity(status="not measured here"), tools={},
        preprocessing=Preprocessing(mean_rgb=(0.5, 0.5, 0.5), std_rgb=(0.5, 0.5, 0.5)),
    ))  # fmt: skip
    found = inspect_file(tmp_path)
    assert found.inputs[0].shape == () and found.manifest is not None
    assert found.manifest["inputs"][0]["layout"] == "NCHW" and found.manifest["inputs"][0]["normalization"] == "inside"
    assert found.multiply_adds == MULTIPLY_ADDS and found.notes == (), "the manifest's shape lets the file run"


def test_command_ends_with_a_sentence_and_a_status(pocketseg: Call, tmp_path: Path) -> None:
    (tmp_path / "x.tflite").write_bytes(b"nothing of the kind")
    failed = pocketseg("inspect", tmp_path / "x.tflite")
    assert failed.code == 7 and "is not a .tflite file" in failed.err and "Traceback" not in failed.err
    assert pocketseg("inspect", tmp_path / "y.tflite").code == 2


@pytest.mark.parametrize("width", [80, 120])
def test_tables_stay_within_the_terminal(width: int, files: Callable[[str, str], Path]) -> None:
    from rich.console import Console

    from pocketseg.report.inspection import render

    found = read(files("coreml", "w8a8"), "coreml")
    port = {"name": "image", "shape": [1, 64, 32, 3], "layout": "NHWC", "dtype": "image", "value_range": [0.0, 255.0],
            "normalization": "inside"}  # fmt: skip
    found = dataclasses.replace(found, manifest={"inputs": [port], "outputs": []})
    console = Console(width=width, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(render(found, 10, width))
    text = console.export_text()
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    assert "as manifest.json beside it says" in text and "inside the file" in text and "risks" in text
