"""The network as a float ONNX graph with constant shapes: NCHW 0..255 in, logits or a class map out."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from export import ExportJob
from export._tensors import photo_tensor, signals_tensor
from pocketseg.core.errors import ExportError
from pocketseg.core.files import write_bytes

if TYPE_CHECKING:
    import onnx

OPSET = 20


def float_graph(job: ExportJob, opset: int = OPSET) -> onnx.ModelProto:
    """Return a graph with input `image`, perhaps `signals`, and output `logits` or `classmap`. Raises ExportError."""
    import onnx

    return onnx.load_from_string(_floats(job, opset))


def prepared_graph(job: ExportJob, opset: int = OPSET) -> onnx.ModelProto:
    """Return the graph with all folded into the weights that can be, and every shape: what quantizers take."""
    import onnx
    from onnxruntime.quantization.shape_inference import quant_pre_process

    def prepare() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            floats, prepared = Path(folder) / "floats.onnx", Path(folder) / "prepared.onnx"
            write_bytes(floats, _floats(job, opset))
            quant_pre_process(floats, prepared, skip_symbolic_shape=True)
            return prepared.read_bytes()

    return onnx.load_from_string(job.shared.once(("prepared", opset, job.output), prepare))


def _floats(job: ExportJob, opset: int) -> bytes:
    return job.shared.once(("floats", opset, job.output), lambda: _exported(job, opset).SerializeToString())


def _exported(job: ExportJob, opset: int) -> onnx.ModelProto:
    import torch
    from torch.onnx import OnnxExporterError

    from export._deploy import deployed
    from export._two_inputs import deployed_with_signals

    spec = job.spec
    taken = [photo_tensor(spec, "NCHW"), *([signals_tensor(spec, job.signals, "NCHW")] if job.signals else [])]
    wrapped = (deployed_with_signals if job.signals else deployed)(job.network, spec, job.output, "NCHW")
    try:
        program = torch.onnx.export(
            wrapped,
            tuple(torch.zeros(tensor.shape) for tensor in taken),
            input_names=[tensor.name for tensor in taken],
            output_names=[job.output.value],
            opset_version=opset,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    except OnnxExporterError as error:
        raise ExportError(f"torch.onnx did not convert the network: {str(error)[:500]}") from error
    assert program is not None
    graph = program.model_proto
    # Stack traces, with the paths of our sources: useless on a phone, and half of a small file.
    for node in graph.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*graph.graph.value_info, *graph.graph.input, *graph.graph.output, *graph.graph.initializer):
        del value.metadata_props[:]
    return graph
