"""Faster weight gradients of convolutions in channels-last training on processors with AVX2 and no AVX-512.

There oneDNN has a kernel of its own for everything in channels last but the gradient of a convolution's weights, where
it falls back on one that takes several times as long as that for planar images (N,C,H,W). Turning both images round for
this one product costs less than it saves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

_SLOW = "AVX2"


@contextmanager
def faster(network: nn.Module, device: torch.device, precision: str) -> Iterator[int]:
    """Within it the network's spatial convolutions compute weight gradients from planar images; gives how many do.

    None does where nothing is gained: elsewhere than on a CPU of that kind, and in other formats than 32-bit floats.
    Pointwise and grouped convolutions gain nothing either, and those of derived classes have a forward pass of their
    own. Outputs, parameters and their names stay as they are; gradients differ by rounding alone.
    """
    here = device.type == "cpu" and precision == "32-true" and torch.backends.cpu.get_cpu_capability() == _SLOW
    found = [m for m in network.modules() if type(m) is nn.Conv2d and _gains(m)] if here else []
    for module in found:
        module.__class__ = _Planar
    try:
        yield len(found)
    finally:
        for module in found:
            module.__class__ = nn.Conv2d


def _gains(module: nn.Conv2d) -> bool:
    plain = module.padding_mode == "zeros" and not isinstance(module.padding, str)
    return plain and module.groups == 1 and max(module.kernel_size) > 1


class _Planar(nn.Conv2d):
    """A convolution whose weight gradient is computed from planar images."""

    def forward(self, input: Tensor) -> Tensor:
        how = (self.stride, self.padding, self.dilation)
        out: Tensor = _Convolution.apply(input, self.weight, self.bias, *how)  # type: ignore[no-untyped-call]
        return out


class _Convolution(torch.autograd.Function):
    """N,C,H,W and O,C,h,w -> N,O,H',W', any memory format."""

    @staticmethod
    def forward(
        ctx: Any,
        images: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        stride: tuple[int, int],
        padding: tuple[int, int],
        dilation: tuple[int, int],
    ) -> Tensor:
        ctx.save_for_backward(images, weight)
        ctx.biased, ctx.how = bias is not None, (stride, padding, dilation, False, [0, 0], 1)
        out: Tensor = torch.ops.aten.convolution(images, weight, bias, *ctx.how)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        images, weight = ctx.saved_tensors
        (gradient,) = gradients
        of_images, of_weight, of_bias = ctx.needs_input_grad[:3]
        backward, bias_sizes = torch.ops.aten.convolution_backward, [len(weight)] if ctx.biased else None
        found: list[Tensor | None] = [None, None, None]
        if of_images:
            found[0] = backward(gradient, images, weight, bias_sizes, *ctx.how, [True, False, False])[0]
        if of_weight or of_bias:
            planar = (each.contiguous() for each in (gradient, images, weight))
            found[1:] = backward(*planar, bias_sizes, *ctx.how, [False, of_weight, of_bias])[1:]
        return *found, None, None, None
