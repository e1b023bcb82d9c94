"""Target coreml: packages that describe themselves, and that are the same bytes every time."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from _tiny import Converted
from torch import nn

import export
import pocketseg
from benchmark.runtimes import runtime
from export._deploy import deployed
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.files import sha256_path
from pocketseg.core.types import ModelSpec, OutputKind, Recipe, Written

SPEC = ModelSpec(
    name="small", height_px=64, width_px=32, mean_rgb=(0.5, 0.4, 0.3), std_rgb=(0.2, 0.3, 0.25),
    classes=("background", "one", "two"),
)  # fmt: skip


def small_network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU6(), nn.Conv2d(8, 3, 1),
        nn.Upsample((64, 32), mode="bilinear"),
    ).eval()  # fmt: skip


def convert(path: Path, precision: str, output: OutputKind) -> Written:
    job = export.ExportJob(
        network=small_network(), spec=SPEC, recipe=Recipe(precision=precision), output=output, calibration=()
    )
    return export.exporter("coreml").write(job, path)


def opened(path: Path) -> Any:
    import coremltools

    return coremltools.models.MLModel(str(path), skip_model_load=True).get_spec()


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Written]:
    path = tmp_path_factory.mktemp("fp16") / "small.mlpackage"
    return path, convert(path, "fp16", OutputKind.LOGITS)


def test_package_takes_an_rgb_image_of_its_size_and_gives_named_logits(half: tuple[Path, Written]) -> None:
    path, written = half
    description = opened(path).description
    (image,), (logits,) = description.input, description.output
    kind = image.type.imageType
    assert (image.name, kind.width, kind.height) == ("image", 32, 64)
    assert kind.ColorSpace.Name(kind.colorSpace) == "RGB"
    assert (logits.name, tuple(logits.type.multiArrayType.shape)) == ("logits", (1, 3, 64, 32))
    assert (written.inputs[0].dtype, written.inputs[0].shape) == ("image", (1, 64, 32, 3))
    assert written.outputs[0].shape == (1, 3, 64, 32)


def test_class_map_is_named_and_int32(converted: Converted) -> None:
    path, written = converted("coreml", "fp32", OutputKind.CLASSMAP)
    (classmap,) = opened(path).description.output
    kind = classmap.type.multiArrayType
    assert (classmap.name, tuple(kind.shape)) == ("classmap", (1, 64, 96))
    assert kind.ArrayDataType.Name(kind.dataType) == "INT32"
    assert (written.outputs[0].layout, written.outputs[0].dtype) == ("NHW", "int32")


def test_package_says_who_made_it_and_how_to_preview_it(half: tuple[Path, Written]) -> None:
    spec = opened(half[0])
    entries = spec.description.metadata.userDefined
    assert spec.specificationVersion == 7  # iOS 16
    assert spec.description.metadata.author == "PocketSeg contributors"
    assert spec.description.metadata.license == "Apache-2.0"
    assert spec.description.metadata.versionString == pocketseg.__version__
    assert "64" in spec.description.metadata.shortDescription
    assert entries["classes"] == "background,one,two"
    assert entries["com.apple.coreml.model.preview.type"] == "imageSegmenter"
    preview = json.loads(entries["com.apple.coreml.model.preview.params"])
    assert preview == {"labels": list(SPEC.classes), "colors": ["#000000", "#E6553C", "#3278DC"]}


def test_same_network_gives_the_same_bytes_and_no_stray_files(half: tuple[Path, Written], tmp_path: Path) -> None:
    again = tmp_path / "other-name.mlpackage"
    convert(again, "fp16", OutputKind.LOGITS)
    assert sha256_path(again) == sha256_path(half[0])
    files = sorted(p.relative_to(again).as_posix() for p in again.rglob("*") if p.is_file())
    assert files == [
        "Data/com.apple.CoreML/model.mlmodel", "Data/com.apple.CoreML/weights/weight.bin", "Manifest.json",
    ]  # fmt: skip
    assert [p.name for p in tmp_path.iterdir()] == [again.name]


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_program_computes_in_the_precision_asked_for(precision: str, converted: Converted) -> None:
    path, _ = converted("coreml", precision, OutputKind.LOGITS)
    block = next(iter(opened(path).mlProgram.functions["main"].block_specializations.values()))
    convolutions = [op for op in block.operations if op.type == "conv"]
    kinds = {op.outputs[0].type.tensorType.dataType for op in convolutions}
    assert kinds == {{"fp32": 11, "fp16": 10}[precision]}  # FLOAT32 and FLOAT16 in MIL.proto
    assert len(convolutions) == 2


def test_normalisation_is_inside(half: tuple[Path, Written]) -> None:
    """The program's constants and the image's scale together make (x / 255 - mean) / std of 0..255."""
    from export.coreml import _image_network

    network = nn.Conv2d(3, 2, 1).eval()
    job = export.ExportJob(
        network=network, spec=SPEC, recipe=Recipe(precision="fp16"), output=OutputKind.LOGITS, calibration=()
    )
    photo = torch.rand(1, 3, 64, 32) * 255
    with torch.no_grad():
        wanted = deployed(network, SPEC, OutputKind.LOGITS, "NCHW")(photo)
        np.testing.assert_allclose(_image_network(job)(photo / 255).numpy(), wanted.numpy(), atol=1e-5)
    block = next(iter(opened(half[0]).mlProgram.functions["main"].block_specializations.values()))
    assert [op.type for op in block.operations].index("conv") > 0


@pytest.mark.skipif(platform.system() == "Darwin", reason="there Core ML itself runs it")
def test_reference_evaluator_gives_what_the_network_gives_and_says_what_it_is(half: tuple[Path, Written]) -> None:
    path, written = half
    engine: Any = runtime("coreml_reference")
    assert engine.refusal() is None
    assert engine.TIMED is False
    assert engine.LABEL == "reference evaluator, fp16 emulated, not a device"
    session = engine.open_session(path, written, 1)
    photo = np.random.default_rng(0).integers(0, 256, (1, 64, 32, 3)).astype(np.uint8)
    with torch.no_grad():
        pixels = torch.from_numpy(photo).permute(0, 3, 1, 2).float() / 255
        wanted = small_network()((pixels - planes(SPEC.mean_rgb)) / planes(SPEC.std_rgb))
    got = session.run(photo)
    assert got.shape == (1, 3, 64, 32) and got.dtype == np.float32
    np.testing.assert_allclose(got, wanted.numpy(), atol=5e-3)
    assert np.array_equal(got, got.astype(np.float16).astype(np.float32))
    assert np.abs(got - wanted.numpy()).max() > 1e-7  # it is fp16


def planes(values: tuple[float, ...]) -> torch.Tensor:
    return torch.tensor(values).reshape(1, 3, 1, 1)


@pytest.mark.skipif(platform.system() == "Darwin", reason="there Core ML itself runs it")
def test_reference_evaluator_says_what_is_no_package(tmp_path: Path, half: tuple[Path, Written]) -> None:
    engine: Any = runtime("coreml_reference")
    (tmp_path / "text.mlpackage").write_text("no folder")
    with pytest.raises(RuntimeFailedError, match=r"text\.mlpackage is not a Core ML package"):
        engine.open_session(tmp_path / "text.mlpackage", half[1], 1)
