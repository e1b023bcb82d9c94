"""The parts of TopFormer: convolution with norm, inverted residual, attention, MLP, and a transformer layer.

Sources as in models/topformer.py.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from models._shapes import JoinHeads, SplitHeads

KEY_CHANNELS, VALUE_CHANNELS, MLP_RATIO = 16, 32, 2  # per head, per head, of the tokens


def conv_bn(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1, name: str = "c") -> nn.Module:
    """Return a convolution without bias and its batch norm; `name` is what the published files call the convolution."""
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(OrderedDict([(name, conv), ("bn", nn.BatchNorm2d(outputs))]))


class InvertedResidual(nn.Module):
    """MobileNetV2's block with ReLU: widen, depthwise, narrow; added to its input where the shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, expansion: int, stride: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        widen = [] if expansion == 1 else [conv_bn(inputs, hidden), nn.ReLU()]
        depthwise = [conv_bn(hidden, hidden, kernel, stride, groups=hidden), nn.ReLU()]
        self.conv = nn.Sequential(*widen, *depthwise, conv_bn(hidden, outputs))
        self.adds_input = stride == 1 and inputs == outputs
        # pruning removes it as a whole, because it has no channels of its own
        self.may_go = self.adds_input and expansion == 1

    @property
    def hidden(self) -> int:
        """Return how many channels there are between the convolutions: 0 where pruning removed them."""
        return int(self.conv[-1].get_parameter("c.weight").shape[1])

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x)
        return x + out if self.adds_input else out


class Attention(nn.Module):
    """Multi-head self-attention over pixels with pointwise convolutions; scores are not scaled, as published."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.to_q = conv_bn(channels, heads * KEY_CHANNELS)
        self.to_k = conv_bn(channels, heads * KEY_CHANNELS)
        self.to_v = conv_bn(channels, heads * VALUE_CHANNELS)
        self.proj = nn.Sequential(nn.ReLU6(), conv_bn(heads * VALUE_CHANNELS, channels))
        nn.init.zeros_(self.proj.get_parameter("1.bn.weight"))  # as published: the branch starts as zero
        self.split_q, self.split_k, self.split_v = SplitHeads(heads), SplitHeads(heads), SplitHeads(heads)
        self.join = JoinHeads()

    def forward(self, x: Tensor) -> Tensor:
        query = self.split_q(self.to_q(x)).transpose(2, 3)  # N,heads,T,16 with T = H*W tokens
        key = self.split_k(self.to_k(x))  # N,heads,16,T
        value = self.split_v(self.to_v(x)).transpose(2, 3)  # N,heads,T,32
        weights = torch.matmul(query, key).softmax(dim=-1)  # N,heads,T,T
        mixed = torch.matmul(weights, value).transpose(2, 3)  # N,heads,32,T
        out: Tensor = self.proj(self.join(mixed, x))
        return out


class Mlp(nn.Module):
    """Widen, 3x3 depthwise (with bias), ReLU6, narrow."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = channels * MLP_RATIO
        self.fc1 = conv_bn(channels, hidden)
        self.dwconv = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.act = nn.ReLU6()
        self.fc2 = conv_bn(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fc2(self.act(self.dwconv(self.fc1(x))))
        return out


class DropPath(nn.Module):
    """Skip a residual branch for whole images while training (Huang et al., arXiv:1603.09382)."""

    def __init__(self, ratio: float) -> None:
        super().__init__()
        self.ratio = ratio

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.ratio == 0:
            return x
        keep = 1 - self.ratio
        kept = torch.rand((x.shape[0], 1, 1, 1), device=x.device) < keep
        return x * kept.to(x.dtype) / keep


class Block(nn.Module):
    """One transformer layer: attention and MLP, each a residual branch."""

    def __init__(self, channels: int, heads: int, drop_path: float) -> None:
        super().__init__()
        self.attn: Attention | None = Attention(channels, heads)  # None where pruning left no head
        self.drop_path = DropPath(drop_path)
        self.mlp = Mlp(channels)

    def forward(self, x: Tensor) -> Tensor:
        if self.attn is not None:
            x = x + self.drop_path(self.attn(x))
        x = x + self.drop_path(self.mlp(x))
        return x
