"""A .ptl: its operators as TorchScript lists them, and its layers as one run on zeros calls them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from export import _readback_torchmobile
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.inspect import Inspection, Port
from pocketseg.inspect._layers import before_first_layer, counted, layers_of, summed

_MAGIC = b"PK\x03\x04"  # a zip
_LAYERS = ("aten::conv2d", "aten::_convolution", "aten::linear", "aten::addmm", "quantized::conv2d")
_NO_WORK = ("prim::", "aten::__")


def read(path: Path, shape: tuple[int, ...] | None) -> Inspection:
    """Read the file. shape: of its input, which only a manifest knows. Raises RuntimeFailedError for another kind of
    file."""
    if path.read_bytes()[:4] != _MAGIC:
        raise RuntimeFailedError(f"{path} is not a .ptl file: its first bytes are different")
    import torch

    before = torch.backends.quantized.engine
    if "qnnpack" in torch.backends.quantized.supported_engines:
        torch.backends.quantized.engine = "qnnpack"
    try:
        network = torch.jit.load(str(path), map_location="cpu")
    finally:
        torch.backends.quantized.engine = before
    graph = network.inlined_graph
    operations = [n.kind() for n in graph.nodes() if not n.kind().startswith(_NO_WORK)]
    notes = (
        () if shape else ("the shape of its input is not in the file: layers and multiply-adds need its manifest.json",)
    )
    contents = _readback_torchmobile.read_back(path, shape) if shape else None
    given = [value for value in graph.inputs() if str(value.type()) == "Tensor"]
    return Inspection(
        file=path.name,
        target="torchmobile",
        size_bytes=0,
        inputs=tuple(Port(name=v.debugName(), shape=(), kind="tensor") for v in given),
        outputs=tuple(Port(name=v.debugName(), shape=(), kind="tensor") for v in graph.outputs()),
        operations=counted(name.removeprefix("aten::") for name in operations),
        constants=summed(_constants(network, graph)),
        layers=layers_of(contents) if contents else (),
        multiply_adds=contents.multiply_adds if contents else None,
        multiply_adds_reason="" if contents else "the input's shape is not known",
        before_first_layer=tuple(n.removeprefix("aten::") for n in _before(graph, given)),
        notes=notes,
    )


def _before(graph: Any, given: list[Any]) -> tuple[str, ...]:
    """Return the operations on the input up to the first layer."""
    nodes = [
        (n.kind(), [v.debugName() for v in n.inputs()], [v.debugName() for v in n.outputs()]) for n in graph.nodes()
    ]
    return before_first_layer(nodes, [v.debugName() for v in given], _LAYERS)


def _constants(network: Any, graph: Any) -> Iterator[tuple[str, int]]:
    """Yield type and bytes of every tensor, of the module or in the graph itself; packed ones are unpacked."""
    import torch

    tensors = [*network.parameters(), *network.buffers()]
    for node in graph.nodes():
        if node.kind() != "prim::Constant" or not node.hasAttribute("value"):
            continue
        if node.kindOf("value") == "t":
            tensors.append(node.t("value"))
        elif node.kindOf("value") == "ival":
            packed = node.output().toIValue()
            tensors += [t for t in packed.unpack() if t is not None] if hasattr(packed, "unpack") else []
    for tensor in tensors:
        if isinstance(tensor, torch.Tensor):
            yield str(tensor.dtype).removeprefix("torch."), tensor.numel() * tensor.element_size()
