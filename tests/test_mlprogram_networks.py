"""Networks converted from torch give the same in the evaluator: a dozen small ones, parts of ours, and ours whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from _mlprograms import converted, results
from torch import nn

import export
import models
from benchmark.runtimes import coreml_reference
from models._topformer import Block
from models.u2net import Stage, _block
from pocketseg.core.tensors import decode_output, encode_input
from pocketseg.core.types import ModelSpec, OutputKind, Recipe
from pocketseg.data.calibration import open_calibration
from pocketseg.inference import calibration_inputs, network_input


class Sized(nn.Module):
    """A function as a network."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor], *parts: nn.Module) -> None:
        super().__init__()
        self.function, self.parts = function, nn.Sequential(*parts)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(self.parts(x))


class Attentive(nn.Module):
    """Attention of a picture's pixels to each other, as vision transformers have it."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.qkv, self.out = nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = x.flatten(2).transpose(1, 2)  # N,HW,C
        q, k, v = self.qkv(self.norm(tokens)).reshape(1, -1, 3, 2, 4).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-1, -2) / 2).softmax(-1)
        tokens = tokens + self.out((weights @ v).transpose(1, 2).reshape(1, -1, 8))
        return tokens.transpose(1, 2).reshape(x.shape)


class Pyramid(nn.Module):
    """Two sizes joined: pooling, resizing, concatenation, as feature pyramids have it."""

    def __init__(self) -> None:
        super().__init__()
        self.down, self.out = nn.Conv2d(8, 8, 3, 2, 1), nn.Conv2d(24, 4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        small = F.silu(self.down(x))
        wide = F.interpolate(small, size=(12, 8), mode="bilinear", align_corners=False)
        flat = F.adaptive_avg_pool2d(small, 1).expand(-1, -1, 12, 8)
        return self.out(torch.cat([x, wide, flat], 1))


SMALL: dict[str, nn.Module] = {
    "grouped and dilated": nn.Sequential(
        nn.Conv2d(8, 16, 3, padding=2, dilation=2, groups=4), nn.Hardswish(), nn.Conv2d(16, 8, (1, 3), (2, 1))
    ),
    "depthwise": nn.Sequential(
        nn.Conv2d(8, 8, 5, 2, 2, groups=8, bias=False), nn.BatchNorm2d(8), nn.ReLU6(), nn.Conv2d(8, 4, 1)
    ),
    "transposed": nn.Sequential(
        nn.ConvTranspose2d(8, 6, 3, 2, 1, output_padding=1), nn.LeakyReLU(0.2), nn.ConvTranspose2d(6, 3, 2, 2)
    ),
    "pools": nn.Sequential(nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2, 2, ceil_mode=True), nn.Conv2d(8, 4, 1), nn.ELU()),
    "normalisations": nn.Sequential(nn.GroupNorm(2, 8), nn.GELU(), nn.InstanceNorm2d(8, affine=True), nn.PReLU(8)),
    "aligned resize": nn.Sequential(nn.Upsample((25, 17), mode="bilinear", align_corners=True), nn.Tanh()),
    "nearest resize": nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), nn.Softplus()),
    "shuffled": nn.Sequential(nn.PixelShuffle(2), nn.Conv2d(2, 4, 3), nn.PixelUnshuffle(2), nn.Mish()),
    "padded": nn.Sequential(nn.ReflectionPad2d((1, 2, 3, 0)), nn.Conv2d(8, 4, 3), nn.ReplicationPad2d(1)),
    "attention": Attentive(),
    "pyramid": Pyramid(),
    "squeeze and excite": Sized(lambda x: x * F.hardsigmoid(x.mean((2, 3), keepdim=True)), nn.Conv2d(8, 8, 1)),
    "indexing": Sized(lambda x: torch.stack([x[:, ::2, 1:-1], x[:, 1::2, :-2].flip(3)], 1).flatten(1, 2)),
    "probabilities": Sized(lambda x: torch.log_softmax(x, 1).exp() + x.amax(1, True) - x.norm(dim=1, keepdim=True)),
    "a transformer block of TopFormer": Block(8, 2, 0.0),
    "a U-block": _block(Stage(depth=3, inputs=8, middle=4, outputs=8)),
    "a dilated U-block": _block(Stage(depth=1, inputs=8, middle=4, outputs=8)),
}  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_small_network_gives_what_torch_gives(name: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = SMALL[name].eval()
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.running_mean.uniform_(-0.5, 0.5)
            norm.running_var.uniform_(0.5, 1.5)
    x = torch.randn(1, 8, 12, 8)
    converted(tmp_path / "small.mlpackage", network, [x])
    with torch.no_grad():
        wanted = network(x).numpy()
    (got,) = results(tmp_path / "small.mlpackage", x)
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got, wanted, atol=1e-4)
    assert wanted.std() > 1e-3  # a network that gives something


def test_half_package_is_near_torch_but_not_equal(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network, x = SMALL["pyramid"].eval(), torch.randn(1, 8, 12, 8)
    converted(tmp_path / "half.mlpackage", network, [x], half=True)
    with torch.no_grad():
        wanted = network(x).numpy()
    (got,) = results(tmp_path / "half.mlpackage", x)
    assert 1e-6 < np.abs(got - wanted).max() < 1e-2


def _network(name: str, size: tuple[int, int] | None) -> tuple[nn.Module, ModelSpec]:
    """Give a released network, or another one with seeded weights and norms like a trained network's, at a size."""
    if name in models.released():
        loaded = models.open_model(name)
        network, spec = loaded.module, loaded.spec
    else:
        torch.manual_seed(1)
        network, spec = models.build(name).eval(), models.spec(name)
        spec = dataclasses.replace(spec, height_px=320, width_px=192)
        for norm in (m for m in network.modules() if isinstance(m, nn.BatchNorm2d)):
            nn.init.uniform_(norm.weight, 0.5, 1.5)
            nn.init.uniform_(norm.running_var, 0.5, 1.5)
    return network, dataclasses.replace(spec, height_px=size[0], width_px=size[1]) if size else spec


