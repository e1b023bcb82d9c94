"""Static int8 for Core ML: torch determines ranges on photos, and the program gets quantize and dequantize operations.

coremltools' own calibration runs the package in Core ML, which exists only on macOS. The operations are placed where
its linear_quantize_activations places them, before convolutions, linear layers, pools and additions; the last layer's
result stays float, and so do the layers that w8a8:mixed names. Weights have a symmetric scale per channel; values that
are never negative have the range 0..255, all others a symmetric range, which the Neural Engine accepts. Source:
coremltools, insert_prefix_quantize_dequantize_pair, and its guide, "Quantization overview".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from export._pt2e import module_path

if TYPE_CHECKING:
    import torch
    from torch import fx

CALIBRATIONS = ("min-max", "histogram")
_EPS = 2**-12  # lowest scale: float16 still represents it well


def quantized(
    graph: fx.GraphModule, photos: Sequence[torch.Tensor], method: str, float_layers: Sequence[str] = ()
) -> fx.GraphModule:
    """Quantise an exported network in place. photos: 1,3,H,W each, as the network takes them.

    method: of CALIBRATIONS. float_layers: paths of the network's convolutions whose inputs and weights stay float16.
    """
    import torch
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    from export._histograms import QuickHistograms

    prepared = prepare_pt2e(graph, _quantizer(method, frozenset(f"network.{layer}" for layer in float_layers)))
    with torch.no_grad(), QuickHistograms():
        for photo in photos:
            prepared(photo)
    converted: fx.GraphModule = convert_pt2e(prepared)
    return converted


def _quantizer(method: str, stay: frozenset[str]) -> Any:
    import torch
    from torch import fx
    from torch.ops import aten  # type: ignore[import-not-found]
    from torchao.quantization.pt2e import HistogramObserver, MinMaxObserver, PerChannelMinMaxObserver
    from torchao.quantization.pt2e.quantizer import (
        QuantizationAnnotation,
        QuantizationSpec,
        Quantizer,
        SharedQuantizationSpec,
    )
    from torchao.quantization.pt2e.quantizer.quantizer import Q_ANNOTATION_KEY

    seen = (HistogramObserver if method == "histogram" else MinMaxObserver).with_args(eps=_EPS)
    weight = QuantizationSpec(
        dtype=torch.int8, quant_min=-127, quant_max=127, qscheme=torch.per_channel_symmetric, ch_axis=0,
        observer_or_fake_quant_ctr=PerChannelMinMaxObserver.with_args(eps=_EPS**2),
    )  # fmt: skip
    signed = QuantizationSpec(
        dtype=torch.int8, quant_min=-127, quant_max=127, qscheme=torch.per_tensor_symmetric,
        observer_or_fake_quant_ctr=seen,
    )  # fmt: skip
    unsigned = QuantizationSpec(
        dtype=torch.uint8, quant_min=0, quant_max=255, qscheme=torch.per_tensor_affine, observer_or_fake_quant_ctr=seen
    )
    layers = {aten.conv2d.default, aten.linear.default}
    pools = {aten.max_pool2d.default, aten.avg_pool2d.default}
    additions = {aten.add.Tensor, aten.add_.Tensor}

    def range_of(node: fx.Node) -> Any:
        """Return how a node's values are quantised; a max pool keeps the range of its input."""
        if node.target is aten.max_pool2d.default:
            return SharedQuantizationSpec((node.args[0], node))
        return unsigned if _never_negative(node) else signed

    class PrefixQuantizer(Quantizer):
        """Annotates the inputs of layers, pools and additions."""

        def annotate(self, model: fx.GraphModule) -> fx.GraphModule:
            for node in model.graph.nodes:
                given = [n for n in node.args[:2] if isinstance(n, fx.Node) and n.op == "call_function"]
                if node.target in layers and module_path(node) in stay:
                    continue
                if node.target in layers:
                    wanted = {node.args[0]: range_of(node.args[0]), node.args[1]: weight}
                elif node.target in pools:
                    wanted = {node.args[0]: range_of(node.args[0])}
                elif node.target in additions and len(given) == 2:  # of two results, not of a constant
                    wanted = {n: range_of(n) for n in given}
                else:
                    continue
                node.meta[Q_ANNOTATION_KEY] = QuantizationAnnotation(input_qspec_map=wanted, _annotated=True)
            return model

        def validate(self, model: fx.GraphModule) -> None:
            """Accept any model: the finished file is read back."""

    return PrefixQuantizer()


def _never_negative(node: fx.Node) -> bool:
    """Return whether no value of a node can be below 0, judged by the operations that made it."""
    from torch import fx
    from torch.ops import aten

    made_so = {
        aten.relu.default, aten.relu_.default, aten.relu6.default, aten.relu6_.default, aten.sigmoid.default,
        aten.hardsigmoid.default, aten.softmax.int,
    }  # fmt: skip
    clipped = {aten.hardtanh.default, aten.hardtanh_.default, aten.clamp.default}
    keeps = {  # these operations make no negative values from non-negative ones
        aten.cat.default, aten.max_pool2d.default, aten.avg_pool2d.default, aten.upsample_bilinear2d.vec,
        aten.add.Tensor, aten.add_.Tensor, aten.mul.Tensor, aten.reshape.default, aten.view.default,
        aten.transpose.int, aten.permute.default,
    }  # fmt: skip
    if node.target in made_so:
        return True
    arguments: Any = node.args
    if node.target in clipped:
        return len(arguments) > 1 and bool(arguments[1] == 0)
    if node.target not in keeps:
        return False
    taken = arguments[0] if node.target is aten.cat.default else arguments[:2]
    given = [n for n in taken if isinstance(n, fx.Node)]
    counts = node.target in (aten.add.Tensor, aten.add_.Tensor, aten.mul.Tensor)
    constants = [n for n in taken if counts and isinstance(n, int | float)]
    return bool(given) and all(n >= 0 for n in constants) and all(_never_negative(n) for n in given)
