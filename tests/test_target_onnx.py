"""Target onnx and runtime ort: real conversions of a tiny network, run and compared with torch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from benchmark.runtimes import ort
from export import ExportJob
from export import onnx as target
from export._deploy import deployed
from pocketseg.core.errors import ExportError, RuntimeFailedError
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import Artifact, ModelSpec, OutputKind, Recipe, Written

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


def job(precision: str, output: OutputKind) -> ExportJob:
    calibration = photos() if precision == "w8a8" else ()
    recipe = Recipe(precision=precision)
    return ExportJob(network=tiny(), spec=SPEC, recipe=recipe, output=output, calibration=calibration)


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """Return a function that converts each request once for all tests of this file."""

    @functools.cache
    def once(precision: str, output: OutputKind) -> tuple[Path, Written]:
        path = tmp_path_factory.mktemp("converted") / "tiny.onnx"
        return path, target.write(job(precision, output), path)

    return once


@pytest.mark.parametrize("output", OutputKind, ids=lambda kind: kind.value)
@pytest.mark.parametrize("precision", ["fp32", "w8a8"])  # the others: test_precisions.py
def test_file_computes_what_its_network_computes(precision: str, output: OutputKind, converted: Converted) -> None:
    request = job(precision, output)
    path, written = converted(precision, output)
    assert [p.name for p in path.parent.iterdir()] == ["tiny.onnx"]
    session = ort.open_session(path, ARTIFACT, 2)
    assert session.threads == 2
    network = deployed(request.network, SPEC, OutputKind.LOGITS, "NCHW")
    for photo in photos():
        image = encode_input(photo, written.inputs[0])
        got = session.run(image)
        with torch.inference_mode():
            logits = network(torch.from_numpy(image)).numpy()
        assert got.shape == written.outputs[0].shape
        assert got.dtype == np.dtype(written.outputs[0].dtype)
        if output is OutputKind.LOGITS:
            tolerance = 1e-4 if precision == "fp32" else 0.05 * float(np.ptp(logits))
            assert np.abs(got - logits).max() < tolerance
            got = got.argmax(1)
        assert (got == logits.argmax(1)).mean() > (0.999 if precision == "fp32" else 0.95)


def test_int8_keeps_its_edges_float_and_its_weights_per_channel(converted: Converted) -> None:
    import onnx

    path, _ = converted("w8a8", OutputKind.LOGITS)
    graph = onnx.load(path).graph
    makers = {name: node.op_type for node in graph.node for name in node.output}
    makes = {node.op_type: [makers.get(name) for name in node.input] for node in graph.node}
    assert makes["Conv"][:2] == ["DequantizeLinear", "DequantizeLinear"]
    assert makes["Mul"][0] is None
    assert makes["Add"][0] == "Mul"
    assert graph.output[0].name == "logits"
    assert makers["logits"] == "Resize"
    assert {(8,), (4,)} <= {tuple(i.dims) for i in graph.initializer if i.name.endswith("_scale")}


def test_same_request_gives_the_same_bytes_without_paths_of_this_machine(tmp_path: Path, converted: Converted) -> None:
    path, _ = converted("w8a8", OutputKind.CLASSMAP)
    target.write(job("w8a8", OutputKind.CLASSMAP), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    assert str(Path(target.__file__).parents[1]).encode() not in path.read_bytes()


def test_unsupported_requests_are_said_before_any_work(tmp_path: Path) -> None:
    assert "palette" in str(target.refusal(SPEC, Recipe(precision="pal8")))
    assert target.refusal(SPEC, Recipe(precision="w8a8")) is None
    empty = ExportJob(
        network=tiny(), spec=SPEC, recipe=Recipe(precision="w8a8"), output=OutputKind.LOGITS, calibration=()
    )
    with pytest.raises(ExportError, match="calibration photos"):
        target.write(empty, tmp_path / "x.onnx")


def test_damaged_files_and_wrong_inputs_name_the_file(tmp_path: Path, converted: Converted) -> None:
    with pytest.raises(RuntimeFailedError, match="does not exist"):
        ort.open_session(tmp_path / "absent.onnx", ARTIFACT, 1)
    path, _ = converted("fp32", OutputKind.LOGITS)
    session = ort.open_session(path, ARTIFACT, 1)
    with pytest.raises(RuntimeFailedError, match=r"did not run .*tiny\.onnx"):
        session.run(np.zeros((1, 3, 32, 32), np.float32))
    for content in (b"", b"not a model at all", path.read_bytes()[:1000]):
        broken = tmp_path / "broken.onnx"
        broken.write_bytes(content)
        with pytest.raises(RuntimeFailedError, match=r"did not load .*broken\.onnx"):
            ort.open_session(broken, ARTIFACT, 1)
