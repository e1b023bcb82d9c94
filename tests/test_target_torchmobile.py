"""Target and runtime torchmobile: real files of TopFormer-Tiny, QNNPACK's order of channels, no file name inside."""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import export
import models
from benchmark.runtimes import runtime
from export._deploy import deployed
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import OutputKind, Recipe, Written

SPEC = dataclasses.replace(models.spec("topformer_tiny"), height_px=128, width_px=64)
PHOTO = np.random.default_rng(0).integers(0, 256, (128, 64, 3), dtype=np.uint8)
NO_ARTIFACT: Any = None  # this runtime reads the file alone


class Clamped(nn.Module):
    """ReLU6 after a depthwise convolution, whose result is channels-last: QNNPACK's clamp loses its order."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), nn.AvgPool2d(4))
        self.depthwise = nn.Sequential(nn.Conv2d(16, 16, 3, 1, 1, groups=16), nn.ReLU6())
        self.head = nn.Sequential(nn.Conv2d(16, 4, 1), nn.Upsample((128, 64), mode="bilinear"))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.depthwise(self.stem(x)))


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    return models.build("topformer_tiny").eval()


def convert(network: nn.Module, folder: Path, precision: str, output: OutputKind) -> tuple[Path, Written]:
    job = export.ExportJob(
        network=network, spec=SPEC, recipe=Recipe(precision=precision), output=output, calibration=[PHOTO] * 2
    )
    path = folder / "small.ptl"
    return path, export.exporter("torchmobile").write(job, path)


def run_both(network: nn.Module, path: Path, written: Written) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return what the file gives and the network's logits."""
    taken = encode_input(PHOTO, written.inputs[0])
    got = runtime("torchmobile").open_session(path, NO_ARTIFACT, 1).run(taken)
    assert (got.shape, str(got.dtype)) == (written.outputs[0].shape, written.outputs[0].dtype)
    with torch.no_grad():
        wanted = deployed(network, SPEC, OutputKind.LOGITS, "NCHW")(torch.from_numpy(taken)).numpy()
    return got, wanted


@pytest.fixture(scope="module")
def logits_file(network: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Written]:
    return convert(network, tmp_path_factory.mktemp("fp32"), "fp32", OutputKind.LOGITS)


def test_float_file_computes_the_networks_logits(network: nn.Module, logits_file: tuple[Path, Written]) -> None:
    got, wanted = run_both(network, *logits_file)
    np.testing.assert_allclose(got, wanted, atol=1e-4)


def test_int8_file_stays_near_the_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = Clamped().eval()
    path, written = convert(network, tmp_path, "w8a8", OutputKind.LOGITS)
    got, wanted = run_both(network, path, written)
    noise = float(np.square(got - wanted).sum() / np.square(wanted - wanted.mean((2, 3), keepdims=True)).sum())
    assert 1e-7 < noise < 0.01


def test_int8_file_is_smaller(network: nn.Module, logits_file: tuple[Path, Written], tmp_path: Path) -> None:
    path, _ = convert(network, tmp_path, "w8a8", OutputKind.CLASSMAP)
    assert path.stat().st_size < 0.4 * logits_file[0].stat().st_size


def test_export_leaves_torch_with_the_engine_it_had(network: nn.Module, tmp_path: Path) -> None:
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = "fbgemm"
    try:
        convert(network, tmp_path, "fp32", OutputKind.LOGITS)
        assert torch.backends.quantized.engine == "fbgemm"
    finally:
        torch.backends.quantized.engine = before


def test_file_name_is_not_in_the_bytes(logits_file: tuple[Path, Written]) -> None:
    with zipfile.ZipFile(logits_file[0]) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {"archive"}
