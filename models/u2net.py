"""U2Net, U2Net-p and the 768 px garment variant: nested U-shaped blocks in a U-shaped network.

Source: Qin et al., "U2-Net: Going Deeper with Nested U-Structure for Salient Object Detection", Pattern Recognition 106
(2020), arXiv:2005.09007, section 3 and table 1. Written for PocketSeg; parameter names are those of the published
checkpoints, so that these load unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models._shapes import ResizeLike
from pocketseg.core.classes import CLASSES
from pocketseg.core.types import ModelSpec

NAMES = ("u2net", "u2netp", "u2net_cloth")  # a literal: models/__init__.py reads it without importing torch
CLASSIFIER = "side1"

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5)

SPECS: dict[str, ModelSpec] = {
    "u2net": ModelSpec(
        name="u2net",
        height_px=320,
        width_px=320,
        mean_rgb=IMAGENET_MEAN,
        std_rgb=IMAGENET_STD,
        classes=CLASSES,
        head="d0",
    ),
    "u2netp": ModelSpec(
        name="u2netp",
        height_px=320,
        width_px=320,
        mean_rgb=IMAGENET_MEAN,
        std_rgb=IMAGENET_STD,
        classes=CLASSES,
        head="d0",
    ),
    "u2net_cloth": ModelSpec(
        name="u2net_cloth", height_px=768, width_px=768, mean_rgb=HALF, std_rgb=HALF, classes=CLASSES, head="d0"
    ),
}
ABOUT = {  # for names that share their shapes
    "u2net": "U-2-Net as its authors train it",
    "u2net_cloth": "the garment checkpoint of levindabhi/cloth-segmentation",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """One residual U-block. depth: at how many sizes it works; 1 means one size, with dilated convolutions instead."""

    depth: int
    inputs: int
    middle: int
    outputs: int


# Table 1 of the paper; stage names are part of the parameter names.
FULL = {
    "stage1": Stage(7, 3, 32, 64),
    "stage2": Stage(6, 64, 32, 128),
    "stage3": Stage(5, 128, 64, 256),
    "stage4": Stage(4, 256, 128, 512),
    "stage5": Stage(1, 512, 256, 512),
    "stage6": Stage(1, 512, 256, 512),
    "stage5d": Stage(1, 1024, 256, 512),
    "stage4d": Stage(4, 1024, 128, 256),
    "stage3d": Stage(5, 512, 64, 128),
    "stage2d": Stage(6, 256, 32, 64),
    "stage1d": Stage(7, 128, 16, 64),
}
SMALL = {  # U2Net-p: 16 channels inside a block, 64 between blocks
    "stage1": Stage(7, 3, 16, 64),
    "stage2": Stage(6, 64, 16, 64),
    "stage3": Stage(5, 64, 16, 64),
    "stage4": Stage(4, 64, 16, 64),
    "stage5": Stage(1, 64, 16, 64),
    "stage6": Stage(1, 64, 16, 64),
    "stage5d": Stage(1, 128, 16, 64),
    "stage4d": Stage(4, 128, 16, 64),
    "stage3d": Stage(5, 128, 16, 64),
    "stage2d": Stage(6, 128, 16, 64),
    "stage1d": Stage(7, 128, 16, 64),
}
STAGES = {"u2net": FULL, "u2netp": SMALL, "u2net_cloth": FULL}


class ConvNormRelu(nn.Module):
    """3x3 convolution (with bias, as published), batch norm, ReLU: N,inputs,H,W -> N,outputs,H,W."""

    def __init__(self, inputs: int, outputs: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv_s1 = nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation)
        self.bn_s1 = nn.BatchNorm2d(outputs)
        self.relu_s1 = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.relu_s1(self.bn_s1(self.conv_s1(x)))
        return out


class UBlock(nn.Module):
    """Residual U-block (RSU-L, figure 2): a complete encoder-decoder beside a skip connection."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.depth = stage.depth
        middle = stage.middle
        self.rebnconvin = ConvNormRelu(stage.inputs, stage.outputs)
        self.rebnconv1 = ConvNormRelu(stage.outputs, middle)
        for level in range(2, self.depth):
            self.add_module(f"rebnconv{level}", ConvNormRelu(middle, middle))
        self.add_module(f"rebnconv{self.depth}", ConvNormRelu(middle, middle, dilation=2))
        for level in range(self.depth - 1, 1, -1):
            self.add_module(f"rebnconv{level}d", ConvNormRelu(2 * middle, middle))
        self.rebnconv1d = ConvNormRelu(2 * middle, stage.outputs)
        self.pools = nn.ModuleList(nn.MaxPool2d(2, stride=2, ceil_mode=True) for _ in range(self.depth - 2))
        self.resizes = nn.ModuleList(ResizeLike() for _ in range(self.depth - 2))

    def forward(self, x: Tensor) -> Tensor:
        start: Tensor = self.rebnconvin(x)  # N,outputs,H,W
        skips: list[Tensor] = []  # skips[i]: N,middle,H/2^i,W/2^i, rounded up
        inner = start
        for level in range(1, self.depth):
            inner = getattr(self, f"rebnconv{level}")(inner)
            skips.append(inner)
            if level < self.depth - 1:
                inner = self.pools[level - 1](inner)
        inner = getattr(self, f"rebnconv{self.depth}")(inner)
        for level in range(self.depth - 1, 0, -1):
            inner = getattr(self, f"rebnconv{level}d")(torch.cat((inner, skips[level - 1]), dim=1))
            if level > 1:
                inner = self.resizes[level - 2](inner, skips[level - 2])
        return inner + start


