"""What a .onnx holds: its layers' weights, what multiplies them and how often."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from export._readback import Contents, Weight

LAYERS = ("Conv", "ConvInteger", "ConvTranspose", "MatMul", "MatMulInteger", "Gemm")


def read_back(path: Path) -> Contents:
    """Return the layers of the file's graph; multiply-adds come from the shapes that onnx infers."""
    import onnx

    model = onnx.load(path)
    said = list(model.graph.value_info)
    model.graph.ClearField("value_info")  # a converter may leave outdated types, which make inference fail
    graph = onnx.shape_inference.infer_shapes(model).graph
    constants = {i.name: i for i in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    shapes = {
        v.name: [d.dim_value for d in v.type.tensor_type.shape.dim]
        for v in (*said, *graph.value_info, *graph.input, *graph.output)
    }
    shapes |= {name: list(i.dims) for name, i in constants.items()}
    weights, total, unknown = [], 0, ""
    for node in graph.node:
        if node.op_type not in LAYERS:
            continue
        filter_, given = shapes.get(node.input[1]), shapes.get(node.output[0])
        if filter_ is None or given is None or not all(given):
            unknown = f"onnx infers no shape for {node.name}"
        elif node.op_type == "ConvTranspose":
            total += math.prod(shapes[node.input[0]]) * math.prod(filter_[1:])
        elif node.op_type.startswith("Conv"):
            total += math.prod(given) * math.prod(filter_[1:])
        else:
            turned = node.op_type == "Gemm" and any(a.name == "transB" and a.i for a in node.attribute)
            total += math.prod(given) * filter_[-1 if turned else -2]
        if weight := _weight(node, constants, makers):
            weights.append(replace(weight, operation=node.op_type))
    return Contents(weights=tuple(weights), multiply_adds=None if unknown else total, reason=unknown)


def _weight(node: Any, constants: dict[str, Any], makers: dict[str, Any]) -> Weight | None:
    """Return the constant behind a layer's second input; None where both inputs are activations."""
    import onnx

    stored, zero = node.input[1], 0
    while stored not in constants and stored in makers and makers[stored].op_type in ("DequantizeLinear", "Cast"):
        stored = makers[stored].input[0]
    if stored not in constants:
        return None
    if node.op_type.endswith("Integer"):
        compute = "dynamic"
        if len(node.input) > 3:
            zero = int(np.ravel(onnx.numpy_helper.to_array(constants[node.input[3]]))[0])
    else:
        sides = [makers.get(name) for name in node.input[:2]]  # only one: a float layer between int8 ones
        compute = "int8" if all(m is not None and m.op_type == "DequantizeLinear" for m in sides) else "float"
    constant = constants[stored]
    kind = onnx.TensorProto.DataType.Name(constant.data_type).lower()
    kind = {"float": "float32"}.get(kind, kind)
    codes = onnx.numpy_helper.to_array(constant)
    bits = 4 if kind.endswith("int4") else 8 * codes.itemsize
    if bits == 4:
        codes = codes.astype(np.int8)
    return Weight(name=stored, kind=kind, bits=bits, codes=codes, zero=zero, compute=compute)
