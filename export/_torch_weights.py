"""Smaller weights in a torch network: convolutions store float16 or 8-bit integers and convert them to floats at run
time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import fx


class _Stored(nn.Module):
    """A convolution whose weight O,I,H,W is stored as float16, or as int8 with one scale per output channel."""

    weight: torch.Tensor
    scale: torch.Tensor | None
    bias: torch.Tensor | None

    def __init__(self, layer: nn.Conv2d, precision: str) -> None:
        super().__init__()
        self.arguments: tuple[Any, ...] = (layer.stride, layer.padding, layer.dilation, layer.groups)
        weight = layer.weight.detach()
        if precision == "fp16":
            self.register_buffer("weight", weight.half())
            self.register_buffer("scale", None)
        else:
            largest = weight.abs().amax((1, 2, 3), keepdim=True)
            scale = torch.where(largest > 0, largest / 127, torch.ones_like(largest))
            self.register_buffer("weight", torch.round(weight / scale).to(torch.int8))
            self.register_buffer("scale", scale)
        self.register_buffer("bias", None if layer.bias is None else layer.bias.detach())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = self.weight.float()
        if self.scale is not None:
            weight = weight * self.scale
        given: torch.Tensor = torch.conv2d(x, weight, self.bias, *self.arguments)
        return given


def small_weights(network: fx.GraphModule, precision: str) -> nn.Module:
    """Return a copy with normalisation folded into the convolutions and their weights stored as fp16 or w8."""
    from torch.fx.experimental.optimization import fuse

    folded: nn.Module = fuse(network)
    for name, layer in list(folded.named_modules()):
        if type(layer) is nn.Conv2d:
            folded.set_submodule(name, _Stored(layer, precision))
    return folded.eval()
