"""Shapes: operations that move values without changing them, join, repeat or create them."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from pocketseg.mlprogram.arguments import Arguments, Operation, axis_of, positive
from pocketseg.mlprogram.values import MOST_VALUES


def _reshape(a: Arguments) -> torch.Tensor:
    """0 keeps a dimension, counted from the last one (iOS 17; before, ranks with a 0 are equal); -1 takes the rest."""
    x, shape = a.tensor("x"), a.integers("shape")
    shift = x.ndim - len(shape)
    kept = [(x.shape[i + shift] if i + shift >= 0 else 1) if size == 0 else size for i, size in enumerate(shape)]
    return x.reshape(kept)


def _reshape_like(a: Arguments) -> torch.Tensor:
    x, shape = a.tensor("x"), list[int]()
    parts = zip(a.tensors("ref_tensors"), *(a.tensors(n) for n in ("begins", "ends", "end_masks")), strict=True)
    for reference, begin, end, whole in parts:
        shape += reference.shape[int(begin) : None if bool(whole) else int(end)]
    return x.reshape(shape)


def _expand_dims(a: Arguments) -> torch.Tensor:
    x, axes = a.tensor("x"), a.integers("axes")
    for axis in sorted(axis_of(axis, x.ndim + len(axes)) for axis in axes):
        x = x.unsqueeze(axis)
    return x


def _squeeze(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    axes = [axis_of(axis, x.ndim) for axis in a.integers("axes", list(range(x.ndim)))]
    return x.squeeze(axes)


def _transpose(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    return x.permute([axis_of(axis, x.ndim) for axis in a.integers("perm")]).contiguous()


def _concat(a: Arguments) -> torch.Tensor:
    values = a.tensors("values")
    axis = axis_of(a.integer("axis"), values[0].ndim)
    if not a.flag("interleave", False):
        return torch.cat(values, axis)
    return torch.stack(values, axis + 1).flatten(axis, axis + 1)


def _stack(a: Arguments) -> torch.Tensor:
    values = a.tensors("values")
    return torch.stack(values, axis_of(a.integer("axis"), values[0].ndim + 1))


def _split(a: Arguments) -> list[torch.Tensor]:
    x = a.tensor("x")
    axis = axis_of(a.integer("axis"), x.ndim)
    if "split_sizes" in a:
        return list(torch.split(x, a.integers("split_sizes"), axis))
    (count,) = positive("num_splits", [a.integer("num_splits")], 1)
    if count > x.shape[axis] or x.shape[axis] % count:
        raise ValueError(f"{count} splits of {x.shape[axis]}")
    return list(torch.split(x, x.shape[axis] // count, axis))


def _pad(a: Arguments) -> torch.Tensor:
    """Pad the last dimensions, two values each, the first dimension first."""
    x, flat, mode = a.tensor("x"), a.integers("pad"), a.text("mode", "constant")
    if len(flat) % 2 or len(flat) > 2 * x.ndim or any(n < 0 for n in flat):
        raise ValueError(f"pad {flat[:8]} for rank {x.ndim}")
    pairs = [(0, 0)] * (x.ndim - len(flat) // 2) + list(zip(flat[::2], flat[1::2], strict=True))
    a.expect([size + before + after for size, (before, after) in zip(x.shape, pairs, strict=True)])
    if mode == "constant":
        return F.pad(x, [n for pair in reversed(pairs) for n in pair], value=a.number("constant_val", 0.0))
    if mode not in ("reflect", "replicate"):
        raise ValueError(f"mode {mode[:40]!r}")
    for axis, (before, after) in enumerate(pairs):
        if before or after:
            x = x.index_select(axis, _border(x.shape[axis], before, after, mode))
    return x


def _border(size: int, before: int, after: int, mode: str) -> torch.Tensor:
    """Return the indices from which a padded axis takes its values."""
    places = torch.arange(-before, size + after)
    if mode == "replicate":
        return places.clamp(0, size - 1)
    if max(before, after) > size - 1:
        raise ValueError(f"{before} and {after} values cannot be reflected from {size}")
    places = places.abs()
    return torch.where(places >= size, 2 * (size - 1) - places, places)


def _tile(a: Arguments) -> torch.Tensor:
    x, counts = a.tensor("x"), a.integers("reps")
    positive("reps", counts, x.ndim)
    a.expect([size * count for size, count in zip(x.shape, counts, strict=True)])
    return x.repeat(counts)


def _reverse(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    return x.flip([axis_of(axis, x.ndim) for axis in a.integers("axes", list(range(x.ndim)))])


def _flatten2d(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    axis = a.integer("axis", 1)
    axis += x.ndim if axis < 0 else 0
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))


def _space_to_depth(a: Arguments) -> torch.Tensor:
    """Blocks of pixels become channels; the position in the block is the outer of the two dimensions."""
    x, size = a.tensor("x"), a.integer("block_size")
    n, c, h, w = x.shape
    positive("block_size", [size, h // size if size > 0 else 0, w // size if size > 0 else 0], 3)
    blocks = x.reshape(n, c, h // size, size, w // size, size).permute(0, 3, 5, 1, 2, 4)
    return blocks.reshape(n, size * size * c, h // size, w // size)


def _depth_to_space(a: Arguments) -> torch.Tensor:
    """The inverse of space_to_depth."""
    x, size = a.tensor("x"), a.integer("block_size")
    n, c, h, w = x.shape
    positive("block_size", [size], 1)
    blocks = x.reshape(n, size, size, c // (size * size), h, w).permute(0, 3, 4, 1, 5, 2)
    return blocks.reshape(n, c // (size * size), h * size, w * size)


def _pixel_shuffle(a: Arguments) -> torch.Tensor:
    (factor,) = positive("upscale_factor", [a.integer("upscale_factor")], 1)
    return F.pixel_shuffle(a.tensor("x"), factor)


def _pixel_unshuffle(a: Arguments) -> torch.Tensor:
    (factor,) = positive("downscale_factor", [a.integer("downscale_factor")], 1)
    return F.pixel_unshuffle(a.tensor("x"), factor)


def _fill(a: Arguments) -> torch.Tensor:
    shape = a.integers("shape")
    a.expect(shape)
    return _full(a, shape)


def _fill_like(a: Arguments) -> torch.Tensor:
    return _full(a, list(a.tensor("ref_tensor").shape))


def _full(a: Arguments, shape: list[int]) -> torch.Tensor:
    value = a.optional("value")
    return torch.zeros(shape) if value is None else torch.full(shape, value.item(), dtype=value.dtype)


def _range_1d(a: Arguments) -> torch.Tensor:
    start, end, step = (a.tensor(name).item() for name in ("start", "end", "step"))
    if step == 0 or not (end - start) / step <= MOST_VALUES:
        raise ValueError(f"a range from {start} to {end} by {step}")
    a.expect([max(0, math.ceil((end - start) / step))])
    return torch.arange(start, end, step, dtype=a.tensor("start").dtype)


def _band_part(a: Arguments) -> torch.Tensor:
    x, lower, upper = a.tensor("x"), a.integer("lower", -1), a.integer("upper", -1)
    below = torch.arange(x.shape[-2])[:, None] - torch.arange(x.shape[-1])[None]
    inside = ((lower < 0) | (below <= lower)) & ((upper < 0) | (-below <= upper))
    return torch.where(inside, x, torch.zeros_like(x))


OPERATIONS: dict[str, Operation] = {
    "band_part": _band_part,
    "concat": _concat,
    "depth_to_space": _depth_to_space,
    "expand_dims": _expand_dims,
    "fill": _fill,
    "fill_like": _fill_like,
    "flatten2d": _flatten2d,
    "pad": _pad,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "range_1d": _range_1d,
    "reshape": _reshape,
    "reshape_like": _reshape_like,
    "reverse": _reverse,
    "shape": lambda a: torch.tensor(a.tensor("x").shape, dtype=torch.int32),
    "space_to_depth": _space_to_depth,
    "split": _split,
    "squeeze": _squeeze,
    "stack": _stack,
    "tile": _tile,
    "transpose": _transpose,
}
