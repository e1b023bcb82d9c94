"""Elementwise arithmetic, comparisons, logic and casts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from pocketseg.mlprogram.arguments import Arguments, Operation
from pocketseg.mlprogram.blob import ELEMENTS

_FLOATS = ("fp16", "fp32")


def _unary(function: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[Arguments], torch.Tensor]:
    return lambda a: function(a.tensor("x"))


def _binary(function: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Callable[[Arguments], torch.Tensor]:
    """Return an operation from a function of x and y, which broadcast."""

    def run(a: Arguments) -> torch.Tensor:
        x, y = a.tensor("x"), a.tensor("y")
        a.expect(x.shape if x.shape == y.shape else np.broadcast_shapes(x.shape, y.shape))
        return function(x, y)

    return run


def _logical(function: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Callable[[Arguments], torch.Tensor]:
    return _binary(lambda x, y: function(x.to(torch.bool), y.to(torch.bool)))


def _real_div(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    if x.dtype.is_floating_point or y.dtype.is_floating_point:
        return x / y
    return torch.div(x, y, rounding_mode="floor")


def _cast(a: Arguments) -> torch.Tensor:
    """Convert; floats lose their fraction, and integers are clipped to their type."""
    x, name = a.tensor("x"), a.text("dtype")
    if name in _FLOATS:
        return x.to(torch.float32)
    if name == "bool":
        return x != 0
    element = ELEMENTS.get(name)
    if element is None or not element.integer or element.bits not in (8, 16, 32):
        raise ValueError(f"a cast to {name[:40]!r}")
    limits = torch.iinfo(getattr(torch, name))
    whole = torch.nan_to_num(x.to(torch.float64).trunc() if x.dtype.is_floating_point else x.to(torch.int64))
    return whole.clamp(limits.min, limits.max).to(torch.int64)


def _log(a: Arguments) -> torch.Tensor:
    return torch.log(a.tensor("x") + a.number("epsilon", 1e-45))


def _clip(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    return x.clamp(a.number("alpha"), a.number("beta"))


def _select(a: Arguments) -> torch.Tensor:
    condition, x, y = a.tensor("cond").to(torch.bool), a.tensor("a"), a.tensor("b")
    a.expect(np.broadcast_shapes(condition.shape, x.shape, y.shape))
    return torch.where(condition, x, y)


OPERATIONS: dict[str, Operation] = {
    "abs": _unary(torch.abs),
    "acos": _unary(torch.acos),
    "add": _binary(torch.add),
    "asin": _unary(torch.asin),
    "atan": _unary(torch.atan),
    "atanh": _unary(torch.atanh),
    "cast": _cast,
    "ceil": _unary(torch.ceil),
    "clip": _clip,
    "cos": _unary(torch.cos),
    "cosh": _unary(torch.cosh),
    "equal": _binary(torch.eq),
    "erf": _unary(torch.erf),
    "exp": _unary(torch.exp),
    "exp2": _unary(lambda x: torch.exp2(x).to(x.dtype)),
    "floor": _unary(torch.floor),
    "floor_div": _binary(lambda x, y: torch.div(x, y, rounding_mode="floor")),
    "greater": _binary(torch.gt),
    "greater_equal": _binary(torch.ge),
    "identity": _unary(lambda x: x),
    "inverse": lambda a: 1 / (a.tensor("x") + a.number("epsilon", 1e-4)),
    "less": _binary(torch.lt),
    "less_equal": _binary(torch.le),
    "log": _log,
    "logical_and": _logical(torch.logical_and),
    "logical_not": _unary(torch.logical_not),
    "logical_or": _logical(torch.logical_or),
    "logical_xor": _logical(torch.logical_xor),
    "maximum": _binary(torch.maximum),
    "minimum": _binary(torch.minimum),
    "mod": _binary(torch.remainder),
    "mul": _binary(torch.mul),
    "not_equal": _binary(torch.ne),
    "pow": _binary(torch.pow),
    "real_div": _binary(_real_div),
    "round": _unary(torch.round),
    "rsqrt": lambda a: torch.rsqrt(a.tensor("x") + a.number("epsilon", 1e-12)),
    "select": _select,
    "sign": _unary(torch.sign),
    "sin": _unary(torch.sin),
    "sinh": _unary(torch.sinh),
    "sqrt": _unary(torch.sqrt),
    "square": _unary(torch.square),
    "sub": _binary(torch.sub),
    "tan": _unary(torch.tan),
    "tanh": _unary(torch.tanh),
    "threshold": lambda a: a.tensor("x").clamp(min=a.number("alpha")),
}
