"""A small published saliency network: U2Net-p with batch norms of its own, its folded ONNX file, and a wheel of it."""

from __future__ import annotations

import copy
import dataclasses
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

import models
from models import u2net
from models._published import PUBLISHED, Published
from models.u2net import ConvNormRelu
from pocketseg.core.files import sha256_file

NETWORK = "u2netp"
SIDE_PX = 64
MEMBER = "tinysal/u2netp.onnx"


@dataclass(frozen=True)
class Saliency:
    """The network as its authors have it, what they publish, and the package."""

    network: nn.Module
    file: Path
    wheel: Path
    published: Published


def saliency_network() -> nn.Module:
    """Return a saliency network in eval mode whose batch norms changed what they were trained on."""
    torch.manual_seed(5)
    network = models.build(NETWORK, 1).eval()
    with torch.no_grad():
        for norm in (m for m in network.modules() if isinstance(m, nn.BatchNorm2d)):
            assert norm.running_mean is not None and norm.running_var is not None
            norm.weight.uniform_(0.7, 1.3)
            norm.bias.normal_(0.1, 0.1)
            norm.running_mean.normal_(0.0, 0.2)
            norm.running_var.uniform_(0.4, 0.8)
    return network


def seven(network: nn.Module, images: Tensor) -> list[Tensor]:
    """Return a network's seven outputs, 0 to 1, computed as in eval mode."""
    network.eval()
    network.training = True
    try:
        with torch.inference_mode():
            return [output.sigmoid() for output in network(images)]
    finally:
        network.eval()


class _Outputs(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        return tuple(output.sigmoid() for output in self.network(images))


def folded_file(network: nn.Module, path: Path) -> Path:
    """Write a network as the authors of U2Net publish it: batch norms folded in, seven sigmoid outputs."""
    folded = copy.deepcopy(network)
    for block in (m for m in folded.modules() if isinstance(m, ConvNormRelu)):
        block.conv_s1 = fuse_conv_bn_eval(block.conv_s1, block.bn_s1)
        block.bn_s1 = nn.Identity()  # type: ignore[assignment]
    whole = _Outputs(folded).eval()
    folded.training = True  # of the network alone: it then returns all outputs
    stream = io.BytesIO()
    with torch.inference_mode():
        torch.onnx.export(whole, (torch.zeros(1, 3, SIDE_PX, SIDE_PX),), stream, dynamo=False, opset_version=17,
                          input_names=["input"], training=torch.onnx.TrainingMode.PRESERVE)  # fmt: skip
    path.write_bytes(stream.getvalue())
    return path


def wheel_of(file: Path, folder: Path) -> Path:
    """Write a wheel that pip accepts, whose metadata, like the published one's, excludes today's Pythons."""
    path = folder / "tinysal-0.2.0-py3-none-any.whl"
    metadata = "Metadata-Version: 2.1\nName: tinysal\nVersion: 0.2.0\nRequires-Python: <3.11\nRequires-Dist: absent\n"
    tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.write(file, MEMBER)
        for name, text in (("METADATA", metadata), ("WHEEL", tags), ("RECORD", "")):
            wheel.writestr(f"tinysal-0.2.0.dist-info/{name}", text)
    return path


def published(file: Path, wheel: Path) -> Published:
    """Return the pins of a wheel and the file in it."""
    return Published(
        index="PyPI", package="tinysal", version="0.2.0", archive_sha256=sha256_file(wheel),
        archive_bytes=wheel.stat().st_size, member=MEMBER, sha256=sha256_file(file),
        size_bytes=file.stat().st_size, licence="Apache-2.0", learnt_from="noise", source="https://example.org/sal",
    )  # fmt: skip


def saliency(folder: Path) -> Saliency:
    """Make all of it in a folder."""
    network = saliency_network()
    file = folded_file(network, folder / "u2netp.onnx")
    wheel = wheel_of(file, folder)
    return Saliency(network, file, wheel, published(file, wheel))


def pin(small: Saliency, place: pytest.MonkeyPatch) -> None:
    """Let a small network's files be the published ones; one thread does, beside others two wait for each other."""
    spec = dataclasses.replace(models.spec(NETWORK), height_px=SIDE_PX, width_px=SIDE_PX)
    torch.set_num_threads(1)
    place.setitem(PUBLISHED, NETWORK, small.published)
    place.setitem(u2net.SPECS, NETWORK, spec)
