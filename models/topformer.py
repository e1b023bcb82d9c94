"""TopFormer Tiny, Small and Base: a token pyramid of convolutions, one small transformer at 1/64, and its injection.

Source: Zhang et al., "TopFormer: Token Pyramid Transformer for Mobile Semantic Segmentation", CVPR 2022,
arXiv:2204.05525, section 3 and table 6. Written for PocketSeg; parameter names are those of the published checkpoints,
so that these load unchanged.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from models._shapes import PoolTogether, ResizeLike
from models._topformer import KEY_CHANNELS, Block, InvertedResidual, conv_bn
from models._weights import fill
from pocketseg.core.classes import CLASSES
from pocketseg.core.types import ModelSpec

# Literals: models/__init__.py reads them without importing torch.
NAMES = ("topformer_tiny", "topformer_small", "topformer_base")
CLASSIFIER = "decode_head.conv_seg"
PARTS = ("topformer_tiny_backbone", "topformer_small_backbone", "topformer_base_backbone")


def _spec(name: str, head: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        height_px=512,
        width_px=512,
        mean_rgb=(0.485, 0.456, 0.406),
        std_rgb=(0.229, 0.224, 0.225),
        classes=CLASSES,
        head=head,
    )


SPECS: dict[str, ModelSpec] = {
    **{name: _spec(name, "logits") for name in NAMES},
    **{name: _spec(name, "features") for name in PARTS},
}


@dataclass(frozen=True, slots=True)
class Size:
    """One column of the paper's table.

    Attributes:
        rows: (kernel, expansion, channels, stride) of each inverted residual.
        taps: the rows whose results are the tokens at 1/4, 1/8, 1/16 and 1/32.
        heads: of the attention.
        width: channels of the injected features.
        fuse_groups: of the head's first convolution.
    """

    rows: tuple[tuple[int, int, int, int], ...]
    taps: tuple[int, int, int, int]
    heads: int
    width: int
    fuse_groups: int


def _rows(quarter: int, eighth: int, sixteenth: int, last: int) -> tuple[tuple[int, int, int, int], ...]:
    """Return the nine rows that all three sizes share, with the channels at 1/4, 1/8, 1/16 and 1/32."""
    return (
        (3, 1, 16, 1),
        (3, 4, quarter, 2),
        (3, 3, quarter, 1),
        (5, 3, eighth, 2),
        (5, 3, eighth, 1),
        (3, 3, sixteenth, 2),
        (3, 3, sixteenth, 1),
        (5, 6, last, 2),
        (5, 6, last, 1),
    )


SIZES = {
    "topformer_tiny": Size(_rows(16, 32, 64, 96), (2, 4, 6, 8), heads=4, width=128, fuse_groups=128),
    "topformer_small": Size((*_rows(24, 48, 96, 128), (3, 6, 128, 1)), (2, 4, 6, 9), heads=6, width=192, fuse_groups=1),
    "topformer_base": Size((*_rows(32, 64, 128, 160), (3, 6, 160, 1)), (2, 4, 6, 9), heads=8, width=256, fuse_groups=1),
}
BLOCKS = 4
DROP_PATH, HEAD_DROPOUT = 0.1, 0.1  # the ADE20K recipe


class TokenPyramid(nn.Module):
    """Section 3.1: N,3,H,W -> features at 1/4, 1/8, 1/16 and 1/32 (sizes rounded up)."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.taps = size.taps
        self.stem = nn.Sequential(conv_bn(3, 16, 3, stride=2), nn.ReLU())
        self.rows = len(size.rows)
        inputs = 16
        for number, (kernel, expansion, outputs, stride) in enumerate(size.rows, 1):
            self.add_module(f"layer{number}", InvertedResidual(inputs, outputs, kernel, expansion, stride))
            inputs = outputs

    def forward(self, x: Tensor) -> list[Tensor]:
        x = self.stem(x)  # N,16,H/2,W/2
        features: list[Tensor] = []
        for row in range(self.rows):
            x = getattr(self, f"layer{row + 1}")(x)
            if row in self.taps:
                features.append(x)
        return features


class Transformer(nn.Module):
    """Section 3.2: blocks over the pooled tokens, N,sum of channels,H/64,W/64; drop path grows with depth."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        ratios = [DROP_PATH * index / (BLOCKS - 1) for index in range(BLOCKS)]
        self.transformer_blocks = nn.ModuleList(Block(channels, heads, ratio) for ratio in ratios)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.transformer_blocks:
            x = block(x)
        return x


class Injection(nn.Module):
    """Section 3.3: local features gated by the global ones' hard sigmoid, plus the global ones."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.local_embedding = conv_bn(channels, width, name="conv")
        self.global_embedding = conv_bn(channels, width, name="conv")
        self.global_act = conv_bn(channels, width, name="conv")
        self.resize_gate, self.resize_global = ResizeLike(), ResizeLike()

    def forward(self, local: Tensor, token: Tensor) -> Tensor:
        inner = self.local_embedding(local)  # N,width,H,W
        gate = F.relu6(self.global_act(token) + 3.0) / 6.0  # before the resize: the order changes the numbers
        injected: Tensor = inner * self.resize_gate(gate, inner)
        return injected + self.resize_global(self.global_embedding(token), inner)


