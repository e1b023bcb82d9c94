"""Target tflite and runtime litert: real conversions of a tiny network, run and compared with torch."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from benchmark.runtimes import litert
from export import ExportJob, tflite
from export._deploy import deployed
from pocketseg.core.errors import ExportError, RuntimeFailedError, UnknownNameError
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import Artifact, ModelSpec, OutputKind, Recipe, TensorSpec, Written

SPEC = ModelSpec(
    name="tiny",
    height_px=64,
    width_px=96,
    mean_rgb=(0.485, 0.456, 0.406),
    std_rgb=(0.229, 0.224, 0.225),
    classes=("background", "upper", "lower", "full"),
)
Converted = Callable[[str, OutputKind], tuple[Path, Written]]
ARTIFACT: Artifact = None  # type: ignore[assignment]  # this runtime asks it nothing


def tiny() -> nn.Module:
    torch.manual_seed(0)
    up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
    stem = (nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU6())
    return nn.Sequential(*stem, nn.Conv2d(8, 4, 3, padding=1), up).eval()


def photos() -> list[np.ndarray]:
    """Return smooth made-up photos, H,W,3 uint8."""
    rows, columns = np.mgrid[0 : SPEC.height_px, 0 : SPEC.width_px] / 15
    waves = [[np.sin(rows + n + c) * np.cos(columns * (c + 1) - n) for c in range(3)] for n in range(4)]
    return [np.round(127.5 + 127.5 * np.stack(wave, -1)).astype(np.uint8) for wave in waves]


def job(precision: str, output: OutputKind, converter: str = "") -> ExportJob:
    calibration = photos() if precision == "w8a8" else ()
    recipe = Recipe(precision=precision)
    return ExportJob(
        network=tiny(), spec=SPEC, recipe=recipe, output=output, calibration=calibration, converter=converter
    )


def in_torch(request: ExportJob, photo: np.ndarray) -> np.ndarray:
    """Give logits 1,H,W,C."""
    network = deployed(request.network, SPEC, OutputKind.LOGITS, "NHWC")
    with torch.inference_mode():
        return network(torch.from_numpy(photo[None].astype(np.float32))).numpy()


def matches(spec: TensorSpec, array: np.ndarray) -> bool:
    return array.shape == spec.shape and array.dtype == np.dtype(spec.dtype)


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """Return a function that converts each request once for all tests of this file."""

    @functools.cache
    def once(precision: str, output: OutputKind) -> tuple[Path, Written]:
        path = tmp_path_factory.mktemp("converted") / "tiny.tflite"
        return path, tflite.write(job(precision, output), path)

    return once


@pytest.mark.parametrize("output", OutputKind, ids=lambda kind: kind.value)
@pytest.mark.parametrize("precision", ["fp32", "w8a8"])  # the others: test_precisions.py
def test_file_computes_what_its_network_computes(precision: str, output: OutputKind, converted: Converted) -> None:
    request = job(precision, output)
    path, written = converted(precision, output)
    assert [p.name for p in path.parent.iterdir()] == ["tiny.tflite"]
    session = litert.open_session(path, ARTIFACT, 2)
    assert session.threads == 2
    for photo in photos():
        got = session.run(encode_input(photo, written.inputs[0]))
        logits = in_torch(request, photo)
        assert matches(written.outputs[0], got)
        if output is OutputKind.LOGITS:
            tolerance = 1e-4 if precision == "fp32" else 0.05 * float(np.ptp(logits))
            assert np.abs(got - logits).max() < tolerance
            got = got.argmax(-1)
        assert (got == logits.argmax(-1)).mean() > (0.999 if precision == "fp32" else 0.95)


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

    path, _ = converted("fp32", OutputKind.LOGITS)
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(str(path), experimental_op_resolver_type=plain)
    shapes = {t["index"]: tuple(t["shape"]) for t in interpreter.get_tensor_details()}
    first = [o for o in interpreter._get_ops_details() if o["op_name"] in ("MUL", "ADD")][:2]
    row = SPEC.width_px * 3  # LiteRT's kernels take a millisecond for what repeats every three numbers
    assert [{shapes[i][-1] for i in o["inputs"]} for o in first] == [{row}, {row}]


def test_int8_keeps_its_edges_float_and_its_names(converted: Converted) -> None:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    path, _ = converted("w8a8", OutputKind.LOGITS)
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

    data = converted(precision, OutputKind.LOGITS)[0].read_bytes()
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
    path, _ = converted("w8a8", OutputKind.CLASSMAP)
    tflite.write(job("w8a8", OutputKind.CLASSMAP), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_unsupported_requests_are_said_before_any_work(tmp_path: Path) -> None:
    assert "palette" in str(tflite.refusal(SPEC, Recipe(precision="pal8")))
    assert tflite.refusal(SPEC, Recipe(precision="w8a8")) is None
    empty = ExportJob(
        network=tiny(), spec=SPEC, recipe=Recipe(precision="w8a8"), output=OutputKind.LOGITS, calibration=()
    )
    with pytest.raises(ExportError, match="calibration photos"):
        tflite.write(empty, tmp_path / "x.tflite")
    with pytest.raises(UnknownNameError, match="litert-torch"):
        tflite.write(job("fp32", OutputKind.LOGITS, "litert_torch"), tmp_path / "x.tflite")


@pytest.mark.skipif(importlib.util.find_spec("onnx2tf") is not None, reason="the extra is installed")
def test_absent_second_converter_tells_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="make setup-onnx2tf"):
        tflite.write(job("fp32", OutputKind.LOGITS, "onnx2tf"), tmp_path / "x.tflite")


@pytest.mark.skipif(importlib.util.find_spec("onnx2tf") is None, reason="the extra is not installed")
@pytest.mark.parametrize("output", OutputKind, ids=lambda kind: kind.value)
def test_second_converter_gives_the_same_tensors(
    output: OutputKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    request = job("w8a8", output, "onnx2tf")
    written = tflite.write(request, tmp_path / "tiny.tflite")
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.tflite"]
    got = litert.open_session(tmp_path / "tiny.tflite", ARTIFACT, 1).run(encode_input(photos()[0], written.inputs[0]))
    assert matches(written.outputs[0], got)
    labels = got if output is OutputKind.CLASSMAP else got.argmax(-1)
    assert (labels == in_torch(request, photos()[0]).argmax(-1)).mean() > 0.95


def test_damaged_files_and_wrong_inputs_name_the_file(tmp_path: Path, converted: Converted) -> None:
    with pytest.raises(RuntimeFailedError, match="does not exist"):
        litert.open_session(tmp_path / "absent.tflite", ARTIFACT, 1)
    path, _ = converted("fp32", OutputKind.LOGITS)
    session = litert.open_session(path, ARTIFACT, 1)
    with pytest.raises(RuntimeFailedError, match=r"did not run .*tiny\.tflite"):
        session.run(np.zeros((1, 32, 32, 3), np.float32))
    for content in (b"", b"not a model at all", path.read_bytes()[:1000]):
        broken = tmp_path / "broken.tflite"
        broken.write_bytes(content)
        with pytest.raises(RuntimeFailedError, match=r"did not load .*broken\.tflite"):
            litert.open_session(broken, ARTIFACT, 1)
