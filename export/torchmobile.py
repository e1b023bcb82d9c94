"""Target torchmobile: one .ptl for PyTorch Mobile's lite interpreter: float, small weights, static int8 on QNNPACK."""

from __future__ import annotations

import io
import operator
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from export import ExportJob, need_photos
from export._quiet import quiet
from export._readback import Contents
from export._tensors import mask_tensor, photo_tensor
from pocketseg.core.files import write_bytes
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import ModelSpec, Recipe, Written

if TYPE_CHECKING:
    import torch
    from torch import fx, nn

SUFFIX = ".ptl"
RUNTIME = "torchmobile"
PRECISIONS = ("fp32", "fp16", "w8", "w8a8", "w8a8:qat", "w8a8:mixed")
REFUSALS = {
    "w8dyn": "PyTorch's dynamic quantization turns linear and recurrent layers only; these networks are convolutions",
    "w4": "PyTorch Mobile's tensors have no 4-bit type that its convolutions could read",
    "pal8": "PyTorch Mobile has no kernel that reads weights from a palette; only Core ML has",
    "pal6": "PyTorch Mobile has no kernel that reads weights from a palette; only Core ML has",
    "pal4": "PyTorch Mobile has no kernel that reads weights from a palette; only Core ML has",
}
CALIBRATIONS = ("histogram", "min-max")
TOOLS = ("torch",)
# a floor for scales: QNNPACK's add needs scales within 2**14 of each other, and a branch of zeros would be below
_LEAST_SCALE = 2**-12


def refusal(spec: ModelSpec, recipe: Recipe) -> str | None:
    """Return what this target cannot do."""
    return REFUSALS.get(recipe.precision)


def write(job: ExportJob, path: Path) -> Written:
    """Convert and write the file. Raises ExportError."""
    need_photos(job)
    with quiet():  # the lite interpreter and FX quantisation are deprecated: known, and stated in the docs
        import torch

        from export._deploy import deployed
        from export._torchscript_names import free_names

        spec = job.spec
        taken = photo_tensor(spec, "NCHW")
        network: nn.Module = deployed(job.network, spec, job.output, "NCHW")
        start = free_names()
        before = torch.backends.quantized.engine
        try:
            if job.recipe.numbers == "w8a8":
                torch.backends.quantized.engine = "qnnpack"  # the phone's engine; it decides how weights are packed
                photos = [torch.from_numpy(encode_input(photo, taken)) for photo in job.calibration]
                network = _quantized(network, photos, job.calibration_method or CALIBRATIONS[0], job.float_layers)
            elif job.recipe.precision in ("fp16", "w8"):
                from export._torch_weights import small_weights

                network = small_weights(_traced(network), job.recipe.precision)
            with torch.no_grad():
                traced = torch.jit.trace(network, (torch.zeros(taken.shape),), check_trace=False)
                # optimize_for_mobile would also pack weights for XNNPACK, which this build of torch lacks. Small
                # weights must not be frozen: their floats would be computed now and stored.
                final = traced if job.recipe.precision in ("fp16", "w8") else torch.jit.freeze(traced)
            data = final._save_to_buffer_for_lite_interpreter()  # a file's own name would become part of its bytes
        finally:
            torch.backends.quantized.engine = before
        write_bytes(path, _repeatable(data, start))
    return Written(inputs=(taken,), outputs=(mask_tensor(spec, job.output, "NCHW"),))


def read_back(path: Path, written: Written) -> Contents:
    """Return what a finished file holds."""
    from export import _readback_torchmobile

    with quiet():
        return _readback_torchmobile.read_back(path, written.inputs[0].shape)


def _repeatable(data: bytes, start: int) -> bytes:
    """Return the file without what differs between computers and processes.

    The tables of which line of which source file made each operator hold the absolute paths of this checkout and of
    torch, and no runtime needs them: an error on a phone names the operator without its line. Numbers in names of
    classes are counted from `start`. PyTorch's writer keeps tensors aligned, and the id that it writes is a hash of the
    rest.
    """
    import torch

    from export._torchscript_names import renumbered

    reader = torch._C.PyTorchFileReader(io.BytesIO(data))
    kept = io.BytesIO()
    writer = torch._C.PyTorchFileWriter(kept)
    for name in reader.get_all_records():
        if not name.endswith(".debug_pkl") and name != ".data/serialization_id":
            new, record = renumbered(name, reader.get_record(name), start)
            writer.write_record(new, record, len(record))
    writer.write_end_of_file()
    return kept.getvalue()


def _quantized(
    network: nn.Module, photos: list[torch.Tensor], method: str, float_layers: Sequence[str] = ()
) -> nn.Module:
    """Return the network statically quantised for QNNPACK, by ranges seen on the photos (1,3,H,W each); attention stays
    float."""
    import torch
    from torch.ao.quantization import QConfig, QConfigMapping
    from torch.ao.quantization.observer import HistogramObserver, MinMaxObserver, PerChannelMinMaxObserver
    from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

    from export._histograms import QuickHistograms

    observer = MinMaxObserver if method == "min-max" else HistogramObserver
    qconfig = QConfig(
        activation=observer.with_args(dtype=torch.quint8, reduce_range=False, eps=_LEAST_SCALE),
        # QNNPACK's kernels need int8 weights without -128.
        weight=PerChannelMinMaxObserver.with_args(
            dtype=torch.qint8, qscheme=torch.per_channel_symmetric, quant_min=-127, quant_max=127, eps=_LEAST_SCALE
        ),
    )
    mapping = QConfigMapping().set_global(qconfig)
    for operation in (torch.matmul, torch.nn.functional.softmax, "softmax"):
        mapping = mapping.set_object_type(operation, None)  # attention is unscaled: rounding it costs accuracy
    for arithmetic in (operator.mul, operator.add):  # the first of each is the normalisation
        mapping = mapping.set_module_name_object_type_order("", arithmetic, 0, None)
    for layer in float_layers:
        mapping = mapping.set_module_name(f"network.{layer}", None)
    prepared = prepare_fx(_contiguous_clamps(_traced(network)), mapping, (photos[0],))
    with torch.no_grad(), QuickHistograms():
        for photo in photos:
            prepared(photo)
    converted: fx.GraphModule = convert_fx(prepared)
    return converted


def _traced(network: nn.Module) -> fx.GraphModule:
    """Return the network traced symbolically, also through loops over the parts of a split, which FX alone refuses."""
    from torch import fx

    class Tracer(fx.Tracer):
        def iter(self, obj: fx.Proxy) -> Iterator[Any]:
            source: Any = obj.node
            picked = slice(None)
            if source.target is operator.getitem and isinstance(source.args[1], slice):
                source, picked = source.args
            sizes = source.args[1] if source.target == "split" else None
            if not isinstance(sizes, list | tuple):
                return super().iter(obj)
            parts: Any = fx.Proxy(source, self)
            return iter([parts[index] for index in range(len(sizes))[picked]])

    return fx.GraphModule(network, Tracer().trace(network))


def _contiguous_clamps(network: fx.GraphModule) -> fx.GraphModule:
    """Give every ReLU6 an input in N,C,H,W order: QNNPACK's writes channels-last results in the wrong order."""
    from torch import nn

    for node in list(network.graph.nodes):
        module = network.get_submodule(node.target) if node.op == "call_module" else None
        if isinstance(module, nn.ReLU6) or node.target is nn.functional.relu6:
            with network.graph.inserting_before(node):
                ordered = network.graph.call_method("contiguous", (node.args[0],))
            node.update_arg(0, ordered)
    network.recompile()
    return network
