"""What a .pte holds: the layers in its XNNPACK delegates, whose graphs and weights are decoded from the program."""

from __future__ import annotations

import json
import math
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from export._readback import Contents, Weight
from pocketseg.core.files import write_bytes

LAYERS = ("XNNConv2d", "XNNDepthwiseConv2d", "XNNFullyConnected", "XNNConvTranspose2d", "XNNBatchMatrixMultiply")
_KINDS: dict[str, tuple[str, Any]] = {
    "fp32": ("float32", np.float32),
    "fp16": ("float16", np.float16),
    "qint8": ("int8", np.int8),
    "qcint8": ("int8", np.int8),
}
_COMPUTES = {"qint8": "int8", "quint8": "int8", "qdint8": "dynamic", "qpint8": "dynamic"}
_MULTIPLY = ("convolution", "mm.", "addmm", "bmm", "linear")  # operators that a delegate should have taken


def read_back(path: Path) -> Contents:
    """Return the layers of every delegate; multiply-adds are unknown where an operator outside them multiplies too."""
    from executorch.exir._serialize._program import deserialize_pte_binary

    file = deserialize_pte_binary(path.read_bytes())
    program, named = file.program, file.named_data
    weights: list[Weight] = []
    total, outside = 0, []
    for plan in program.execution_plan:
        outside += [o.name for o in plan.operators if any(m in f"{o.name}." for m in _MULTIPLY)]
        for delegate in plan.delegates:
            payload = bytes(program.backend_delegate_data[delegate.processed.index].data)
            graph, constants = delegate_graph(payload)
            values = {v["id_out"]: v for v in map(tensor_value, graph["xvalues"])}
            for node in graph["xnodes"]:
                if node["xnode_union_type"] not in LAYERS:
                    continue
                layer = node["xnode_union"]
                total += _multiply_adds(node["xnode_union_type"], layer, values)
                filter_ = values[layer["filter_id"]] if "filter_id" in layer else None
                if filter_ is None or not filter_["constant_buffer_idx"]:
                    continue
                where = graph["constant_data"][filter_["constant_buffer_idx"]]
                if key := where.get("named_key"):
                    data = named.buffers[named.pte_data[key].buffer_index]
                else:
                    data = constants[where["offset"] : where["offset"] + where["size"]]
                weight = _weight(filter_, bytes(data), values[layer["input1_id"]])
                weights.append(replace(weight, operation=node["xnode_union_type"].removeprefix("XNN")))
    reason = f"{outside[0]} runs outside the delegates" if outside else ""
    return Contents(weights=tuple(weights), multiply_adds=None if outside else total, reason=reason)


def delegate_graph(payload: bytes) -> tuple[dict[str, Any], bytes]:
    """Return a delegate's graph, decoded with the program flatc that executorch brings, and the constants after it."""
    from executorch.backends.xnnpack.serialization.xnnpack_graph_serialize import XNNHeader, _get_schema_bytes
    from executorch.exir._serialize._flatbuffer import _flatc_decompile

    header = XNNHeader.from_bytes(payload[: XNNHeader.EXPECTED_LENGTH])
    start = header.flatbuffer_offset
    with tempfile.TemporaryDirectory() as folder:
        schema, binary = Path(folder) / "schema.fbs", Path(folder) / "graph.bin"
        write_bytes(schema, _get_schema_bytes())
        write_bytes(binary, payload[start : start + header.flatbuffer_size])
        _flatc_decompile(folder, str(schema), str(binary), ["--raw-binary"])
        text = re.sub(rb":\s*([+-]?)inf\b", rb": \1Infinity", (Path(folder) / "graph.json").read_bytes())
        graph: dict[str, Any] = json.loads(text.replace(b"+Infinity", b"Infinity"))  # flatc writes C's names
    start = header.constant_data_offset
    return graph, payload[start : start + header.constant_data_size]


def tensor_value(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a tensor, quantised or not."""
    value: dict[str, Any] = entry["xvalue_union"]
    return value.get("tensor_value", value)


def _weight(filter_: dict[str, Any], data: bytes, taken: dict[str, Any]) -> Weight:
    stored = filter_["datatype"].removeprefix("xnn_datatype_")
    if stored not in _KINDS:
        raise ValueError(f"weights of type {stored} are not known here")
    kind, dtype = _KINDS[stored]
    codes = np.frombuffer(data, dtype)[: math.prod(filter_["dims"])]
    compute = _COMPUTES.get(taken["datatype"].removeprefix("xnn_datatype_"), "float")
    return Weight(name=str(filter_["id_out"]), kind=kind, bits=8 * codes.itemsize, codes=codes, compute=compute)


def _multiply_adds(kind: str, layer: dict[str, Any], values: dict[int, dict[str, Any]]) -> int:
    """Return the multiply-adds of one run."""
    taken, given = values[layer["input1_id"]]["dims"], math.prod(values[layer["output_id"]]["dims"])
    if kind == "XNNBatchMatrixMultiply" or kind == "XNNFullyConnected":
        return given * int(taken[-1])
    window = int(layer["kernel_height"]) * int(layer["kernel_width"])
    if kind == "XNNConvTranspose2d":
        return math.prod(taken) * window * int(layer["group_output_channels"])
    if kind == "XNNDepthwiseConv2d":
        return given * window
    return given * window * int(layer["group_input_channels"])
