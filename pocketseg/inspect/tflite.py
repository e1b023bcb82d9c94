"""A .tflite: its one graph, and what XNNPACK takes of it in LiteRT on this host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from export import _readback_tflite
from pocketseg.core.cache import versions
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.inspect import ANY, Delegation, Inspection, Port
from pocketseg.inspect._layers import before_first_layer, counted, layers_of, summed

_MAGIC = b"TFL3"  # at byte 4


def read(path: Path, shape: tuple[int, ...] | None) -> Inspection:
    """Read the file, which holds the shape itself. Raises RuntimeFailedError for another kind of file."""
    if path.read_bytes()[4:8] != _MAGIC:
        raise RuntimeFailedError(f"{path} is not a .tflite file: its first bytes are different")
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model(str(path))
    kinds, types = (_readback_tflite.names_of(e) for e in (schema.BuiltinOperator, schema.TensorType))
    graph = model.subgraphs[0]
    operations = [kinds[_readback_tflite.builtin(model.operatorCodes[o.opcodeIndex])] for o in graph.operators]
    contents = _readback_tflite.read_back(path)
    return Inspection(
        file=path.name,
        target="tflite",
        size_bytes=0,
        inputs=tuple(_port(graph.tensors[i], types) for i in graph.inputs),
        outputs=tuple(_port(graph.tensors[i], types) for i in graph.outputs),
        operations=counted(operations),
        constants=summed(_constants(model, types)),
        layers=tuple(replace(layer, name=_module(layer.name)) for layer in layers_of(contents)),
        multiply_adds=contents.multiply_adds,
        before_first_layer=before_first_layer(
            zip(operations, (o.inputs for o in graph.operators), (o.outputs for o in graph.operators), strict=True),
            graph.inputs,
            _readback_tflite.LAYERS,
        ),
        delegation=_delegation(path),
        notes=() if len(model.subgraphs) == 1 else (f"only the first of its {len(model.subgraphs)} graphs is shown",),
    )


def _module(name: str) -> str:
    """Return the module's name in torch where litert-torch wrote the whole path to it, else the tensor's name.

    A path is `a.b.Class_network/c.Class_backbone/...;1`, with one `;;` between operations that were fused.
    """
    way = next((part for part in reversed(name.split(";")) if "/" in part), "")
    steps = [step.rsplit(".", 1)[-1].partition("_")[2] for step in way.split("/")]
    return ".".join(step for step in steps if step) or name


def _port(tensor: Any, types: Mapping[int, str]) -> Port:
    name = _readback_tflite.tensor_name(tensor)
    scales = tensor.quantization.scale if tensor.quantization is not None else None
    detail = ""
    if scales is not None and len(scales):
        detail = f"scale {float(scales[0]):.6g}, zero point {int(tensor.quantization.zeroPoint[0])}"
    shape = tuple(int(n) for n in tensor.shape)
    signature = shape if tensor.shapeSignature is None else tuple(int(n) for n in tensor.shapeSignature)
    free = len(signature) == len(shape) and min(signature, default=0) < 0  # -1: known only when it runs
    ranges = tuple(ANY if wanted < 0 else (n, n) for n, wanted in zip(shape, signature, strict=True)) if free else ()
    return Port(name=name, shape=shape, kind=types[tensor.type].lower(), detail=detail, ranges=ranges)


def _constants(model: Any, types: Mapping[int, str]) -> Iterator[tuple[str, int]]:
    """Yield type and bytes of every constant; a buffer that two tensors share counts once."""
    seen: set[int] = set()
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            data = model.buffers[tensor.buffer].data
            if data is not None and len(data) and tensor.buffer not in seen:
                seen.add(tensor.buffer)
                yield types[tensor.type].lower(), len(data)


def _delegation(path: Path) -> Delegation:
    """Let LiteRT partition the graph, and return the partition of each node, identified by its outputs."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    nodes = interpreter._get_ops_details()  # the only place where LiteRT says what it delegated
    makers = {int(t): n["index"] for n in nodes if n["op_name"] != "DELEGATE" for t in n["outputs"]}
    by_index = {n["index"]: n for n in nodes}
    inside: set[int] = set()
    partitions = [n for n in nodes if n["op_name"] == "DELEGATE"]
    for partition in partitions:
        taken = {int(t) for t in partition["inputs"]}
        open_ = [int(t) for t in partition["outputs"]]
        while open_:
            tensor = open_.pop()
            maker = makers.get(tensor)
            if maker is None or maker in inside or tensor in taken:
                continue
            inside.add(maker)
            open_ += [int(t) for t in by_index[maker]["inputs"] if int(t) >= 0]
    own = [n for n in nodes if n["op_name"] != "DELEGATE"]
    outside = [n["op_name"] for n in own if n["index"] not in inside]
    return Delegation(
        delegate="XNNPACK", partitions=len(partitions), inside_nodes=len(own) - len(outside),
        outside_nodes=len(outside), outside=counted(outside),
        how=f"as LiteRT {versions(['ai-edge-litert'])['ai-edge-litert']} partitions it on this host",
    )  # fmt: skip
