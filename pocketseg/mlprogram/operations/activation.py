"""Activations."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F

from pocketseg.mlprogram.arguments import Arguments, Operation, axis_of


def _plain(function: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Arguments], torch.Tensor]:
    """Return an operation from a function of x alone."""
    return lambda a: function(a.tensor("x"))


def _gelu(a: Arguments) -> torch.Tensor:
    x, mode = a.tensor("x"), a.text("mode", "EXACT")
    if mode == "EXACT":
        return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))
    if mode == "TANH_APPROXIMATION":
        return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    if mode == "SIGMOID_APPROXIMATION":
        return x * torch.sigmoid(1.702 * x)
    raise ValueError(f"mode {mode[:40]!r}")


def _by_channel(a: Arguments, name: str) -> torch.Tensor:
    """Return one value per channel (C), shaped so that it applies to x (N,C,...)."""
    x, values = a.tensor("x"), a.tensor(name)
    if values.numel() not in (1, x.shape[1]):
        raise ValueError(f"{values.numel()} values of {name} for {x.shape[1]} channels")
    return values.reshape([1, -1] + [1] * (x.ndim - 2))


def _prelu(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    return torch.where(x > 0, x, _by_channel(a, "alpha") * x)


def _clamped_relu(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    return torch.clamp(torch.where(x >= 0, x, a.number("alpha") * x), max=a.number("beta"))


def _leaky_relu(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    return torch.where(x >= 0, x, a.number("alpha") * x)


def _elu(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    return torch.where(x > 0, x, a.number("alpha") * torch.expm1(x))


def _thresholded_relu(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    return torch.where(x >= a.number("alpha"), x, torch.zeros_like(x))


def _softmax(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    return torch.softmax(x, axis_of(a.integer("axis", -1), x.ndim))


OPERATIONS: dict[str, Operation] = {
    "clamped_relu": _clamped_relu,
    "elu": _elu,
    "gelu": _gelu,
    "leaky_relu": _leaky_relu,
    "linear_activation": lambda a: a.number("alpha") * a.tensor("x") + a.number("beta", 0.0),
    "prelu": _prelu,
    "relu": _plain(torch.relu),
    "relu6": _plain(lambda x: x.clamp(0, 6)),
    "scaled_tanh": lambda a: a.number("alpha") * torch.tanh(a.number("beta") * a.tensor("x")),
    "sigmoid": _plain(torch.sigmoid),
    "sigmoid_hard": lambda a: (a.number("alpha", 0.2) * a.tensor("x") + a.number("beta", 0.5)).clamp(0, 1),
    "silu": _plain(F.silu),
    "softmax": _softmax,
    "softplus": _plain(F.softplus),
    "softplus_parametric": lambda a: _by_channel(a, "alpha") * F.softplus(_by_channel(a, "beta") * a.tensor("x")),
    "softsign": _plain(lambda x: x / (1 + x.abs())),
    "thresholded_relu": _thresholded_relu,
}
