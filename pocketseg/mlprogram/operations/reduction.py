"""Reductions, and operations that sort or count along an axis."""

from __future__ import annotations

from collections.abc import Callable

import torch

from pocketseg.mlprogram.arguments import Arguments, Operation, axis_of

Reduce = Callable[[torch.Tensor, list[int], bool], torch.Tensor]


def _over_axes(function: Reduce) -> Callable[[Arguments], torch.Tensor]:
    """Return an operation that reduces `axes`, all of them by default, in the type of x."""

    def run(a: Arguments) -> torch.Tensor:
        x = a.tensor("x")
        axes = sorted({axis_of(axis, x.ndim) for axis in a.integers("axes", list(range(x.ndim)))})
        wide = x if x.dtype.is_floating_point else x.to(torch.float64)
        result = function(wide, axes, a.flag("keep_dims", False))
        return result if x.dtype.is_floating_point else result.to(torch.int64)

    return run


def _prod(x: torch.Tensor, axes: list[int], keep: bool) -> torch.Tensor:
    for axis in reversed(axes):
        x = x.prod(axis, keepdim=keep)
    return x


def _arg(function: Callable[..., torch.Tensor]) -> Callable[[Arguments], torch.Tensor]:
    """Return an operation that finds the index of an extreme value, the first of equal ones."""

    def run(a: Arguments) -> torch.Tensor:
        x = a.tensor("x")
        return function(x, axis_of(a.integer("axis", -1), x.ndim), a.flag("keep_dims", False))

    return run


def _argmax(x: torch.Tensor, axis: int, keep: bool) -> torch.Tensor:
    return torch.argmax(x, axis, keep)


def _argmin(x: torch.Tensor, axis: int, keep: bool) -> torch.Tensor:
    return torch.argmin(x, axis, keep)


def _cumsum(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    axis = axis_of(a.integer("axis", 0), x.ndim)
    backwards = a.flag("reverse", False)
    x = x.flip(axis) if backwards else x
    result = torch.cumsum(x, axis)
    result = result - x if a.flag("exclusive", False) else result
    return result.flip(axis) if backwards else result


def _sorted_places(x: torch.Tensor, axis: int, ascending: bool) -> torch.Tensor:
    return torch.sort(x, dim=axis, descending=not ascending, stable=True).indices


def _argsort(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    return _sorted_places(x, axis_of(a.integer("axis", -1), x.ndim), a.flag("ascending", False))


def _topk(a: Arguments) -> list[torch.Tensor]:
    x, count = a.tensor("x"), a.integer("k", 1)
    axis = axis_of(a.integer("axis", -1), x.ndim)
    count = x.shape[axis] if count == -1 else count
    if not 0 < count <= x.shape[axis]:
        raise ValueError(f"the top {count} of {x.shape[axis]}")
    places = _sorted_places(x, axis, a.flag("ascending", False)).narrow(axis, 0, count)
    values = x.gather(axis, places)
    return [values, places] if a.flag("return_indices", True) else [values]


OPERATIONS: dict[str, Operation] = {
    "argsort": _argsort,
    "cumsum": _cumsum,
    "reduce_argmax": _arg(_argmax),
    "reduce_argmin": _arg(_argmin),
    "reduce_l1_norm": _over_axes(lambda x, axes, keep: x.abs().sum(axes, keepdim=keep)),
    "reduce_l2_norm": _over_axes(lambda x, axes, keep: (x * x).sum(axes, keepdim=keep).sqrt()),
    "reduce_log_sum": _over_axes(lambda x, axes, keep: x.sum(axes, keepdim=keep).log()),
    "reduce_log_sum_exp": _over_axes(lambda x, axes, keep: x.logsumexp(axes, keepdim=keep)),
    "reduce_max": _over_axes(lambda x, axes, keep: x.amax(axes, keepdim=keep)),
    "reduce_mean": _over_axes(lambda x, axes, keep: x.mean(axes, keepdim=keep)),
    "reduce_min": _over_axes(lambda x, axes, keep: x.amin(axes, keepdim=keep)),
    "reduce_prod": _over_axes(_prod),
    "reduce_sum": _over_axes(lambda x, axes, keep: x.sum(axes, keepdim=keep)),
    "reduce_sum_square": _over_axes(lambda x, axes, keep: (x * x).sum(axes, keepdim=keep)),
    "topk": _topk,
}
