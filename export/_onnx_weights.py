"""Smaller weights in a float ONNX graph: float16, 8 or 4 bits, and 8 bits with activations rounded at run time."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pocketseg.core.files import write_bytes

if TYPE_CHECKING:
    import numpy.typing as npt
    import onnx

_LAYERS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
# Input channels that share a 4-bit scale: on training photos TopFormer Tiny agrees better with 16 than with 32.
_BLOCK = 16


def small_weights(graph: onnx.ModelProto, precision: str) -> onnx.ModelProto:
    """Return a graph of prepared_graph with weights in `precision`: fp16, w8, w8dyn or w4. It may be the same one."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.float16 import convert_float_to_float16

    if precision == "w8dyn":
        with tempfile.TemporaryDirectory() as folder:
            prepared, dynamic = (Path(folder) / f"{step}.onnx" for step in ("prepared", "dynamic"))
            write_bytes(prepared, graph.SerializeToString())
            # uint8: ONNX Runtime's integer convolution is several times slower with signed weights.
            quantize_dynamic(prepared, dynamic, weight_type=QuantType.QUInt8)
            return onnx.load(dynamic)
    if precision == "fp16":
        return convert_float_to_float16(graph, keep_io_types=True)
    _store_(graph, 8 if precision == "w8" else 4)
    return graph


def _store_(graph: onnx.ModelProto, bits: int) -> None:
    """Replace every layer's weights by integers and a DequantizeLinear."""
    import onnx

    kind = onnx.TensorProto.INT8 if bits == 8 else onnx.TensorProto.INT4
    constants = {i.name: i for i in graph.graph.initializer}
    nodes = []
    for node in graph.graph.node:
        constant = constants.get(node.input[1]) if node.op_type in _LAYERS else None
        if constant is None or len(constant.dims) < 2:
            continue
        name, values = constant.name, onnx.numpy_helper.to_array(constant)
        del constants[name]
        codes, scale, place = _rounded(values, bits, 0 if node.op_type == "Conv" else 1)
        raw = codes.tobytes() if bits == 8 else _packed(codes)
        graph.graph.initializer.remove(constant)
        graph.graph.initializer.append(onnx.helper.make_tensor(f"{name}_codes", kind, values.shape, raw, raw=True))
        graph.graph.initializer.append(onnx.numpy_helper.from_array(scale, f"{name}_scale"))
        nodes.append(
            onnx.helper.make_node(
                "DequantizeLinear", [f"{name}_codes", f"{name}_scale"], [name], name=f"{name}_floats", **place
            )
        )
    others = list(graph.graph.node)
    del graph.graph.node[:]
    graph.graph.node.extend([*nodes, *others])


def _rounded(
    values: npt.NDArray[Any], bits: int, channel_axis: int
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32], dict[str, int]]:
    """Return codes, scales and DequantizeLinear's attributes: one scale per output channel, in 4 bits per block of
    inputs."""
    most = 2 ** (bits - 1) - 1
    if bits == 4 and channel_axis == 0 and values.shape[1] > _BLOCK:
        outputs, inputs, *window = values.shape
        blocks = -(-inputs // _BLOCK)
        padded = np.zeros((outputs, blocks * _BLOCK, *window), values.dtype)
        padded[:, :inputs] = values
        largest = np.abs(padded.reshape(outputs, blocks, _BLOCK, *window)).max(2)
        scale = _scale(largest, most)  # outputs,blocks,window
        spread = np.repeat(scale, _BLOCK, 1)[:, :inputs]
        place = {"axis": 1, "block_size": _BLOCK}
    else:
        others = tuple(a for a in range(values.ndim) if a != channel_axis)
        scale = _scale(np.abs(values).max(others), most)
        spread = np.expand_dims(scale, others)
        place = {"axis": channel_axis}
    codes = np.clip(np.rint(values / spread), -most, most).astype(np.int8)
    return codes, scale, place


def _scale(largest: npt.NDArray[Any], most: int) -> npt.NDArray[np.float32]:
    return np.where(largest > 0, largest / most, 1).astype(np.float32)


def _packed(codes: npt.NDArray[np.int8]) -> bytes:
    """Return packed 4-bit integers, the first in the low half of a byte."""
    halves = codes.reshape(-1).astype(np.uint8) & 15
    halves = np.append(halves, np.zeros(len(halves) % 2, np.uint8))
    return bytes((halves[0::2] | halves[1::2] << 4).tobytes())
