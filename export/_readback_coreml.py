"""What a .mlpackage holds: its layers' weights, compressed or not, decoded from the ML Program on any host."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from export._readback import Contents, Weight

_LAYERS = ("conv", "conv_transpose", "linear", "matmul")


def read_back(path: Path) -> Contents:
    """Read the program's layers; multiply-adds come from its tensors' shapes."""
    import coremltools as ct
    from coremltools.converters.mil.frontend.milproto.load import load

    model = ct.models.MLModel(str(path), skip_model_load=True)
    spec = model.get_spec()
    program = load(spec, spec.specificationVersion, model.weights_dir)
    weights, total, unknown = [], 0, ""
    for operation in program.functions["main"].operations:
        if operation.op_type not in _LAYERS:
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
        if weight := _weight(stored.op):
            weights.append(weight)
    total = int(total)
    return Contents(weights=tuple(weights), multiply_adds=None if unknown else total, reason=unknown)


def _weight(maker: Any) -> Weight | None:
    """Read a constant, or what decompresses to one; None for an activation."""
    if maker is None:
        return None
    if maker.op_type == "const":
        codes = np.asarray(maker.outputs[0].val)
        return Weight(name=maker.name, kind=str(codes.dtype), bits=8 * codes.itemsize, codes=codes)
    if maker.op_type == "constexpr_affine_dequantize":
        codes = np.asarray(maker.quantized_data.val)
        zero = np.unique(maker.zero_point.val)
        return Weight(
            name=maker.name, kind=str(codes.dtype), bits=8, codes=codes, zero=int(zero[0]) if len(zero) == 1 else None
        )
    if maker.op_type == "constexpr_blockwise_shift_scale":
        bits = int(maker.data.dtype.get_bitwidth())
        codes = np.asarray(maker.data.val).astype(np.int8)
        return Weight(name=maker.name, kind=f"int{bits}", bits=bits, codes=codes)
    if maker.op_type == "constexpr_lut_to_dense":
        palette = np.asarray(maker.lut.val)
        bits = int(math.log2(len(palette)))
        zeros = np.flatnonzero(palette == 0)
        return Weight(
            name=maker.name, kind=f"pal{bits}", bits=bits, codes=_indices(maker, bits),
            zero=int(zeros[0]) if len(zeros) else None,
        )  # fmt: skip
    return None


def _indices(maker: Any, bits: int) -> np.ndarray[Any, Any]:
    """Unpack palette indices: `bits` each, the lowest bit first."""
    packed = np.unpackbits(np.asarray(maker.indices.val).view(np.uint8), bitorder="little")
    count = math.prod(int(n) for n in np.asarray(maker.shape.val))
    places = packed[: count * bits].reshape(count, bits).astype(np.uint16)
    indices: np.ndarray[Any, Any] = (places << np.arange(bits, dtype=np.uint16)).sum(1)
    return indices
