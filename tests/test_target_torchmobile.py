"""Target and runtime torchmobile: real files of TopFormer-Tiny, QNNPACK's order of channels, no file name inside."""

from __future__ import annotations

import dataclasses
import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.jit.mobile import _load_for_lite_interpreter

import export
import models
from benchmark.runtimes import runtime
from export import torchmobile
from export._deploy import deployed
from pocketseg.core.cache import ROOT
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


@pytest.mark.parametrize("precision", ["fp32", "fp16", "w8", "w8a8"])
def test_no_source_file_is_named_in_the_file(precision: str, tmp_path: Path) -> None:
    path, _ = convert(Clamped().eval(), tmp_path, precision, OutputKind.CLASSMAP)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert not [name for name in archive.namelist() if name.endswith(".debug_pkl")]
        assert not [name for name in archive.namelist() if b".py(" in archive.read(name)]
        assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())


def test_a_file_without_its_sources_computes_the_same_and_keeps_tensors_aligned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []

    def kept(data: bytes) -> bytes:
        written.append(data)
        return data

    repeatable = torchmobile._repeatable
    monkeypatch.setattr(torchmobile, "_repeatable", lambda data, start: repeatable(kept(data), start))
    path, _ = convert(Clamped().eval(), tmp_path, "w8a8", OutputKind.LOGITS)
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = "qnnpack"
    try:
        x = torch.from_numpy(PHOTO).permute(2, 0, 1)[None].float()
        first = _load_for_lite_interpreter(io.BytesIO(written[0]))(x)
        assert torch.equal(_load_for_lite_interpreter(str(path))(x), first)
    finally:
        torch.backends.quantized.engine = before
    reader = torch._C.PyTorchFileReader(str(path))
    assert not [name for name in reader.get_all_records() if reader.get_record_offset(name) % 64]
    assert repeatable(path.read_bytes(), 0) == path.read_bytes()


_FRESH = """
import hashlib, sys
from pathlib import Path
from _tiny import job
from pocketseg.core.types import OutputKind
from export import torchmobile
torchmobile.write(job("w8a8", OutputKind.CLASSMAP), Path(sys.argv[1]))
print(torchmobile.__file__, hashlib.sha256(Path(sys.argv[1]).read_bytes()).hexdigest())
"""


@pytest.mark.slow
def test_the_same_network_gives_the_same_bytes_from_another_checkout(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "export", tmp_path / "there/export", ignore=shutil.ignore_patterns("__pycache__"))
    found = []
    for checkout in (ROOT, tmp_path / "there"):
        paths = os.pathsep.join(map(str, (checkout, ROOT, ROOT / "tests")))
        done = subprocess.run(
            [sys.executable, "-c", _FRESH, tmp_path / f"{len(found)}.ptl"],
            env={**os.environ, "PYTHONPATH": paths}, check=True, capture_output=True, text=True, cwd=tmp_path,
        )  # fmt: skip
        found.append(done.stdout.split())
    assert found[1][0] == str(tmp_path / "there/export/torchmobile.py")
    assert found[0][1] == found[1][1]
