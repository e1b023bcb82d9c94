"""Target onnx: the graph that its converter makes, and the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import onnx
from _tiny import SPEC, Converted, job

from export import onnx as target
from pocketseg.core.types import OutputKind, Recipe


def test_palettes_are_refused_as_palettes() -> None:
    assert "palette" in str(target.refusal(SPEC, Recipe(precision="pal8")))


def test_int8_keeps_its_edges_float_and_its_weights_per_channel(converted: Converted) -> None:
    path, _ = converted("onnx", "w8a8", OutputKind.LOGITS)
    graph = onnx.load(path).graph
    makers = {name: node.op_type for node in graph.node for name in node.output}
    makes = {node.op_type: [makers.get(name) for name in node.input] for node in graph.node}
    assert makes["Conv"][:2] == ["DequantizeLinear", "DequantizeLinear"]
    assert makes["Mul"][0] is None
    assert makes["Add"][0] == "Mul"
    assert graph.output[0].name == "logits"
    assert makers["logits"] == "Resize"
    assert {(8,), (4,)} <= {tuple(i.dims) for i in graph.initializer if i.name.endswith("_scale")}


def test_same_request_gives_the_same_bytes_without_paths_of_this_machine(tmp_path: Path, converted: Converted) -> None:
    path, _ = converted("onnx", "w8a8", OutputKind.CLASSMAP)
    target.write(job("w8a8", OutputKind.CLASSMAP), tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    assert str(Path(target.__file__).parents[1]).encode() not in path.read_bytes()
