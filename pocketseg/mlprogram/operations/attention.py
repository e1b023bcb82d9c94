"""Matrix products and attention."""

from __future__ import annotations

import math

import numpy as np
import torch

from pocketseg.mlprogram.arguments import Arguments, Operation


def _matmul(a: Arguments) -> torch.Tensor:
    x, y = a.tensor("x"), a.tensor("y")
    if a.flag("transpose_x", False) and x.ndim > 1:
        x = x.transpose(-1, -2)
    if a.flag("transpose_y", False) and y.ndim > 1:
        y = y.transpose(-1, -2)
    if x.ndim > 1 and y.ndim > 1:
        a.expect([*np.broadcast_shapes(x.shape[:-2], y.shape[:-2]), x.shape[-2], y.shape[-1]])
    return torch.matmul(x, y)


def _linear(a: Arguments) -> torch.Tensor:
    x, weight, bias = a.tensor("x"), a.tensor("weight"), a.optional("bias")
    a.expect([*x.shape[:-1], weight.shape[0]])
    result = torch.matmul(x, weight.T)
    return result if bias is None else result + bias


def _einsum(a: Arguments) -> torch.Tensor:
    values, equation = a.tensors("values"), a.text("equation")
    if len(values) != 2 or len(equation) > 40:
        raise ValueError(f"einsum {equation[:40]!r} of {len(values)} tensors")
    left, _, right = equation.replace(" ", "").partition("->")
    sizes: dict[str, int] = {}
    for letters, value in zip(left.split(","), values, strict=True):
        for letter, size in zip(letters, value.shape, strict=True):
            sizes[letter] = max(size, sizes.get(letter, 1))
    a.expect([sizes[letter] for letter in right])
    return torch.einsum(equation, *values)


def _scaled_dot_product_attention(a: Arguments) -> torch.Tensor:
    query, key, value = a.tensor("query"), a.tensor("key"), a.tensor("value")
    batch = np.broadcast_shapes(query.shape[:-2], key.shape[:-2], value.shape[:-2])
    a.expect([*batch, query.shape[-2], value.shape[-1]])
    if not query.shape[-1]:
        raise ValueError("queries of no values")
    scores = torch.matmul(query, key.transpose(-1, -2)) / math.sqrt(query.shape[-1])
    mask = a.optional("attn_mask")
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
    return torch.matmul(torch.softmax(scores, -1), value)


OPERATIONS: dict[str, Operation] = {
    "einsum": _einsum,
    "linear": _linear,
    "matmul": _matmul,
    "scaled_dot_product_attention": _scaled_dot_product_attention,
}
