"""Target tflite: the names, normalisation and weights in its file, the same bytes every time, its second converter."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from _tiny import SPEC, Converted, in_torch, job, photos, tiny

from benchmark.runtimes import litert
from export import tflite
from export._deploy import deployed
from pocketseg.core.errors import ExportError, UnknownNameError
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import OutputKind, Recipe

NO_ARTIFACT: Any = SimpleNamespace(inputs=())  # this runtime asks only for the names of several inputs


def test_normalisation_is_the_networks_and_goes_by_rows(converted: Converted) -> None:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    photo = torch.from_numpy(photos()[0][None].astype(np.float32))
    seen: list[torch.Tensor] = []
    for layout, taken in (("NHWC", photo), ("NCHW", photo.permute(0, 3, 1, 2))):
        wrapped = deployed(tiny(), SPEC, OutputKind.LOGITS, layout)
        wrapped.network.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
        wrapped(taken)
    wanted = (photo / 255 - torch.tensor(SPEC.mean_rgb)) / torch.tensor(SPEC.std_rgb)
    assert torch.equal(seen[0], seen[1]) and torch.allclose(seen[0].permute(0, 2, 3, 1), wanted, atol=1e-5)

    path, _ = converted("tflite", "fp32", OutputKind.LOGITS)
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(str(path), experimental_op_resolver_type=plain)
    shapes = {t["index"]: tuple(t["shape"]) for t in interpreter.get_tensor_details()}
    first = [o for o in interpreter._get_ops_details() if o["op_name"] in ("MUL", "ADD")][:2]
    row = SPEC.width_px * 3  # LiteRT's kernels take a millisecond for what repeats every three numbers
    assert [{shapes[i][-1] for i in o["inputs"]} for o in first] == [{row}, {row}]


def test_int8_keeps_its_edges_float_and_its_names(converted: Converted) -> None:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    path, _ = converted("tflite", "w8a8", OutputKind.LOGITS)
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(str(path), experimental_op_resolver_type=plain)
    assert interpreter.get_signature_list() == {"serving_default": {"inputs": ["image"], "outputs": ["logits"]}}
    kinds = {t["index"]: t["dtype"] for t in interpreter.get_tensor_details()}
    results = {o["op_name"]: kinds[o["outputs"][0]] for o in interpreter._get_ops_details()}
    assert results["CONV_2D"] is np.int8
    assert results["MUL"] is results["ADD"] is results["RESIZE_BILINEAR"] is np.float32


@pytest.mark.parametrize("precision", ["fp32", "w8a8"])
def test_inner_names_are_paths_and_weights_are_aligned(precision: str, converted: Converted) -> None:
    from ai_edge_litert import schema_py_generated as schema

    data = converted("tflite", precision, OutputKind.LOGITS)[0].read_bytes()
    model = schema.ModelT.InitFromPackedBuf(data, 0)
    tensors = model.subgraphs[0].tensors
    names = [t.name.decode() for t in tensors]
    assert len(set(names)) == len(names)
    inner = set(range(len(tensors))) - {*model.subgraphs[0].inputs, *model.subgraphs[0].outputs}
    assert all(len(names[i]) < 60 and "/" not in names[i] for i in inner)
    with_weights = [b for t in tensors if (b := model.buffers[t.buffer]).offset]
    assert with_weights and all(b.offset % 16 == 0 and b.offset + b.size <= len(data) for b in with_weights)


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("e.f.<locals>.Named/e.Deployed_network/models.u2net.UBlock_stage1/torch.X_conv_s1;;y", "stage1.conv_s1"),
        ("e.f.<locals>.Named/e.Deployed_network;", "network"),
        ("a.Named/b.Deployed_network/c.TopFormer_network/d.Injection_3/torch.BatchNorm2d_bn", "3.bn"),
        ("model/conv2d/Relu;bias", "model/conv2d/Relu"),
        ("serving_default_image", "serving_default_image"),
    ],
)  # fmt: skip
def test_a_long_name_becomes_the_path_in_the_network(long: str, short: str) -> None:
    from export._litert_names import short as shortened

    assert shortened(long) == short


def test_same_request_gives_the_same_bytes(tmp_path: Path, converted: Converted) -> None:
    path, _ = converted("tflite", "w8a8", OutputKind.CLASSMAP)
    tflite.write(job("w8a8", OutputKind.CLASSMAP), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_unsupported_requests_are_said_before_any_work(tmp_path: Path) -> None:
    assert "palette" in str(tflite.refusal(SPEC, Recipe(precision="pal8")))
    assert tflite.refusal(SPEC, Recipe(precision="w8a8")) is None
    with pytest.raises(UnknownNameError, match="litert-torch"):
        tflite.write(job("fp32", OutputKind.LOGITS, converter="litert_torch"), tmp_path / "x.tflite")


@pytest.mark.skipif(importlib.util.find_spec("onnx2tf") is not None, reason="the extra is installed")
def test_absent_second_converter_tells_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="make setup-onnx2tf"):
        tflite.write(job("fp32", OutputKind.LOGITS, converter="onnx2tf"), tmp_path / "x.tflite")


@pytest.mark.skipif(importlib.util.find_spec("onnx2tf") is None, reason="the extra is not installed")
@pytest.mark.parametrize("output", OutputKind, ids=lambda kind: kind.value)
def test_second_converter_gives_the_same_tensors(
    output: OutputKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = tflite.write(job("w8a8", output, converter="onnx2tf"), tmp_path / "tiny.tflite")
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.tflite"]
    got = litert.open_session(tmp_path / "tiny.tflite", NO_ARTIFACT, 1).run(
        encode_input(photos()[0], written.inputs[0])
    )
    assert (got.shape, str(got.dtype)) == (written.outputs[0].shape, written.outputs[0].dtype)
    labels = got if output is OutputKind.CLASSMAP else got.argmax(-1)
    assert (labels == in_torch(photos()[0]).argmax(1)).mean() > 0.95
