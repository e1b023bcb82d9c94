"""Target onnx: one self-contained ONNX file: float, small weights, dynamic int8, or static int8 in QDQ form."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from export import ExportJob, need_photos
from export._quiet import quiet
from export._readback import Contents
from export._tensors import mask_tensor, photo_tensor, signals_tensor
from pocketseg.core.errors import ExportError
from pocketseg.core.files import write_bytes
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import ModelSpec, Recipe, Written

if TYPE_CHECKING:
    import numpy.typing as npt
    import onnx

SUFFIX = ".onnx"
RUNTIME = "ort"
PRECISIONS = ("fp32", "fp16", "w8", "w8dyn", "w8a8", "w8a8:qat", "w8a8:mixed", "w4")
REFUSALS = {
    "pal8": "ONNX Runtime has no kernel that reads weights from a palette; only Core ML has",
    "pal6": "ONNX Runtime has no kernel that reads weights from a palette; only Core ML has",
    "pal4": "ONNX Runtime has no kernel that reads weights from a palette; only Core ML has",
}
CALIBRATIONS = ("min-max", "percentile", "entropy")
TOOLS = ("onnx", "onnxruntime", "onnxscript")
WITH_SIGNALS = ("fp32", "fp16")


def refusal(spec: ModelSpec, recipe: Recipe) -> str | None:
    """Return what this target cannot do."""
    return REFUSALS.get(recipe.precision)


def write(job: ExportJob, path: Path) -> Written:
    """Convert and write the file. Raises ExportError."""
    need_photos(job)
    spec = job.spec
    taken = photo_tensor(spec, "NCHW")
    with quiet():
        from export._onnx_graph import OPSET, float_graph, prepared_graph

        precision = job.recipe.numbers
        opset = 21 if precision == "w4" else OPSET  # opset 21 introduced 4-bit integers
        if precision == "fp32":
            graph = float_graph(job, opset)
        elif precision == "w8a8":
            images = [encode_input(photo, taken) for photo in job.calibration]
            method = job.calibration_method or CALIBRATIONS[0]
            graph = _static_int8(prepared_graph(job, opset), images, method, job.float_layers)
        else:
            from export._onnx_weights import small_weights

            graph = small_weights(prepared_graph(job, opset), precision)
        write_bytes(path, graph.SerializeToString(deterministic=True))
    more = (signals_tensor(spec, job.signals, "NCHW"),) if job.signals else ()
    return Written(inputs=(taken, *more), outputs=(mask_tensor(spec, job.output, "NCHW"),), facts={"opset": opset})


def read_back(path: Path, written: Written) -> Contents:
    """Return what a finished file holds."""
    from export import _readback_onnx

    with quiet():
        return _readback_onnx.read_back(path)


def _static_int8(
    graph: onnx.ModelProto, images: list[npt.NDArray[Any]], method: str, float_layers: Sequence[str] = ()
) -> onnx.ModelProto:
    """Quantise activations to uint8 and weights to int8 per channel: the pair that is fast on both x86 and ARM.

    graph: as prepared_graph returns it.
    """
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.calibrate import CalibrationDataReader

    class Photos(CalibrationDataReader):
        def __init__(self) -> None:
            self._left = iter(images)

        def get_next(self) -> dict[str, Any] | None:
            image = next(self._left, None)
            return None if image is None else {"image": image}

    methods = {
        "min-max": CalibrationMethod.MinMax,
        "percentile": CalibrationMethod.Percentile,
        "entropy": CalibrationMethod.Entropy,
    }
    with tempfile.TemporaryDirectory() as folder:
        prepared, quantised = (Path(folder) / f"{step}.onnx" for step in ("prepared", "int8"))
        write_bytes(prepared, graph.SerializeToString())
        quantize_static(
            prepared,
            quantised,
            Photos(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=methods[method],
            nodes_to_exclude=[*_float_edges(graph), *_nodes_of(graph, float_layers)],
        )
        return onnx.load(quantised)


def _nodes_of(graph: onnx.ModelProto, layers: Sequence[str]) -> list[str]:
    """Return the nodes of convolutions, found by the names of the weights that they read. Raises ExportError."""
    nodes = {node.input[1]: node.name for node in graph.graph.node if node.op_type == "Conv"}
    weights = {layer: f"network.{layer}.weight" for layer in layers}
    if absent := [layer for layer, weight in weights.items() if weight not in nodes]:
        raise ExportError(f"the ONNX graph has no convolution {absent[0]} to keep in floats")
    return [nodes[weight] for weight in weights.values()]


def _float_edges(graph: onnx.ModelProto) -> list[str]:
    """Return the nodes that stay float: the normalisation, and the last resize, whose 256 levels would make edges
    jagged."""
    nodes = graph.graph.node
    raw = {graph.graph.input[0].name}
    names = []
    for node in nodes:
        if node.op_type in ("Mul", "Add", "Sub", "Div") and raw & set(node.input):
            raw |= set(node.output)
            names.append(node.name)
    finished = {graph.graph.output[0].name}
    for node in reversed(nodes):
        if node.op_type in ("Resize", "ArgMax", "Cast") and finished & set(node.output):
            finished |= set(node.input)
            names.append(node.name)
    return names
