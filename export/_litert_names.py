"""Short tensor names in a finished .tflite: the layer's path in the network, not the converter's record of it.

litert-torch names a tensor by every Python class on the path to each operation that was fused into it: a sixth of an
int8 U2NetP's bytes. `stage1d.rebnconv1d.conv_s1` says the same. Equal vectors (the zero points of all channels, shapes)
are stored once.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from export._readback_tflite import tensor_name

_ALIGNMENT = 16  # bytes: the alignment at which kernels read weights
_WRAPPED = "network"  # the attribute in which the exporter's own modules hold the network
_PART = re.compile(r"^.*\.(?P<class>[A-Za-z0-9]+)_(?P<instance>\w+)$")


def short_names(data: bytes) -> bytes:
    """Return the same file with short, unique names of its inner tensors; inputs and outputs keep theirs."""
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(data))
    for graph in model.subgraphs:
        taken: Counter[str] = Counter()
        edge = {*graph.inputs, *graph.outputs}
        for index, tensor in enumerate(graph.tensors):
            if index in edge or tensor.name is None:
                continue
            name = short(tensor_name(tensor))
            taken[name] += 1
            tensor.name = (name if taken[name] == 1 else f"{name}#{taken[name]}").encode()
    return _packed(model)


def short(name: str) -> str:
    """Return a layer's path: `a.A/b.B_stage1/c.C_conv;...` is `stage1.conv`; other converters' names lose their
    tail."""
    first = name.split(";", 1)[0]
    found = [match["instance"] for part in first.split("/") if (match := _PART.match(part))]
    return ".".join(part for part in found if part != _WRAPPED) or (_WRAPPED if found else first)


def _packed(model: Any) -> bytes:
    """Return a model's bytes with its weights at the end, aligned to 16 bytes: Python's packer aligns none inside."""
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    described = {entry.buffer for entry in model.metadata or []}
    apart: dict[int, bytes] = {}
    for index, buffer in enumerate(model.buffers):
        if buffer.data is not None and len(buffer.data) and index not in described:
            apart[index] = bytes(buffer.data)
            buffer.data, buffer.offset, buffer.size = None, 1, 1  # the packer reserves room for values that are not 0
    packed = _with_shared_vectors(model)
    packed += bytes(-len(packed) % _ALIGNMENT)
    root = schema.Model.GetRootAs(packed, 0)
    for index, content in apart.items():
        flatbuffer_utils.update_packed_buffer(root.Buffers(index), offset=len(packed), size=len(content))
        packed += content + bytes(-len(content) % _ALIGNMENT)
    return bytes(packed)


def _with_shared_vectors(model: Any) -> bytearray:
    """Return a model's bytes with vectors of equal content stored once: tables of a flatbuffer may share one."""
    import flatbuffers
    import numpy as np

    known: dict[tuple[str, bytes], int] = {}

    class Builder(flatbuffers.Builder):
        def CreateNumpyVector(self, x: Any) -> int:
            key = (str(x.dtype), x.tobytes())
            if key not in known:
                known[key] = super().CreateNumpyVector(x)
            return known[key]

    for graph in model.subgraphs:
        for tensor in graph.tensors:
            if tensor.shape is not None:
                tensor.shape = np.asarray(tensor.shape, np.int32)
            if tensor.quantization is not None and tensor.quantization.zeroPoint is not None:
                tensor.quantization.zeroPoint = np.asarray(tensor.quantization.zeroPoint, np.int64)
    builder = Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytearray(builder.Output())
