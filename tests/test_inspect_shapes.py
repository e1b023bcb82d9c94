"""Files that take several sizes, and .onnx files whose weights lie beside them, as `pocketseg inspect` shows them."""

from __future__ import annotations

import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.inspect import ANY, Inspection, Port, coreml, inspect_file, parsed, tflite
from pocketseg.mlprogram.package import model_class
from pocketseg.report.inspection import _shape


def _onnx(path: Path, dims: list[Any], location: str = "") -> Path:
    """Write a .onnx of one convolution; location: of a file beside it for its weights."""
    weight = numpy_helper.from_array(np.ones((4, 3, 3, 3), np.float32), "w")
    node = helper.make_node("Conv", ["x", "w"], ["y"], name="conv", pads=[1] * 4)
    ports = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, [dims[0], c, *dims[2:]]) for n, c in (("x", 3), ("y", 4))
    ]
    graph = helper.make_graph([node], "g", ports[:1], ports[1:], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    beside = {"save_as_external_data": True, "location": location, "size_threshold": 0} if location else {}
    onnx.save(model, path, **beside)
    return path


def test_free_dimensions_of_onnx_are_shown_as_free(tmp_path: Path) -> None:
    found = inspect_file(_onnx(tmp_path / "a.onnx", ["batch", 3, "height", 48]))
    port = found.inputs[0]
    assert port.shape == (0, 3, 0, 48) and port.ranges == (ANY, (3, 3), ANY, (48, 48))
    assert _shape(port) == "any x 3 x any x 48" and "batch" in port.detail and "height" in port.detail
    fixed = inspect_file(_onnx(tmp_path / "b.onnx", [1, 3, 64, 48])).inputs[0]
    assert fixed.ranges == () and _shape(fixed) == "1 x 3 x 64 x 48"


DAMAGE: dict[str, tuple[Callable[[Path], Any], str]] = {
    "missing": (lambda p: p.unlink(), r"a\.onnx\.data, which holds weights of a\.onnx, is missing"),
    "cut short": (lambda p: p.write_bytes(b"x" * 10), r"is cut short: it has 10 bytes, but a\.onnx needs 432"),
    "a folder": (lambda p: (p.unlink(), p.mkdir()), "is missing"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_file_of_weights_beside_onnx_is_named_where_it_is_not_whole(what: str, tmp_path: Path) -> None:
    path = _onnx(tmp_path / "a.onnx", [1, 3, 64, 48], "a.onnx.data")
    assert inspect_file(path).layers[0].weights == 108
    damage, message = DAMAGE[what]
    damage(tmp_path / "a.onnx.data")
    with pytest.raises(RuntimeFailedError, match=message):
        inspect_file(path)


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "..\\secret", "a/../../secret", "", "a\0b", "link"])
def test_weights_outside_the_folder_are_refused(location: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(b"\0" * 1000)
    (folder / "link").symlink_to("../secret")
    path = _onnx(folder / "a.onnx", [1, 3, 64, 48], "a.onnx.data")
    model = onnx.load(path, load_external_data=False)
    for entry in model.graph.initializer[0].external_data:
        if entry.key == "location":
            entry.value = location
    path.write_bytes(model.SerializeToString())
    with pytest.raises(RuntimeFailedError, match="which is not a file beside it"):
        inspect_file(path)


# ---- Core ML and TFLite ----------------------------------------------------------------------------------------------


def _feature() -> Any:
    return model_class()().description.input.add()


def test_sizes_that_a_core_ml_array_lists_are_shown() -> None:
    port = _feature()
    array = port.type.multiArrayType
    array.shape.extend([1, 3, 64, 48])
    for shape in ([1, 3, 64, 48], [1, 3, 32, 32]):
        array.enumeratedShapes.shapes.add().shape.extend(shape)
    found = coreml._port(port)
    assert found.sizes == ((1, 3, 64, 48), (1, 3, 32, 32)) and found.ranges == ()
    assert _shape(found) == "one of 1 x 3 x 64 x 48, 1 x 3 x 32 x 32; default 1 x 3 x 64 x 48"


def test_ranges_of_a_core_ml_array_are_shown() -> None:
    port = _feature()
    array = port.type.multiArrayType
    array.shape.extend([1, 64, 48])
    for low, high in ((1, 1), (32, 256), (32, -1)):
        side = array.shapeRange.sizeRanges.add()
        side.lowerBound, side.upperBound = low, high
    assert _shape(coreml._port(port)) == "1 x 32..256 x 32 or more; default 1 x 64 x 48"


def test_sizes_of_a_core_ml_picture_are_shown_height_first() -> None:
    port = _feature()
    image = port.type.imageType
    image.height, image.width, image.colorSpace = 64, 48, 20
    for height, width in ((64, 48), (32, 24)):
        size = image.enumeratedSizes.sizes.add()
        size.height, size.width = height, width
    assert _shape(coreml._port(port)) == "one of 64 x 48, 32 x 24; default 64 x 48 (height x width)"
    image.imageSizeRange.heightRange.lowerBound, image.imageSizeRange.heightRange.upperBound = 32, 256
    image.imageSizeRange.widthRange.lowerBound, image.imageSizeRange.widthRange.upperBound = 16, 128
    assert coreml._port(port).ranges == ((32, 256), (16, 128))


def test_free_dimensions_of_tflite_are_shown_as_free() -> None:
    tensor = types.SimpleNamespace(
        name=b"x", shape=np.array([1, 1, 1, 3]), shapeSignature=np.array([1, -1, -1, 3]), type=0, quantization=None
    )
    found = tflite._port(tensor, {0: "FLOAT32"})
    assert found.ranges == ((1, 1), ANY, ANY, (3, 3))
    assert _shape(found) == "1 x any x any x 3; default 1 x 1 x 1 x 3"
    tensor.shapeSignature = None
    assert tflite._port(tensor, {0: "FLOAT32"}).ranges == ()


def test_many_sizes_are_cut_off_in_a_table_and_kept_in_json() -> None:
    import dataclasses
    import json

    port = Port(name="x", shape=(1, 1), kind="float32", sizes=tuple((n, n) for n in range(1, 21)))
    assert _shape(port).endswith("8 x 8 and 12 more; default 1 x 1")
    found = Inspection(
        file="x", target="coreml", size_bytes=0, inputs=(port,), outputs=(), operations={}, constants={}, layers=(),
        multiply_adds=None,
    )  # fmt: skip
    assert parsed(json.loads(json.dumps(dataclasses.asdict(found)))) == found