class DilatedUBlock(nn.Module):
    """Residual U-block at one size (RSU-4F): dilation 1, 2, 4, 8 and back in place of pooling."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        middle, outputs = stage.middle, stage.outputs
        self.rebnconvin = ConvNormRelu(stage.inputs, outputs)
        self.rebnconv1 = ConvNormRelu(outputs, middle)
        self.rebnconv2 = ConvNormRelu(middle, middle, dilation=2)
        self.rebnconv3 = ConvNormRelu(middle, middle, dilation=4)
        self.rebnconv4 = ConvNormRelu(middle, middle, dilation=8)
        self.rebnconv3d = ConvNormRelu(2 * middle, middle, dilation=4)
        self.rebnconv2d = ConvNormRelu(2 * middle, middle, dilation=2)
        self.rebnconv1d = ConvNormRelu(2 * middle, outputs)

    def forward(self, x: Tensor) -> Tensor:
        start: Tensor = self.rebnconvin(x)  # N,outputs,H,W; every size below is H,W
        first = self.rebnconv1(start)
        second = self.rebnconv2(first)
        third = self.rebnconv3(second)
        inner = self.rebnconv3d(torch.cat((self.rebnconv4(third), third), dim=1))
        inner = self.rebnconv2d(torch.cat((inner, second), dim=1))
        inner = self.rebnconv1d(torch.cat((inner, first), dim=1))
        return start + inner


def _block(stage: Stage) -> nn.Module:
    return DilatedUBlock(stage) if stage.depth == 1 else UBlock(stage)


class U2Net(nn.Module):
    """Six encoder and five decoder U-blocks; each decoder size and the deepest encoder give one side output.

    forward: N,3,H,W normalised -> in eval mode the fused logits d0 (N,C,H,W); in train mode the tuple d0..d6, logits
    all of that shape, for the deeply supervised loss (section 3.3). H and W from 32 up, odd ones included.
    """

    def __init__(self, stages: dict[str, Stage], num_classes: int) -> None:
        super().__init__()
        for name, stage in stages.items():
            self.add_module(name, _block(stage))
        for level in range(1, 7):
            source = stages["stage6" if level == 6 else f"stage{level}d"]
            self.add_module(f"side{level}", nn.Conv2d(source.outputs, num_classes, 3, padding=1))
        self.outconv = nn.Conv2d(6 * num_classes, num_classes, 1)
        self.pools = nn.ModuleList(nn.MaxPool2d(2, stride=2, ceil_mode=True) for _ in range(5))
        self.resizes = nn.ModuleList(ResizeLike() for _ in range(5))
        self.side_resizes = nn.ModuleList(ResizeLike() for _ in range(5))

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        encoded: list[Tensor] = []  # encoded[i]: N,_,H/2^i,W/2^i, rounded up
        inner = x
        for level in range(1, 7):
            inner = getattr(self, f"stage{level}")(inner)
            encoded.append(inner)
            if level < 6:
                inner = self.pools[level - 1](inner)
        decoded = [inner]  # deepest first
        for level in range(5, 0, -1):
            skip = encoded[level - 1]
            inner = self.resizes[level - 1](inner, skip)
            inner = getattr(self, f"stage{level}d")(torch.cat((inner, skip), dim=1))
            decoded.insert(0, inner)
        sides: list[Tensor] = [getattr(self, f"side{level}")(decoded[level - 1]) for level in range(1, 7)]
        for level in range(2, 7):
            sides[level - 1] = self.side_resizes[level - 2](sides[level - 1], sides[0])
        fused: Tensor = self.outconv(torch.cat(sides, dim=1))  # N,C,H,W
        return (fused, *sides) if self.training else fused


def build(name: str, num_classes: int) -> nn.Module:
    """Return a new network with random weights (PyTorch's default initialisation, as the authors train it)."""
    return U2Net(STAGES[name], num_classes)
