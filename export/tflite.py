"""Target tflite: one LiteRT file, float through litert-torch (or onnx2tf), smaller through ai-edge-quantizer."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from export import ExportJob, need_photos
from export._quiet import quiet
from export._readback import Contents
from export._tensors import mask_tensor, photo_tensor, signals_tensor
from pocketseg.core.errors import ExportError, RefusedError, UnknownNameError
from pocketseg.core.files import write_bytes
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import ModelSpec, OutputKind, Recipe, TensorSpec, Written

if TYPE_CHECKING:
    from torch import nn

SUFFIX = ".tflite"
RUNTIME = "litert"
PRECISIONS = ("fp32", "fp16", "w8", "w8dyn", "w8a8", "w8a8:qat", "w8a8:mixed", "w4")
REFUSALS = {
    "pal8": "LiteRT has no kernel that reads weights from a palette; only Core ML has",
    "pal6": "LiteRT has no kernel that reads weights from a palette; only Core ML has",
    "pal4": "LiteRT has no kernel that reads weights from a palette; only Core ML has",
}
CALIBRATIONS = ("min-max",)  # the quantizer's library has no other for activations
CONVERTERS = ("litert-torch", "onnx2tf")
TOOLS = ("litert-torch", "litert-converter", "ai-edge-litert", "ai-edge-quantizer", "onnx2tf", "tensorflow")

WITH_SIGNALS = ("fp32", "fp16")

_SIGNATURE = "serving_default"


def refusal(spec: ModelSpec, recipe: Recipe) -> str | None:
    """Return what this target cannot do."""
    return REFUSALS.get(recipe.precision)


def write(job: ExportJob, path: Path) -> Written:
    """Convert and write the file. Raises ExportError."""
    converter = job.converter or CONVERTERS[0]
    if converter not in CONVERTERS:
        raise UnknownNameError("converter", converter, CONVERTERS)
    need_photos(job)
    if converter == "onnx2tf" and job.float_layers:
        raise RefusedError(
            f"onnx2tf renames tensors, so the {len(job.float_layers)} layers that must stay float for {job.recipe} "
            "cannot be found in its file",
            hint="leave --converter out, or use w8a8",
        )
    spec = job.spec
    taken = photo_tensor(spec, "NHWC")
    more = (signals_tensor(spec, job.signals, "NHWC"),) if job.signals else ()
    with quiet():
        from export._litert_names import short_names

        if converter == "onnx2tf":
            from export._onnx2tf import float_file

            data = job.shared.once((converter, job.output), lambda: float_file(job, _SIGNATURE))
        else:
            data = job.shared.once((converter, job.output), lambda: _litert_torch(job, (taken, *more)))
        if job.recipe.numbers == "w8a8":
            from export._litert_int8 import static_int8

            images = [{taken.name: encode_input(photo, taken)} for photo in job.calibration]
            data = static_int8(data, _SIGNATURE, images, [_scope(job.network, layer) for layer in job.float_layers])
        elif job.recipe.precision != "fp32":
            from export._litert_weights import small_weights

            data = small_weights(data, job.recipe.precision)
        data = short_names(data)
    write_bytes(path, data)
    return Written(
        inputs=(taken, *more), outputs=(mask_tensor(spec, job.output, "NHWC"),), facts={"signature": _SIGNATURE}
    )


def read_back(path: Path, written: Written) -> Contents:
    """Return what a finished file holds."""
    from export import _readback_tflite

    with quiet():
        return _readback_tflite.read_back(path)


def _scope(network: nn.Module, layer: str) -> str:
    """Return how the names of a layer's tensors begin: each module on its path with its class, as litert-torch names
    them."""
    from torch import nn

    owner, parts = network, [_named(network, "network")]
    for part in layer.split("."):
        owner = owner.get_submodule(part)
        # containers are not called, so they do not appear in names
        if not isinstance(owner, nn.ModuleList | nn.ModuleDict):
            parts.append(_named(owner, part))
    return "/" + "/".join(parts) + ";"


def _named(module: nn.Module, name: str) -> str:
    return f"{type(module).__module__}.{type(module).__qualname__}_{name}"


def _litert_torch(job: ExportJob, taken: Sequence[TensorSpec]) -> bytes:
    """Return a float file whose signature names its tensors."""
    import litert_torch
    import torch
    from torch import nn

    from export._deploy import deployed
    from export._two_inputs import deployed_with_signals

    class Named(nn.Module):
        """A wrapper whose dict keys become the signature's output names."""

        def __init__(self) -> None:
            super().__init__()
            wrapped = deployed_with_signals if job.signals else deployed
            self.network = wrapped(job.network, job.spec, OutputKind.LOGITS, "NHWC")

        def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
            return self.named(self.network(image))

        def named(self, output: torch.Tensor) -> dict[str, torch.Tensor]:  # N,H,W,C
            # over the last axis here: over channels first it would cost a transpose
            if job.output is OutputKind.CLASSMAP:
                output = torch.argmax(output, dim=-1).to(torch.uint8)
            return {job.output.value: output}

    class WithSignals(Named):
        def forward(self, image: torch.Tensor, signals: torch.Tensor) -> dict[str, torch.Tensor]:  # type: ignore[override]
            return self.named(self.network(image, signals))

    litert_torch.config.show_progress = False
    try:
        module = (WithSignals if job.signals else Named)().eval()
        model = litert_torch.convert(module, sample_kwargs={tensor.name: torch.zeros(tensor.shape) for tensor in taken})
    except (RuntimeError, ValueError, NotImplementedError) as error:
        raise ExportError(f"litert-torch did not convert the network: {str(error)[:500]}") from error
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "float.tflite"
        model.export(str(file))
        return file.read_bytes()