class Backbone(nn.Module):
    """N,3,H,W -> three features of `width` channels at 1/8, 1/16 and 1/32."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.channels = [size.rows[tap][2] for tap in size.taps]
        self.tpm = TokenPyramid(size)
        self.ppa = PoolTogether(stride=2)
        self.trans = Transformer(sum(self.channels), size.heads)
        injections = [Injection(channels, size.width) for channels in self.channels[1:]]
        self.SIM = nn.ModuleList([nn.Identity(), *injections])  # published index 0, the 1/4 feature, has no injection

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        features = self.tpm(x)
        tokens = self.trans(self.ppa(*features)).split(self.channels, dim=1)
        pairs = zip(list(self.SIM)[1:], features[1:], tokens[1:], strict=True)
        return tuple(injection(local, token) for injection, local, token in pairs)


class Head(nn.Module):
    """Sum the three features at 1/8, fuse, classify: N,C,H/8,W/8 logits."""

    def __init__(self, size: Size, num_classes: int) -> None:
        super().__init__()
        self.conv_seg = nn.Conv2d(size.width, num_classes, 1)
        self.linear_fuse = conv_bn(size.width, size.width, groups=size.fuse_groups, name="conv")
        self.dropout = nn.Dropout2d(HEAD_DROPOUT)
        self.resizes = nn.ModuleList((ResizeLike(), ResizeLike()))

    def forward(self, features: tuple[Tensor, ...]) -> Tensor:
        total = features[0]
        for resize, feature in zip(self.resizes, features[1:], strict=True):
            total = total + resize(feature, total)
        out: Tensor = self.conv_seg(self.dropout(F.relu(self.linear_fuse(total))))
        return out


class TopFormer(nn.Module):
    """N,3,H,W normalised -> logits N,C,H,W, resized bilinearly from 1/8; the same in train and eval mode."""

    def __init__(self, size: Size, num_classes: int) -> None:
        super().__init__()
        self.backbone = Backbone(size)
        self.decode_head = Head(size, num_classes)
        self.resize = ResizeLike()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.resize(self.decode_head(self.backbone(x)), x)
        return out


def settle(network: nn.Module) -> None:
    """Adapt the numbers of heads to the weights' shapes, in place.

    Attention without heads is removed, and so is a row that adds nothing to its input.
    """
    for name, block in list(network.named_modules()):
        if isinstance(block, InvertedResidual) and block.may_go and block.hidden == 0:
            network.set_submodule(name, nn.Identity())
        elif isinstance(block, Block) and block.attn is not None:
            heads = block.attn.to_k.get_parameter("c.weight").shape[0] // KEY_CHANNELS
            for split in (block.attn.split_q, block.attn.split_k, block.attn.split_v):
                split.heads = heads
            if heads == 0:
                block.attn = None


def without(network: nn.Module, entries: Collection[str]) -> None:
    """Remove, in place, the attention blocks and the row for which a pruned network's file has no weights."""
    for name, block in list(network.named_modules()):
        if isinstance(block, Block) and not _names(entries, f"{name}.attn."):
            block.attn = None
        elif isinstance(block, InvertedResidual) and block.may_go and not _names(entries, f"{name}."):
            network.set_submodule(name, nn.Identity())


def _names(entries: Collection[str], prefix: str) -> bool:
    return any(entry.startswith(prefix) for entry in entries)


def build(name: str, num_classes: int) -> nn.Module:
    """Return a new network, or for `..._backbone` only its backbone (num_classes is then not used)."""
    size = SIZES[name.removesuffix("_backbone")]
    network = Backbone(size) if name in PARTS else TopFormer(size, num_classes)
    fill(network)  # as published
    return network


def explain(entries: frozenset[str]) -> str:
    """Recognise the ImageNet backbones published beside the networks: token pyramid and transformer, no injection."""
    roots = {entry.removeprefix("backbone.").split(".")[0] for entry in entries}
    if {"tpm", "trans"} <= roots and "SIM" not in roots:
        return "a TopFormer classification backbone without a segmentation head (tpm.*, trans.* but no SIM.*)"
    return ""