OWN = [pytest.param(name, None, marks=pytest.mark.slow) for name in models.released()]
SIZES = ((192, 128), (256, 256), (352, 224))
OTHERS = [*((name, size) for name in models.released() for size in SIZES), ("u2net", None)]
# Each size once, each network once: what depends on a size is shared by all (models.exportable, export/_deploy.py).
MATRIX = [*zip(models.released(), SIZES, strict=False), ("u2net", None)]


def _tier(case: tuple[str, tuple[int, int] | None]) -> pytest.MarkDecorator:
    return pytest.mark.matrix if case in MATRIX else pytest.mark.exhaustive


@pytest.mark.timeout(3000)
@pytest.mark.parametrize(("name", "size"), [*OWN, *(pytest.param(*case, marks=_tier(case)) for case in OTHERS)])
def test_network_agrees_with_its_fp32_package(name: str, size: tuple[int, int] | None, tmp_path: Path) -> None:
    network, spec = _network(name, size)
    path = tmp_path / "whole.mlpackage"
    job = export.ExportJob(
        network=network, spec=spec, recipe=Recipe(precision="fp32"), output=OutputKind.LOGITS, calibration=()
    )
    written = export.exporter("coreml").write(job, path)
    session = coreml_reference.ReferenceSession(path, written.outputs[0].name, 2)
    equal = pixels = 0
    for photo in calibration_inputs(open_calibration(), spec.height_px, spec.width_px)[::8]:
        with torch.inference_mode():
            wanted = network(network_input([photo], spec))[0].numpy()
        got = decode_output(session.run(encode_input(photo, written.inputs[0])), written.outputs[0])
        np.testing.assert_allclose(got, wanted, atol=1e-4)
        equal += int((got.argmax(0) == wanted.argmax(0)).sum())
        pixels += wanted[0].size
    assert equal / pixels >= 0.9999
