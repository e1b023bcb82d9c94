"""Slices and gathers. An index outside its axis is an error here; on a device the result is undefined."""

from __future__ import annotations

import math

import torch

from pocketseg.mlprogram.arguments import Arguments, Operation, axis_of, positive

_Slices = list[tuple[int, int, int]]  # begin, end, stride within an axis


def _slices(a: Arguments, x: torch.Tensor) -> tuple[_Slices, list[bool]]:
    """Return begin, end and stride with masks applied, as Python slices use them; and which axes vanish."""
    begin, end = a.integers("begin"), a.integers("end")
    stride = a.integers("stride", [1] * x.ndim)
    begins, ends, squeezed = (a.flags(name, x.ndim) for name in ("begin_mask", "end_mask", "squeeze_mask"))
    if not len(begin) == len(end) == len(stride) == x.ndim or 0 in stride:
        raise ValueError(f"slices {begin[:8]} to {end[:8]} by {stride[:8]} of rank {x.ndim}")
    found = []
    for axis, size in enumerate(x.shape):
        if squeezed[axis]:
            first = axis_of(begin[axis], size) if size else 0
            found.append((first, first + 1, 1))
            continue
        wanted = slice(None if begins[axis] else begin[axis], None if ends[axis] else end[axis], stride[axis])
        found.append(wanted.indices(size))
    return found, squeezed


def _taken(x: torch.Tensor, slices: _Slices) -> torch.Tensor:
    for axis, (first, last, stride) in enumerate(slices):
        if stride > 0:
            x = x[(slice(None),) * axis + (slice(first, max(first, last), stride),)]
        else:
            x = x.index_select(
                axis, torch.arange(first, last, stride) if first > last else torch.zeros(0, dtype=torch.int64)
            )
    return x


def _slice_by_index(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    slices, squeezed = _slices(a, x)
    return _taken(x, slices).squeeze([axis for axis, gone in enumerate(squeezed) if gone])


def _slice_by_size(a: Arguments) -> torch.Tensor:
    """A size of -1 extends to the end."""
    x, begin, size = a.tensor("x"), a.integers("begin"), a.integers("size")
    if not len(begin) == len(size) == x.ndim:
        raise ValueError(f"slices {begin[:8]} of {size[:8]} for rank {x.ndim}")
    for axis, (first, count) in enumerate(zip(begin, size, strict=True)):
        first += x.shape[axis] if first < 0 else 0
        x = x.narrow(axis, first, x.shape[axis] - first if count == -1 else count)
    return x


def _slice_update(a: Arguments) -> torch.Tensor:
    x, update = a.tensor("x"), a.tensor("update")
    slices, squeezed = _slices(a, x)
    shape = [len(range(*s)) for s, gone in zip(slices, squeezed, strict=True) if not gone]
    if list(update.shape) != shape:
        raise ValueError(f"an update {list(update.shape)} for a slice {shape}")
    result = x.clone()
    mesh = [torch.tensor(list(range(*s)), dtype=torch.int64) for s in slices]
    result[torch.meshgrid(*mesh, indexing="ij")] = update.reshape([len(m) for m in mesh])
    return result


def _indices(a: Arguments, size: int) -> torch.Tensor:
    """Return indices into an axis of `size`, with negative ones counted from its end."""
    indices = a.tensor("indices")
    if indices.dtype.is_floating_point or indices.dtype == torch.bool:
        raise ValueError("indices are not integers")
    indices = indices.to(torch.int64)
    return torch.where(indices < 0, indices + size, indices)


def _gather(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    axis, batch = axis_of(a.integer("axis", 0), x.ndim), a.integer("batch_dims", 0)
    indices = _indices(a, x.shape[axis])
    if not 0 <= batch <= min(axis, indices.ndim) or x.shape[:batch] != indices.shape[:batch]:
        raise ValueError(f"batch_dims {batch} of {list(x.shape)} and {list(indices.shape)}")
    a.expect([*x.shape[:axis], *indices.shape[batch:], *x.shape[axis + 1 :]])
    lead = math.prod(x.shape[:batch])
    rows, places = x.reshape(lead, *x.shape[batch:]), indices.reshape(lead, -1)
    found = [row.index_select(axis - batch, index) for row, index in zip(rows, places, strict=True)]
    return torch.stack(found).reshape([*x.shape[:axis], *indices.shape[batch:], *x.shape[axis + 1 :]])


def _gather_along_axis(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    axis = axis_of(a.integer("axis", 0), x.ndim)
    return x.gather(axis, _indices(a, x.shape[axis]))


def _gather_nd(a: Arguments) -> torch.Tensor:
    """The last axis of the indices holds coordinates into the axes of x after its batch dimensions."""
    x, indices, batch = a.tensor("x"), a.tensor("indices").to(torch.int64), a.integer("batch_dims", 0)
    depth = indices.shape[-1]
    if not 0 <= batch < indices.ndim or batch + depth > x.ndim or x.shape[:batch] != indices.shape[:batch] or not depth:
        raise ValueError(f"indices {list(indices.shape)} into {list(x.shape)} with batch_dims {batch}")
    a.expect([*indices.shape[:-1], *x.shape[batch + depth :]])
    lead = math.prod(x.shape[:batch])
    rows, places = x.reshape(lead, *x.shape[batch:]), indices.reshape(lead, -1, depth)
    found = [row[tuple(place.unbind(-1))] for row, place in zip(rows, places, strict=True)]
    return torch.stack(found).reshape([*indices.shape[:-1], *x.shape[batch + depth :]])


def _one_hot(a: Arguments) -> torch.Tensor:
    indices, size = a.tensor("indices").to(torch.int64), a.integer("one_hot_vector_size")
    positive("one_hot_vector_size", [size], 1)
    axis = axis_of(a.integer("axis", -1), indices.ndim + 1)
    a.expect([*indices.shape[:axis], size, *indices.shape[axis:]])
    on, off = a.optional("on_value"), a.optional("off_value")
    on = torch.tensor(1, dtype=torch.int32) if on is None else on
    off = torch.zeros_like(on) if off is None else off
    chosen = indices.unsqueeze(axis) == torch.arange(size).reshape([-1] + [1] * (indices.ndim - axis))
    return torch.where(chosen, on, off)


OPERATIONS: dict[str, Operation] = {
    "gather": _gather,
    "gather_along_axis": _gather_along_axis,
    "gather_nd": _gather_nd,
    "one_hot": _one_hot,
    "slice_by_index": _slice_by_index,
    "slice_by_size": _slice_by_size,
    "slice_update": _slice_update,
}
