"""A .tflite of two inputs and one addition, written without a converter."""

from __future__ import annotations

from pathlib import Path

from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

SHAPE = (1, 4, 8)


def write_addition(path: Path, kind: int = schema.TensorType.FLOAT32, shape: tuple[int, ...] = SHAPE) -> Path:
    """Write the sum of two tensors of a type, as a file."""
    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.buffers = 3, [schema.BufferT()]
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.ADD
    code.version = 1
    model.operatorCodes = [code]
    graph.tensors = []
    for name in ("one", "other", "sum"):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name.encode(), list(shape), kind, 0
        graph.tensors.append(tensor)
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = 0, [0, 1], [2]
    operator.builtinOptionsType = schema.BuiltinOptions.AddOptions
    operator.builtinOptions = schema.AddOptionsT()
    graph.operators, graph.inputs, graph.outputs = [operator], [0, 1], [2]
    model.subgraphs = [graph]
    flatbuffer_utils.write_model(model, str(path))
    return path
