"""Quantised activations: conversion between floats and 8-bit steps, iOS 17."""

from __future__ import annotations

import torch

from pocketseg.mlprogram.arguments import Arguments, Operation, axis_of

_LIMITS = {"int8": (-128, 127), "uint8": (0, 255)}


def _along(a: Arguments, name: str, x: torch.Tensor) -> torch.Tensor:
    """Return a scalar unchanged, a vector shaped along `axis` of x; 0 where there is none."""
    values = a.optional(name)
    if values is None:
        return torch.zeros(())
    values = values.to(torch.float32)
    if values.ndim == 0:
        return values
    axis = axis_of(a.integer("axis", 0), x.ndim)
    if values.shape != (x.shape[axis],):
        raise ValueError(f"{list(values.shape)} values of {name} for axis {axis} of {list(x.shape)}")
    return values.reshape([-1 if d == axis else 1 for d in range(x.ndim)])


def _quantize(a: Arguments) -> torch.Tensor:
    x = a.tensor("input")
    name = a.text("output_dtype")
    if name not in _LIMITS or "scale" not in a:
        raise ValueError(f"quantize to {name[:40]!r}")
    steps = torch.round(x / _along(a, "scale", x)) + _along(a, "zero_point", x)
    return torch.nan_to_num(steps).clamp(*_LIMITS[name]).to(torch.int32)


def _dequantize(a: Arguments) -> torch.Tensor:
    x = a.tensor("input")
    if "scale" not in a or x.dtype.is_floating_point:
        raise ValueError("dequantize needs integers and their scale")
    return (x.to(torch.float32) - _along(a, "zero_point", x)) * _along(a, "scale", x)


OPERATIONS: dict[str, Operation] = {"dequantize": _dequantize, "quantize": _quantize}
