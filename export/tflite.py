"""Target tflite: one LiteRT file, float through litert-torch (or onnx2tf), static int8 through ai-edge-quantizer."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from export import ExportJob
from export._quiet import quiet
from pocketseg.core.errors import ExportError, UnknownNameError
from pocketseg.core.files import write_bytes
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import ModelSpec, OutputKind, Recipe, TensorSpec, Written

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SUFFIX = ".tflite"
RUNTIME = "litert"
PRECISIONS = ("fp32", "w8a8")
CONVERTERS = ("litert-torch", "onnx2tf")
TOOLS = ("litert-torch", "litert-converter", "ai-edge-litert", "ai-edge-quantizer", "onnx2tf", "tensorflow")

SIGNATURE = "serving_default"


def refusal(spec: ModelSpec, recipe: Recipe) -> str | None:
    """Say what this target cannot do."""
    if recipe.precision not in PRECISIONS:
        return f"LiteRT's CPU kernels run {' and '.join(PRECISIONS)} here, not {recipe.precision}"
    return None


def write(job: ExportJob, path: Path) -> Written:
    """Convert and write the file; raises ExportError."""
    converter = job.converter or CONVERTERS[0]
    if converter not in CONVERTERS:
        raise UnknownNameError("converter", converter, CONVERTERS)
    if job.recipe.precision == "w8a8" and not job.calibration:
        raise ExportError("static int8 needs calibration photos and got none", hint="give some with --calibration")
    spec = job.spec
    taken = TensorSpec(
        name="image",
        shape=(1, spec.height_px, spec.width_px, 3),
        layout="NHWC",
        dtype="float32",
        value_range=(0.0, 255.0),
        normalization="inside",
    )
    with quiet():
        if converter == "onnx2tf":
            from export._onnx2tf import float_file

            data = float_file(job)
        else:
            data = _litert_torch(job, taken)
        if job.recipe.precision == "w8a8":
            data = _static_int8(data, taken, job.calibration)
    write_bytes(path, data)
    return Written(inputs=(taken,), outputs=(output_spec(job),), facts={"signature": SIGNATURE})


def output_spec(job: ExportJob) -> TensorSpec:
    """Describe what the file gives."""
    spec = job.spec
    if job.output is OutputKind.CLASSMAP:
        return TensorSpec(name="classmap", shape=(1, spec.height_px, spec.width_px), layout="NHW", dtype="uint8")
    shape = (1, spec.height_px, spec.width_px, len(spec.classes))
    return TensorSpec(name="logits", shape=shape, layout="NHWC", dtype="float32")


def _litert_torch(job: ExportJob, taken: TensorSpec) -> bytes:
    """Convert to a float file whose signature names its tensors."""
    import litert_torch
    import torch
    from torch import nn

    from export._deploy import deployed

    class Named(nn.Module):
        """The keys of a dict become the signature's output names."""

        def __init__(self) -> None:
            super().__init__()
            self.network = deployed(job.network, job.spec, job.output, "NHWC")

        def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
            return {job.output.value: self.network(image)}

    litert_torch.config.show_progress = False
    try:
        model = litert_torch.convert(Named().eval(), sample_kwargs={taken.name: torch.zeros(taken.shape)})
    except (RuntimeError, ValueError, NotImplementedError) as error:
        raise ExportError(f"litert-torch did not convert the network: {str(error)[:500]}") from error
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "float.tflite"
        model.export(str(file))
        return file.read_bytes()


def _static_int8(data: bytes, taken: TensorSpec, photos: Iterable[npt.NDArray[np.uint8]]) -> bytes:
    """Quantise weights per channel and activations per tensor; the file's own input and output stay float."""
    from ai_edge_quantizer import quantizer, recipe

    rules = recipe.static_wi8_ai8()
    q = quantizer.Quantizer(bytearray(data), rules)
    for op in os.environ.get("OPS", "INPUT,OUTPUT").split(","):
        q.update_quantization_recipe(".*", op, algorithm_key=quantizer.AlgorithmName.NO_QUANTIZE)
    samples: list[dict[str, Any]] = [{taken.name: encode_input(photo, taken)} for photo in photos]
    statistics = q.calibrate({SIGNATURE: samples}, num_threads=1)
    result = q.quantize(statistics, enable_progress_bar=False, enable_progress_report=False)
    return bytes(result.quantized_model)
