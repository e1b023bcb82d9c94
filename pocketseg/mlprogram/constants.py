"""Compressed constants: what each constexpr operation of iOS 16 and iOS 18 stands for, as NumPy arrays.

Semantics: coremltools' documentation of the constexpr operations. Arithmetic is in the type of the scale and rounds at
each step, as coremltools' own decompression does. Each function takes the operation's values by name and returns its
results; it raises ValueError or KeyError where they do not fit together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from pocketseg.mlprogram.blob import ELEMENTS, unpacked
from pocketseg.mlprogram.values import Value, bounded

Array = npt.NDArray[Any]
Values = Mapping[str, Value]

_LUT_BITS = {2: 1, 4: 2, 8: 3, 16: 4, 64: 6, 256: 8}


def decompressed(kind: str, values: Values) -> tuple[Array, ...]:
    """Return the results of one constexpr operation. Raises KeyError `kind` where there is no such operation."""
    return CONSTEXPRS[kind](values)


def _array(values: Values, name: str) -> Array:
    value = values[name]
    if isinstance(value, str):
        raise ValueError(f"{name} is a text, not an array")
    return value


def _optional(values: Values, name: str) -> Array | None:
    return _array(values, name) if name in values else None


def _whole(values: Values, name: str) -> int:
    return int(_array(values, name).reshape(()))


def _shape(values: Values) -> tuple[int, ...]:
    shape = tuple(int(size) for size in _array(values, "shape").reshape(-1))
    bounded(shape)
    return shape


def _affine_dequantize(values: Values) -> tuple[Array, ...]:
    """iOS 16: scale * (data - zero point), each a scalar or one value per index of `axis`."""
    data, scale = _array(values, "quantized_data"), _array(values, "scale")
    axis = _whole(values, "axis")
    if not -data.ndim <= axis < data.ndim:
        raise ValueError(f"axis {axis} of data of rank {data.ndim}")

    def along(vector: Array) -> Array:
        if vector.ndim == 0:
            return vector
        if vector.shape != (data.shape[axis],):
            raise ValueError(f"{vector.shape} parameters for axis {axis} of {data.shape}")
        return vector.reshape([-1 if d == axis % data.ndim else 1 for d in range(data.ndim)])

    steps = data.astype(np.float32) - along(_array(values, "zero_point")).astype(np.float32)
    return ((steps * along(scale).astype(np.float32)).astype(scale.dtype),)


def _lut_to_dense_flat(values: Values) -> tuple[Array, ...]:
    """iOS 16: indices packed into bytes, one table for the whole tensor."""
    shape = _shape(values)
    lut, indices = _array(values, "lut").reshape(-1), _array(values, "indices")
    places = _bits(indices, _index_bits(lut.size), math.prod(shape))
    return (lut[places].reshape(shape),)


def _sparse_to_dense_flat(values: Values) -> tuple[Array, ...]:
    """iOS 16: a mask packed into bits, and the values where it is set."""
    shape = _shape(values)
    mask = _bits(_array(values, "mask"), 1, math.prod(shape))
    return (_spread(_array(values, "nonzero_data"), mask).reshape(shape),)


def _bits(packed: Array, bits: int, count: int) -> Array:
    if packed.dtype != np.uint8:
        raise ValueError(f"packed values of type {packed.dtype}")
    return unpacked(packed.tobytes(), ELEMENTS[f"uint{bits}"], count)


def _index_bits(entries: int) -> int:
    if entries not in _LUT_BITS:
        raise ValueError(f"a table of {entries} entries")
    return _LUT_BITS[entries]


def _spread(data: Array, mask: Array) -> Array:
    """Return flat data placed where the mask is set, zeros elsewhere."""
    dense = np.zeros(mask.shape, data.dtype)
    if data.ndim != 1 or int(np.count_nonzero(mask)) != data.size:
        raise ValueError(f"{data.size} values for {int(np.count_nonzero(mask))} places of a mask")
    dense[mask != 0] = data
    return dense


def _blockwise_shift_scale(values: Values) -> tuple[Array, ...]:
    return (_shift_scaled(_array(values, "data"), values),)


def _sparse_blockwise_shift_scale(values: Values) -> tuple[Array, ...]:
    mask = _array(values, "data_mask")
    dense = _shift_scaled(_spread(_array(values, "nonzero_data"), mask), values)
    return mask, dense[mask != 0]


def _shift_scaled(data: Array, values: Values) -> Array:
    """iOS 18: scale * (data - offset), one of each per block; the blocks tile the data."""
    scale, offset = _array(values, "scale"), _optional(values, "offset")
    if offset is not None and offset.shape != scale.shape:
        raise ValueError(f"offsets {offset.shape} and scales {scale.shape}")
    real = data.astype(scale.dtype)
    if offset is not None:
        real = real - _tiled(offset, data.shape).astype(scale.dtype)
    return _tiled(scale, data.shape) * real


def _tiled(blocks: Array, shape: tuple[int, ...]) -> Array:
    """Return one value per block, repeated over the block."""
    if blocks.ndim != len(shape) or any(n < 1 or size % n for size, n in zip(shape, blocks.shape, strict=True)):
        raise ValueError(f"blocks {blocks.shape} do not tile {shape}")
    for axis, size in enumerate(shape):
        if blocks.shape[axis] not in (1, size):
            blocks = np.repeat(blocks, size // blocks.shape[axis], axis)
    return blocks


def _lut_to_dense(values: Values) -> tuple[Array, ...]:
    return (_looked_up(_array(values, "indices"), values),)


def _lut_to_sparse(values: Values) -> tuple[Array, ...]:
    mask = _array(values, "indices_mask")
    dense = _looked_up(_spread(_array(values, "indices_nonzero_data"), mask), values)
    vector = _array(values, "lut").shape[-1]
    if vector > 1:
        mask = np.repeat(mask, vector, _whole(values, "vector_axis"))
    return mask, dense[mask != 0]


def _looked_up(indices: Array, values: Values) -> Array:
    """iOS 18: tables lut[group..., entry, vector], one group per block of the indices; vectors run along
    `vector_axis`."""
    lut = _array(values, "lut")
    if lut.ndim != indices.ndim + 2:
        raise ValueError(f"a table {lut.shape} for indices {indices.shape}")
    entries, vector = lut.shape[-2:]
    _index_bits(entries)
    if indices.size and int(indices.max()) >= entries:
        raise ValueError(f"index {int(indices.max())} in a table of {entries}")
    groups = np.arange(math.prod(lut.shape[:-2])).reshape(lut.shape[:-2])
    bounded((*indices.shape, vector))
    dense = lut.reshape(-1, entries, vector)[_tiled(groups, indices.shape), indices]  # *indices, vector
    if vector == 1:
        return dense[..., 0]
    axis = _whole(values, "vector_axis")
    if not -indices.ndim <= axis < indices.ndim:
        raise ValueError(f"vector axis {axis} of indices of rank {indices.ndim}")
    axis %= indices.ndim
    shape = list(indices.shape)
    shape[axis] *= vector
    return np.moveaxis(dense, -1, axis + 1).reshape(shape)


def _sparse_to_dense(values: Values) -> tuple[Array, ...]:
    return (_spread(_array(values, "nonzero_data"), _array(values, "mask")),)


def _cast(values: Values) -> tuple[Array, ...]:
    if values["output_dtype"] != "fp32":
        raise ValueError(f"constexpr_cast to {values['output_dtype']!r:.40}")
    return (_array(values, "source_val").astype(np.float32),)


def _by_shape(flat: Callable[[Values], tuple[Array, ...]], shaped: Callable[[Values], tuple[Array, ...]]) -> Any:
    """Choose between the iOS 16 form, which states its shape, and the iOS 18 form."""
    return lambda values: (flat if "shape" in values else shaped)(values)


CONSTEXPRS: dict[str, Callable[[Values], tuple[Array, ...]]] = {
    "constexpr_affine_dequantize": _affine_dequantize,
    "constexpr_blockwise_shift_scale": _blockwise_shift_scale,
    "constexpr_cast": _cast,
    "constexpr_lut_to_dense": _by_shape(_lut_to_dense_flat, _lut_to_dense),
    "constexpr_lut_to_sparse": _lut_to_sparse,
    "constexpr_sparse_blockwise_shift_scale": _sparse_blockwise_shift_scale,
    "constexpr_sparse_to_dense": _by_shape(_sparse_to_dense_flat, _sparse_to_dense),
}
