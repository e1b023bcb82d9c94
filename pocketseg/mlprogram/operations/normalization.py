"""Normalisation."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from pocketseg.mlprogram.arguments import Arguments, Operation, axis_of, positive


def _by_channel(values: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return one value per channel (C), shaped so that it applies to x (N,C,...)."""
    if values.shape != (x.shape[1],):
        raise ValueError(f"{list(values.shape)} values for {x.shape[1]} channels")
    return values.reshape([1, -1] + [1] * (x.ndim - 2))


def _affine(a: Arguments, x: torch.Tensor, normal: torch.Tensor) -> torch.Tensor:
    gamma, beta = a.optional("gamma"), a.optional("beta")
    if gamma is not None:
        normal = normal * _by_channel(gamma, x)
    return normal if beta is None else normal + _by_channel(beta, x)


def _batch_norm(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    mean, variance = _by_channel(a.tensor("mean"), x), _by_channel(a.tensor("variance"), x)
    return _affine(a, x, (x - mean) / torch.sqrt(variance + a.number("epsilon", 1e-5)))


def _instance_norm(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    axes = list(range(2, x.ndim))
    return _affine(a, x, _normal(x, axes, a.number("epsilon", 1e-5)))


def _normal(x: torch.Tensor, axes: list[int], epsilon: float) -> torch.Tensor:
    centred = x - x.mean(axes, keepdim=True)
    return centred / torch.sqrt((centred * centred).mean(axes, keepdim=True) + epsilon)


def _layer_norm(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    axes = sorted(axis_of(axis, x.ndim) for axis in a.integers("axes", list(range(x.ndim))))
    result = _normal(x, axes, a.number("epsilon", 1e-5))
    shape = [size if axis in axes else 1 for axis, size in enumerate(x.shape)]
    gamma, beta = a.optional("gamma"), a.optional("beta")
    if gamma is not None:
        result = result * gamma.reshape(shape)
    return result if beta is None else result + beta.reshape(shape)


def _l2_norm(a: Arguments) -> torch.Tensor:
    """Over the last three dimensions."""
    x = a.tensor("x")
    return x / torch.sqrt((x * x).sum((-3, -2, -1), keepdim=True) + a.number("epsilon", 1e-6))


def _local_response_norm(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    (size,) = positive("size", [a.integer("size")], 1)
    if size > 2 * x.shape[1] + 1:
        raise ValueError(f"size {size} of {x.shape[1]} channels")
    return F.local_response_norm(x, size, a.number("alpha", 1e-4), a.number("beta", 0.75), a.number("k", 1.0))


OPERATIONS: dict[str, Operation] = {
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "l2_norm": _l2_norm,
    "layer_norm": _layer_norm,
    "local_response_norm": _local_response_norm,
}
