"""A .onnx: its graph, with the shapes that onnx infers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from export import _readback_onnx
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.inspect import ANY, Inspection, Port
from pocketseg.inspect._layers import before_first_layer, counted, layers_of, summed
from pocketseg.inspect._onnx_data import check_data_files


def read(path: Path, shape: tuple[int, ...] | None) -> Inspection:
    """Read the file, which holds the shape itself. Raises RuntimeFailedError for another kind of file."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(path, load_external_data=False)
    except DecodeError as error:
        raise RuntimeFailedError(
            f"{path} is not a .onnx file: {error}", hint="it is damaged, or something else"
        ) from error
    graph = model.graph
    if not graph.node or not graph.output:
        raise RuntimeFailedError(
            f"{path} is not a .onnx file: it holds no graph", hint="it is damaged, or something else"
        )
    check_data_files(path, model)
    contents = _readback_onnx.read_back(path)
    names = {i.name for i in graph.initializer}
    operations = [node.op_type for node in graph.node]
    used = {node.domain for node in graph.node}
    return Inspection(
        file=path.name,
        target="onnx",
        size_bytes=0,
        inputs=tuple(_port(value) for value in graph.input if value.name not in names),
        outputs=tuple(_port(value) for value in graph.output),
        operations=counted(operations),
        constants=summed(_constants(graph)),
        layers=layers_of(contents, drop=("_quantized", ".weight")),
        multiply_adds=contents.multiply_adds,
        multiply_adds_reason=contents.reason,
        before_first_layer=before_first_layer(
            ((n.op_type, n.input, n.output) for n in graph.node),
            (value.name for value in graph.input if value.name not in names),
            _readback_onnx.LAYERS,
        ),
        metadata={
            "producer": f"{model.producer_name} {model.producer_version}".strip(),
            "opset": ", ".join(f"{o.domain or 'ai.onnx'} {o.version}" for o in model.opset_import if o.domain in used),
            **{entry.key: entry.value for entry in model.metadata_props},
        },
    )


def _port(value: Any) -> Port:
    import onnx

    kind = value.type.tensor_type
    shape = tuple(max(0, int(d.dim_value)) for d in kind.shape.dim)  # 0: known only when it runs
    named = {d.dim_param for d in kind.shape.dim if d.dim_param}
    free = tuple(ANY if n == 0 else (n, n) for n in shape) if 0 in shape else ()
    name = onnx.TensorProto.DataType.Name(kind.elem_type).lower()
    return Port(
        name=value.name, shape=shape, kind={"float": "float32"}.get(name, name), ranges=free,
        detail=f"free: {', '.join(sorted(named))[:80]}" if named else "",
    )  # fmt: skip


def _constants(graph: Any) -> Iterator[tuple[str, int]]:
    import onnx

    for constant in graph.initializer:
        name = onnx.TensorProto.DataType.Name(constant.data_type).lower()
        bits = 4 if name.endswith("int4") else 8 * onnx.helper.tensor_dtype_to_np_dtype(constant.data_type).itemsize
        yield {"float": "float32"}.get(name, name), -(-math.prod(constant.dims) * bits // 8)
