"""Target executorch: one .pte whose network runs on the XNNPACK delegate, fp32 or PT2E static int8."""

from __future__ import annotations

import dataclasses
import operator
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from export import ExportJob, need_photos
from export._pt2e import module_path
from export._quiet import quiet
from export._readback import Contents
from export._tensors import mask_tensor, photo_tensor
from pocketseg.core.errors import ExportError
from pocketseg.core.files import write_bytes
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import ModelSpec, Recipe, Written

if TYPE_CHECKING:
    import torch
    from torch import fx, nn

SUFFIX = ".pte"
RUNTIME = "executorch"
PRECISIONS = ("fp32", "w8a8", "w8a8:qat", "w8a8:mixed")
REFUSALS = {
    "fp16": "the delegate stores the weights of half convolutions as 32-bit floats, so the file would not shrink",
    "w8": "XNNPACK has no convolution that takes 8-bit weights with float activations",
    "w8dyn": "XNNPACK has no dynamic depthwise convolution, and ExecuTorch 1.4 fails to run the rest of TopFormer",
    "w4": "XNNPACK reads 4-bit weights in fully connected layers only, and these networks consist of convolutions",
    "pal8": "XNNPACK has no kernel that reads weights from a palette; only Core ML has",
    "pal6": "XNNPACK has no kernel that reads weights from a palette; only Core ML has",
    "pal4": "XNNPACK has no kernel that reads weights from a palette; only Core ML has",
}
CALIBRATIONS = ("histogram", "min-max")
TOOLS = ("executorch", "torch", "torchao")


def refusal(spec: ModelSpec, recipe: Recipe) -> str | None:
    """Return what this target cannot do."""
    return REFUSALS.get(recipe.precision)


def write(job: ExportJob, path: Path) -> Written:
    """Convert and write the file. Raises ExportError."""
    need_photos(job)
    with quiet():
        import torch
        from executorch.exir.error import ExportError as EdgeExportError
        from executorch.exir.error import InternalError

        from export._deploy import deployed

        spec = job.spec
        taken = photo_tensor(spec, "NCHW")
        example = (torch.zeros(taken.shape),)
        try:
            graph = job.shared.once(
                ("program", job.output),
                lambda: torch.export.export(deployed(job.network, spec, job.output, "NCHW"), example),
            ).module()  # a copy
            assert isinstance(graph, torch.fx.GraphModule)
            _make_delegable_(graph)
            if job.recipe.numbers == "w8a8":
                photos = [torch.from_numpy(encode_input(photo, taken)) for photo in job.calibration]
                graph = _quantized(graph, photos, job.calibration_method or CALIBRATIONS[0], job.float_layers)
            data, facts = _lowered(graph, example)
        except (EdgeExportError, InternalError) as error:
            raise ExportError(f"ExecuTorch did not convert the network: {str(error)[:500]}") from error
    write_bytes(path, data)
    return Written(inputs=(taken,), outputs=(mask_tensor(spec, job.output, "NCHW"),), facts=facts)


def read_back(path: Path, written: Written) -> Contents:
    """Return what a finished file holds."""
    from export import _readback_executorch

    with quiet():
        return _readback_executorch.read_back(path)


def _make_delegable_(graph: fx.GraphModule) -> None:
    """Rewrite average pools and splits in place in forms that XNNPACK's partitioner accepts; the numbers stay the
    same."""
    from torch.ops import aten  # type: ignore[import-not-found]

    for node in list(graph.graph.nodes):
        if node.target == aten.avg_pool2d.default:
            defaults: tuple[Any, ...] = (None, None, [], [0, 0], False)
            source, kernel, stride, padding, ceil_mode = (*node.args, *defaults[len(node.args) :])[:5]
            if not any(padding):  # where nothing is padded, the padding need not count
                node.args = (source, kernel, stride or kernel, padding, ceil_mode, False)
        elif node.target in (aten.split_with_sizes.default, aten.split.sizes):
            source, sizes = node.args[0], node.args[1]
            dim = node.args[2] if len(node.args) > 2 else 0
            for item in list(node.users):
                assert item.target is operator.getitem
                start = sum(sizes[: item.args[1]])
                with graph.graph.inserting_before(item):
                    cut = (source, dim, start, start + sizes[item.args[1]])
                    part = graph.graph.call_function(aten.slice_copy.Tensor, cut)  # int8 passes through
                part.meta = dict(item.meta)
                item.replace_all_uses_with(part)
                graph.graph.erase_node(item)
            graph.graph.erase_node(node)
    graph.recompile()


def _quantized(
    graph: fx.GraphModule, photos: list[torch.Tensor], method: str, float_layers: Sequence[str] = ()
) -> fx.GraphModule:
    """Return the network with weights per channel and activations per tensor quantised, by ranges seen on the photos
    (1,3,H,W each)."""
    import torch
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
        XNNPACKQuantizer,
        get_symmetric_quantization_config,
    )
    from torchao.quantization.pt2e import MinMaxObserver
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    from export._histograms import QuickHistograms

    config = get_symmetric_quantization_config(is_per_channel=True)
    if method == "min-max":
        observer = MinMaxObserver.with_args(eps=2**-12)  # as the library sets it for its histograms
        activations = dataclasses.replace(config.input_activation, observer_or_fake_quant_ctr=observer)
        config = dataclasses.replace(config, input_activation=activations, output_activation=activations)
    quantizer = XNNPACKQuantizer().set_global(config)
    # Not set_module_name, which does not accept None. The path "" is the wrapper's own: the normalisation stays in
    # float.
    stay = {"", *(f"network.{layer}" for layer in float_layers)}
    quantizer.set_filter_function(lambda node: module_path(node) not in stay)
    prepared = prepare_pt2e(graph, quantizer)
    with torch.no_grad(), QuickHistograms():
        for photo in photos:
            prepared(photo)
    converted: fx.GraphModule = convert_pt2e(prepared)
    return converted


def _lowered(network: nn.Module, example: tuple[torch.Tensor]) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes of the lowered program, and counts of what its delegate takes and leaves."""
    import torch
    from executorch.backends.xnnpack._passes.remove_noop_expand_copy_pass import RemoveNoopExpandCopyPass
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import EdgeCompileConfig, to_edge_transform_and_lower

    edge = to_edge_transform_and_lower(
        torch.export.export(network, example),
        transform_passes=[RemoveNoopExpandCopyPass()],
        partitioner=[XnnpackPartitioner()],
        # every pass would check every operator: here the finished file is read back, run and compared
        compile_config=EdgeCompileConfig(_check_ir_validity=False),
    )
    module = edge.exported_program().graph_module
    partitions, inside, outside = 0, 0, Counter[str]()
    for node in module.graph.nodes:
        if node.op != "call_function" or node.target is operator.getitem:
            continue
        if "call_delegate" in str(node.target):
            lowered = getattr(module, node.args[0].target)
            partitions += 1
            inside += sum(n.op == "call_function" for n in lowered.original_module.graph.nodes)
        else:
            outside[getattr(node.target, "__name__", str(node.target))] += 1
    facts = {
        "delegate": "XNNPACK",
        "partitions": partitions,
        "delegated_nodes": inside,
        "undelegated_nodes": sum(outside.values()),
        "undelegated": dict(sorted(outside.items())),
    }
    return bytes(edge.to_executorch().buffer), facts
