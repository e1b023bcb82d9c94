"""What a .tflite holds: its layers' weights, what multiplies them and how often."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from export._readback import Contents, Weight

_DTYPES = {"FLOAT32": np.float32, "FLOAT16": np.float16, "INT8": np.int8, "UINT8": np.uint8}
LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "BATCH_MATMUL")


def read_back(path: Path) -> Contents:
    """Return the layers of the file's graph; multiply-adds come from its tensors' shapes."""
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model(str(path))
    kinds, types = names_of(schema.BuiltinOperator), names_of(schema.TensorType)
    graph = model.subgraphs[0]

    def kind(operation: Any) -> str:
        return kinds[builtin(model.operatorCodes[operation.opcodeIndex])]

    makers = {index: operation for operation in graph.operators for index in operation.outputs}
    weights, total = [], 0
    for operation in graph.operators:
        name = kind(operation)
        if name not in LAYERS:
            continue
        taken, filter_ = (
            operation.inputs[:2] if name != "TRANSPOSE_CONV" else (operation.inputs[2], operation.inputs[1])
        )
        total += _multiply_adds(name, operation, graph.tensors, taken, filter_)
        stored = filter_
        while stored in makers and kind(makers[stored]) in ("DEQUANTIZE", "TRANSPOSE", "RESHAPE"):
            stored = makers[stored].inputs[0]
        tensor = graph.tensors[stored]
        data = model.buffers[tensor.buffer].data
        if stored in makers or data is None or not len(data):
            continue  # both sides are activations
        type_ = types[tensor.type]
        if types[graph.tensors[taken].type] in ("INT8", "UINT8", "INT16"):
            compute = "int8"
        else:
            compute = "dynamic" if stored == filter_ and not type_.startswith("FLOAT") else "float"
        weights.append(replace(_weight(tensor, type_, np.asarray(data, np.uint8), compute), operation=name))
    return Contents(weights=tuple(weights), multiply_adds=total)


def names_of(enumeration: Any) -> dict[int, str]:
    """Return a flatbuffer's enumeration as names by number."""
    return {code: name for name, code in vars(enumeration).items() if isinstance(code, int)}


def tensor_name(tensor: Any) -> str:
    """Return a tensor's name, which readers leave as bytes."""
    return tensor.name.decode() if isinstance(tensor.name, bytes) else str(tensor.name)


def builtin(code: Any) -> int:
    """Return an operator's number; files from before 2020 have it only in a smaller field."""
    return max(int(code.builtinCode), int(code.deprecatedBuiltinCode))


def _weight(tensor: Any, type_: str, data: np.ndarray[Any, Any], compute: str) -> Weight:
    name = tensor_name(tensor)
    if type_ == "INT4":
        pairs = np.stack([data << 4, data], -1).view(np.int8) >> 4  # the low half of a byte comes first
        codes = pairs.reshape(-1)[: math.prod(tensor.shape)]
        return Weight(name=name, kind="int4", bits=4, codes=codes, compute=compute)
    if type_ not in _DTYPES:
        raise ValueError(f"weights of type {type_} are not known here")
    codes = data.view(_DTYPES[type_])
    return Weight(name=name, kind=type_.lower(), bits=8 * codes.itemsize, codes=codes, compute=compute)


def _multiply_adds(name: str, operation: Any, tensors: Any, taken: int, filter_: int) -> int:
    """Return the multiply-adds of one run; filters are O,H,W,I, or 1,H,W,O where depthwise."""
    given = math.prod(tensors[operation.outputs[0]].shape)
    shape = [int(n) for n in tensors[filter_].shape]
    if name == "CONV_2D":
        return given * math.prod(shape[1:])
    if name == "DEPTHWISE_CONV_2D":
        return given * shape[1] * shape[2]
    if name == "TRANSPOSE_CONV":
        return math.prod(tensors[taken].shape) * shape[0] * shape[1] * shape[2]
    if name == "FULLY_CONNECTED":
        return given * shape[-1]
    source = tensors[taken].shape
    return given * int(source[-2] if operation.builtinOptions.adjX else source[-1])
