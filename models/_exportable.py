"""The same network at one input size, free of what converters cannot handle: sizes read at run time, ceil mode,
dropout.

The numbers stay the same. What to replace is found by a dry run on the meta device (shapes only, no arithmetic): the
blocks of _shapes.py, and ceil-mode pooling wherever no pooled size is odd. No network is known here by name.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from models._more_inputs import input_channels
from models._shapes import ReadsShapes
from pocketseg.core.errors import ExportError

ShapesMet = dict[str, tuple[torch.Size, ...]]

SMALLEST_PX = 32
EVEN_PX = 64  # at multiples of it, every pooling in both families has even sizes


def exportable(module: nn.Module, height_px: int, width_px: int) -> nn.Module:
    """Return a deep copy in eval mode that computes the same at N,C,height_px,width_px, any batch; module is unchanged.

    C is 3, more for a network that takes signals beside the photo.

    Raises ExportError where the network does not run at that size.
    """
    for label, size_px in (("height", height_px), ("width", width_px)):
        if size_px < SMALLEST_PX:
            message = f"a {label} of {size_px} px is too small: the network halves it five times"
            raise ExportError(message, hint=f"use at least {SMALLEST_PX} px; {_advice(height_px, width_px)}")
    fixed = copy.deepcopy(module).eval()
    for name, shapes in _shapes_met(fixed, height_px, width_px).items():
        block = fixed.get_submodule(name)
        replacement = block.fixed(shapes) if isinstance(block, ReadsShapes) else _floor_pool(block, shapes[0])
        fixed.set_submodule(name, replacement.eval())
    for name, block in list(fixed.named_modules()):
        if isinstance(block, _DropoutNd):  # does nothing in eval mode, but would be traced
            fixed.set_submodule(name, nn.Identity())
    return fixed


def _shapes_met(module: nn.Module, height_px: int, width_px: int) -> ShapesMet:
    """Return the input shapes that each replaceable block sees in one pass over a 1,C,H,W input."""
    met: ShapesMet = {}
    dry = copy.deepcopy(module).to("meta")
    for name, block in dry.named_modules():
        if isinstance(block, ReadsShapes) or _pools_with_ceil(block):
            block.register_forward_pre_hook(_recorder(met, name))
    try:
        with torch.no_grad():
            dry(torch.empty(1, input_channels(dry), height_px, width_px, device="meta"))
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        message = f"the network does not run at {height_px}x{width_px}: {reason}"
        raise ExportError(message, hint=_advice(height_px, width_px)) from error
    return met


def _recorder(met: ShapesMet, name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
    def record(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        shapes = tuple(x.shape for x in inputs)
        if met.setdefault(name, shapes) != shapes:
            message = f"block {name} is used at two sizes, {met[name]} and {shapes}"
            raise ExportError(message, hint="give each place in the network its own block")

    return record


def _pools_with_ceil(block: nn.Module) -> bool:
    return isinstance(block, nn.MaxPool2d) and bool(block.ceil_mode)


def _floor_pool(block: nn.Module, shape: torch.Size) -> nn.Module:
    """Return a ceil-mode pool with ceil mode off, or unchanged where it pads: at an odd size."""
    assert isinstance(block, nn.MaxPool2d)
    kernel = block.kernel_size
    halves = kernel == block.stride and block.padding == 0 and block.dilation == 1 and isinstance(kernel, int)
    if not halves or not isinstance(kernel, int) or shape[-2] % kernel or shape[-1] % kernel:
        return block
    return nn.MaxPool2d(kernel, stride=kernel)


def _advice(height_px: int, width_px: int) -> str:
    height, width = (max(EVEN_PX, round(size_px / EVEN_PX) * EVEN_PX) for size_px in (height_px, width_px))
    return f"multiples of {EVEN_PX} work best, e.g. {height}x{width}"
