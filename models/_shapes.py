"""Blocks whose result depends on a tensor's size; each can return itself with that size frozen in.

A network's module puts every size it reads at run time into one of these (or into a block of its own with a `fixed`
method): `_exportable.py` then swaps them for constant-size ones without knowing the network. None has weights, so none
appears in a state dict. Use one instance for each place it is called from.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Size = tuple[int, int]


@runtime_checkable
class ReadsShapes(Protocol):
    """A block that can freeze the sizes it reads: `fixed` takes the shapes of its tensor inputs, in order."""

    def fixed(self, shapes: tuple[torch.Size, ...]) -> nn.Module:
        """Return a module with the same result for inputs of exactly these sizes (any batch)."""
        ...


def _hw(shape: torch.Size) -> Size:
    return int(shape[-2]), int(shape[-1])


class ResizeLike(nn.Module):
    """Resize x (N,C,h,w) bilinearly to the height and width of another tensor; half-pixel centres."""

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        return F.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)

    def fixed(self, shapes: tuple[torch.Size, ...]) -> nn.Module:
        source, like = shapes
        return KeepFirst() if _hw(source) == _hw(like) else ResizeTo(_hw(like))


class ResizeTo(nn.Module):
    """ResizeLike with its size frozen; the second input is ignored."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        return F.interpolate(x, size=self.size, mode="bilinear", align_corners=False)


class KeepFirst(nn.Module):
    """ResizeLike where both sizes are equal: half-pixel bilinear is then exactly the identity."""

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        return x


class PoolTogether(nn.Module):
    """Average-pool features of several sizes to 1/stride of the last one's (rounded up) and join their channels."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.stride = stride

    def forward(self, *features: Tensor) -> Tensor:
        height, width = _hw(features[-1].shape)
        size = (-(-height // self.stride), -(-width // self.stride))
        return torch.cat([F.adaptive_avg_pool2d(x, size) for x in features], dim=1)

    def fixed(self, shapes: tuple[torch.Size, ...]) -> nn.Module:
        height, width = _hw(shapes[-1])
        size = (-(-height // self.stride), -(-width // self.stride))
        return PoolTogetherTo(size, [_hw(shape) for shape in shapes])


class PoolTogetherTo(nn.Module):
    """PoolTogether with its sizes frozen; plain average pooling wherever the bins are even."""

    def __init__(self, size: Size, sources: list[Size]) -> None:
        super().__init__()
        self.pools = nn.ModuleList(_pool(size, source) for source in sources)

    def forward(self, *features: Tensor) -> Tensor:
        return torch.cat([pool(x) for pool, x in zip(self.pools, features, strict=True)], dim=1)


def _pool(size: Size, source: Size) -> nn.Module:
    if source == size:
        return nn.Identity()
    if source[0] % size[0] == 0 and source[1] % size[1] == 0:
        kernel = (source[0] // size[0], source[1] // size[1])
        return nn.AvgPool2d(kernel, stride=kernel)
    return nn.AdaptiveAvgPool2d(size)


class SplitHeads(nn.Module):
    """Pixels to tokens of several heads: N,heads*D,H,W -> N,heads,D,H*W."""

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        n, channels, height, width = x.shape
        return x.reshape(n, self.heads, channels // self.heads, height * width)

    def fixed(self, shapes: tuple[torch.Size, ...]) -> nn.Module:
        _, channels, height, width = shapes[0]
        return ReshapeTo((self.heads, int(channels) // self.heads, int(height) * int(width)))


class JoinHeads(nn.Module):
    """Tokens of several heads to the pixels of another tensor: N,heads,D,H*W -> N,heads*D,H,W."""

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        return x.reshape(x.shape[0], x.shape[1] * x.shape[2], like.shape[2], like.shape[3])

    def fixed(self, shapes: tuple[torch.Size, ...]) -> nn.Module:
        tokens, like = shapes
        return ReshapeTo((int(tokens[1]) * int(tokens[2]), *_hw(like)))


class ReshapeTo(nn.Module):
    """Reshape to N,*shape with constant numbers; further inputs are ignored."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor, *_: Tensor) -> Tensor:
        return x.reshape(-1, *self.shape)
