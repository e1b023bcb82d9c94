"""What a .mlpackage holds: its layers' weights, compressed or not, decoded from the ML Program on any host."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from export._readback import Contents, Weight

LAYERS = ("conv", "conv_transpose", "linear", "matmul")
_BEFORE_IOS = -9  # specification version 7 is iOS 16's, 8 iOS 17's, 9 iOS 18's


def read_back(path: Path) -> Contents:
    """Return the program's layers; multiply-adds come from its tensors' shapes."""
    import coremltools as ct
    from coremltools.converters.mil.frontend.milproto.load import load

    model = ct.models.MLModel(str(path), skip_model_load=True)
    spec = model.get_spec()
    program = load(spec, spec.specificationVersion, model.weights_dir)
    weights, total, unknown = [], 0, ""
    for operation in program.functions["main"].operations:
        if operation.op_type not in LAYERS:
            continue
        given = operation.outputs[0].shape
        taken = operation.x.shape
        if not all(isinstance(n, int | np.integer) for n in (*given, *taken)):
            unknown = f"{operation.name} has no constant shape"
        elif operation.op_type == "matmul":
            turned = operation.transpose_x is not None and bool(operation.transpose_x.val)
            total += math.prod(given) * int(taken[-2 if turned else -1])
        elif operation.op_type == "linear":
            total += math.prod(given) * int(taken[-1])
        else:
            first = taken if operation.op_type == "conv_transpose" else given
            total += math.prod(first) * math.prod(operation.weight.shape[1:])
        stored = operation.y if operation.op_type == "matmul" else operation.weight
        compute = "int8" if operation.x.op is not None and operation.x.op.op_type == "dequantize" else "float"
        if weight := _weight(stored.op, compute):
            weights.append(replace(weight, operation=operation.op_type))
    total = int(total)
    notes = {"minimum_ios": spec.specificationVersion - _BEFORE_IOS, "sparse_layers": sum(w.sparse for w in weights)}
    return Contents(weights=tuple(weights), multiply_adds=None if unknown else total, reason=unknown, notes=notes)


def _weight(maker: Any, compute: str) -> Weight | None:
    """Return a constant, or what decompresses to one; None for an activation."""
    if maker is None:
        return None
    kind = maker.op_type
    zero: int | float | None = 0
    if kind == "const":
        codes = np.asarray(maker.outputs[0].val)
        name, bits = str(codes.dtype), 8 * codes.itemsize
    elif kind == "constexpr_affine_dequantize":
        codes = np.asarray(maker.quantized_data.val)
        name, bits, zero = str(codes.dtype), 8, _only(maker.zero_point)
    elif kind == "constexpr_blockwise_shift_scale":
        codes = np.asarray(maker.data.val).astype(np.int8)
        (name, bits), zero = _integer(maker.data), _only(maker.offset)
    elif kind == "constexpr_lut_to_dense":
        name, bits = _palette(maker.lut)
        packed = hasattr(maker, "shape") and maker.shape is not None  # iOS 16
        codes = _indices(maker, bits) if packed else np.asarray(maker.indices.val).astype(np.uint8)
        zeros = np.flatnonzero(np.asarray(maker.lut.val).reshape(-1) == 0)
        zero = int(zeros[0]) if packed and len(zeros) else None
    elif kind == "constexpr_sparse_to_dense":
        return _sparse_weight(maker, compute)
    else:
        return None
    return Weight(name=maker.name, kind=name, bits=bits, codes=codes, zero=zero, compute=compute)


def _sparse_weight(maker: Any, compute: str) -> Weight:
    """Return weights whose zeros are not stored: a mask and the rest, as floats, integers or palette indices."""
    inner = maker.nonzero_data.op
    if inner.op_type == "constexpr_sparse_blockwise_shift_scale":
        (kind, bits), zero = _integer(inner.nonzero_data), 0
        mask, stored = inner.data_mask, inner.nonzero_data
        if _only(inner.offset) != 0:
            zero = -1000  # not a code: masked weights are 0, whatever the codes of the others mean
    elif inner.op_type == "constexpr_lut_to_sparse":
        (kind, bits), zero = _palette(inner.lut), -1
        mask, stored = inner.indices_mask, inner.indices_nonzero_data
    else:
        mask, stored, zero = maker.mask, maker.nonzero_data, 0
        kind = str(np.asarray(stored.val).dtype)
        bits = 8 * np.asarray(stored.val).itemsize
    places = np.asarray(mask.val)
    if getattr(maker, "shape", None) is not None:  # iOS 16: packed, the lowest bit first
        count = math.prod(int(n) for n in np.asarray(maker.shape.val))
        places = np.unpackbits(places.view(np.uint8), count=count, bitorder="little")
    rest = np.asarray(stored.val)
    codes = np.full(places.shape, zero, rest.dtype if rest.dtype.kind == "f" else np.int16)
    codes[places != 0] = rest
    return Weight(name=maker.name, kind=kind, bits=bits, codes=codes, zero=zero, compute=compute, stored=int(rest.size))


def _only(values: Any) -> int | None:
    """Return the one zero point of all channels, 0 where there is none, None where they differ."""
    if values is None:
        return 0
    found = np.unique(values.val)
    return int(found[0]) if len(found) == 1 else None


def _integer(data: Any) -> tuple[str, int]:
    """Return the name and the bits of an integer type; NumPy's type does not say bits below a byte."""
    bits = int(data.dtype.get_bitwidth())
    return f"{'uint' if data.dtype.is_unsigned() else 'int'}{bits}", bits


def _palette(lut: Any) -> tuple[str, int]:
    """Return the name of a palette by the bits of its indices; for iOS 18 its shape is ..., entries, vector."""
    shape = lut.shape
    bits = int(math.log2(int(shape[0] if len(shape) == 1 else shape[-2])))
    return f"pal{bits}", bits


def _indices(maker: Any, bits: int) -> np.ndarray[Any, Any]:
    """Return unpacked palette indices: `bits` each, the lowest bit first."""
    packed = np.unpackbits(np.asarray(maker.indices.val).view(np.uint8), bitorder="little")
    count = math.prod(int(n) for n in np.asarray(maker.shape.val))
    places = packed[: count * bits].reshape(count, bits).astype(np.uint16)
    indices: np.ndarray[Any, Any] = (places << np.arange(bits, dtype=np.uint16)).sum(1)
    return indices
