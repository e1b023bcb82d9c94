"""Convolutions, 1-D to 3-D, and the padding that pooling shares with them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F

from pocketseg.mlprogram.arguments import Arguments, Operation, positive
from pocketseg.mlprogram.values import bounded

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_TRANSPOSE = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}

Pads = list[tuple[int, int]]  # before and after, for each spatial dimension


def pads_of(a: Arguments, sizes: Sequence[int], kernel: Sequence[int], strides: Sequence[int]) -> Pads:
    """Return the padding of x (N,C,*sizes) for windows of `kernel`, dilation included."""
    kind = a.text("pad_type", "valid")
    if kind == "valid":
        return [(0, 0)] * len(sizes)
    if kind == "custom":
        flat = a.integers("pad", [0] * (2 * len(sizes)))
        if len(flat) != 2 * len(sizes) or min(flat) < 0:
            raise ValueError(f"pad {flat[:8]} must be {2 * len(sizes)} of at least 0")
        return list(zip(flat[::2], flat[1::2], strict=True))
    if kind not in ("same", "same_lower"):
        raise ValueError(f"pad_type {kind[:40]!r}")
    pads = []
    for size, window, stride in zip(sizes, kernel, strides, strict=True):
        total = max(0, (math.ceil(size / stride) - 1) * stride + window - size)
        pads.append((total // 2, total - total // 2) if kind == "same" else (total - total // 2, total // 2))
    return pads


def padded(x: torch.Tensor, pads: Pads, value: float = 0.0) -> torch.Tensor:
    """Return x (N,C,...) with its spatial dimensions padded."""
    if not any(before or after for before, after in pads):
        return x
    bounded([*x.shape[:2], *(s + b + e for s, (b, e) in zip(x.shape[2:], pads, strict=True))])
    return F.pad(x, [n for pair in reversed(pads) for n in pair], value=value)


def _windows(a: Arguments, x: torch.Tensor, weight: torch.Tensor) -> tuple[list[int], list[int], int]:
    """Return strides, dilations and groups, checked."""
    rank = x.ndim - 2
    if rank not in _CONV or weight.ndim != x.ndim:
        raise ValueError(f"x of rank {x.ndim} and weight of rank {weight.ndim}")
    strides = positive("strides", a.integers("strides", [1] * rank), rank)
    dilations = positive("dilations", a.integers("dilations", [1] * rank), rank)
    (groups,) = positive("groups", [a.integer("groups", 1)], 1)
    positive("weight", list(weight.shape), weight.ndim)
    return strides, dilations, groups


def _conv(a: Arguments) -> torch.Tensor:
    x, weight = a.tensor("x"), a.tensor("weight")
    strides, dilations, groups = _windows(a, x, weight)
    windows = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilations, strict=True)]
    pads = pads_of(a, x.shape[2:], windows, strides)
    sizes = [
        (size + sum(pad) - window) // stride + 1
        for size, pad, window, stride in zip(x.shape[2:], pads, windows, strides, strict=True)
    ]
    a.expect([x.shape[0], weight.shape[0], *sizes])
    even = all(before == after for before, after in pads)
    return _CONV[x.ndim - 2](
        x if even else padded(x, pads),
        weight,
        a.optional("bias"),
        strides,
        [before for before, _ in pads] if even else 0,
        dilations,
        groups,
    )


def _conv_transpose(a: Arguments) -> torch.Tensor:
    """The whole result is computed, then cropped: by `pad`, or to stride * size for `same`; `output_shape` may extend
    it."""
    x, weight = a.tensor("x"), a.tensor("weight")
    strides, dilations, groups = _windows(a, x, weight)
    windows = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilations, strict=True)]
    full = [(n - 1) * s + w for n, s, w in zip(x.shape[2:], strides, windows, strict=True)]
    channels = weight.shape[1] * groups
    kind = a.text("pad_type", "valid")
    sizes = [n * s for n, s in zip(x.shape[2:], strides, strict=True)]
    if kind in ("same", "same_lower"):
        excess = [max(0, f - n) for f, n in zip(full, sizes, strict=True)]
        pads = [(e // 2, e - e // 2) if kind == "same" else (e - e // 2, e // 2) for e in excess]
    else:
        pads = pads_of(a, x.shape[2:], windows, strides)
        sizes = [f - before - after for f, (before, after) in zip(full, pads, strict=True)]
    if "output_shape" in a:
        wanted = a.integers("output_shape")
        if len(wanted) not in (x.ndim, x.ndim - 2):
            raise ValueError(f"output_shape {wanted[:8]}")
        sizes = wanted[-(x.ndim - 2) :]
    a.expect([x.shape[0], channels, *sizes])
    bounded([x.shape[0], channels, *full])
    result = _TRANSPOSE[x.ndim - 2](x, weight, None, strides, 0, 0, groups, dilations)
    bias = a.optional("bias")
    missing = [(0, max(0, before + n - f)) for f, n, (before, _) in zip(full, sizes, pads, strict=True)]
    result = padded(result, missing)
    cut = [slice(before, before + n) for n, (before, _) in zip(sizes, pads, strict=True)]
    result = result[(slice(None), slice(None), *cut)]
    return result if bias is None else result + bias.reshape([1, -1] + [1] * (x.ndim - 2))


OPERATIONS: dict[str, Operation] = {"conv": _conv, "conv_transpose": _conv_transpose}
