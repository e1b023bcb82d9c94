"""Pooling, 1-D to 3-D."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from pocketseg.mlprogram.arguments import Arguments, Operation, positive
from pocketseg.mlprogram.operations.convolution import Pads, padded, pads_of

_MAX = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
_AVERAGE = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}


def _windows(a: Arguments, x: torch.Tensor) -> tuple[list[int], list[int], Pads, Pads]:
    """Return kernel, strides, the padding, and what ceil mode adds at the end so that the last window is complete."""
    rank = x.ndim - 2
    if rank not in _MAX:
        raise ValueError(f"x of rank {x.ndim}")
    kernel = positive("kernel_sizes", a.integers("kernel_sizes"), rank)
    strides = positive("strides", a.integers("strides", [1] * rank), rank)
    pads = pads_of(a, x.shape[2:], kernel, strides)
    extra, sizes = [], []
    for size, pad, window, stride in zip(x.shape[2:], pads, kernel, strides, strict=True):
        room = size + sum(pad) - window
        count = room // stride + 1
        if a.flag("ceil_mode", False):
            count = math.ceil(room / stride) + 1
            if (count - 1) * stride >= size + pad[0] and sum(pad) > 0:
                count -= 1  # that window would lie entirely in the padding
        sizes.append(count)
        extra.append((0, max(0, (count - 1) * stride - room)))
    a.expect([*x.shape[:2], *sizes])
    return kernel, strides, pads, extra


def _max_pool(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    kernel, strides, pads, extra = _windows(a, x)
    whole = [(before, after + more) for (before, after), (_, more) in zip(pads, extra, strict=True)]
    return _MAX[x.ndim - 2](padded(x, whole, -math.inf), kernel, strides)


def _average(a: Arguments, x: torch.Tensor) -> torch.Tensor:
    """Average over what counts: the padding too unless it is excluded, never what ceil mode adds."""
    kernel, strides, pads, extra = _windows(a, x)
    pool = _AVERAGE[x.ndim - 2]
    if not any(sum(p) for p in [*pads, *extra]):
        return pool(x, kernel, strides)
    ones = torch.ones((1, 1, *x.shape[2:]))
    excluded = a.flag("exclude_padding_from_average", False)
    counted = padded(padded(ones, pads, 0.0 if excluded else 1.0), extra)
    return pool(padded(padded(x, pads), extra), kernel, strides) / pool(counted, kernel, strides)


def _l2_pool(a: Arguments) -> torch.Tensor:
    """The root of the sum of squares."""
    x = a.tensor("x")
    kernel, strides, pads, extra = _windows(a, x)
    squares = padded(padded(x * x, pads), extra)
    return torch.sqrt(_AVERAGE[x.ndim - 2](squares, kernel, strides) * math.prod(kernel))


OPERATIONS: dict[str, Operation] = {
    "avg_pool": lambda a: _average(a, a.tensor("x")),
    "l2_pool": _l2_pool,
    "max_pool": _max_pool,
}
