"""ONNX Runtime on this computer computes what it does on a phone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from benchmark.runtimes.ort import OrtSession

_CHANNELS = 64


def _extreme(path: Path) -> None:
    """Write a 1x1 convolution of 8-bit integers whose products are as large as they can be, and cancel out."""
    signs = np.repeat(np.array([127, -127], np.int8), _CHANNELS // 2)
    weights = {
        "w": np.tile(signs, (_CHANNELS, 1)).reshape(_CHANNELS, _CHANNELS, 1, 1),
        "w_scale": np.full(_CHANNELS, 1 / 127, np.float32),
        "w_zero": np.zeros(_CHANNELS, np.int8),
        "scale": np.float32(1),
        "x_zero": np.uint8(0),
        "y_zero": np.uint8(128),
    }
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "scale", "x_zero"], ["qx"]),
        helper.make_node("DequantizeLinear", ["qx", "scale", "x_zero"], ["dx"]),
        helper.make_node("DequantizeLinear", ["w", "w_scale", "w_zero"], ["dw"], axis=0),
        helper.make_node("Conv", ["dx", "dw"], ["c"]),
        helper.make_node("QuantizeLinear", ["c", "scale", "y_zero"], ["qc"]),
        helper.make_node("DequantizeLinear", ["qc", "scale", "y_zero"], ["y"]),
    ]
    shape = [1, _CHANNELS, 8, 8]
    graph = helper.make_graph(
        nodes, "extreme",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def test_no_sum_of_8_bit_products_is_cut_on_a_processor_without_vnni(tmp_path: Path) -> None:
    _extreme(tmp_path / "extreme.onnx")
    image = np.full((1, _CHANNELS, 8, 8), 255, np.float32)
    image[:, _CHANNELS // 2 :] = 251  # 32 x 255 - 32 x 251 = 128, where no pair of products was cut; cut to 127
    got = OrtSession(tmp_path / "extreme.onnx", 1, precision="w8a8").run(image)
    assert np.unique(got).tolist() == [127.0]
    image[:, _CHANNELS // 2 :] = 254
    again = OrtSession(tmp_path / "extreme.onnx", 1, precision="w8a8").run(image)
    assert np.unique(again).tolist() == [32.0]
