"""The second converter for TFLite: through ONNX and TensorFlow, with onnx2tf. An extra: `make setup-onnx2tf`."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import tempfile
from pathlib import Path

import numpy as np

from export import ExportJob
from export._onnx_graph import float_graph
from pocketseg.core.errors import ExportError
from pocketseg.core.files import write_bytes
from pocketseg.core.installation import in_checkout
from pocketseg.core.npy import write_npy

_PACKAGES = ("onnx2tf", "tensorflow", "tf_keras", "onnxsim", "onnx_graphsurgeon", "sng4onnx")
# onnx2tf downloads this unless it lies in the working folder; it only compares layouts with it, so any values will do.
_SAMPLE = "calibration_image_sample_data_20x128x128x3_float32.npy"


def float_file(job: ExportJob, signature: str) -> bytes:
    """Return a float .tflite: N,H,W,3 in, logits N,H,W,C or class map N,H,W out. Raises ExportError."""
    absent = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if absent:
        how = "run `make setup-onnx2tf`" if in_checkout() else "pip install 'pocketseg[onnx2tf]'"
        raise ExportError(
            f"the converter onnx2tf is an extra, and {', '.join(absent)} is not installed",
            hint=f"{how} (2 GB), or leave --converter out",
        )
    graph = float_graph(job)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        import onnx2tf

        write_npy(Path(_SAMPLE), np.random.default_rng(0).random((20, 128, 128, 3), np.float32))
        write_bytes(Path("network.onnx"), graph.SerializeToString())
        try:
            onnx2tf.convert(
                input_onnx_file_path="network.onnx",
                output_folder_path="converted",
                non_verbose=True,
                verbosity="error",
            )
            data = (Path("converted") / "network_float32.tflite").read_bytes()
        except SystemExit as error:  # it calls sys.exit for an unknown operation
            raise ExportError("onnx2tf did not convert the network", hint="leave --converter out") from error
        except (RuntimeError, ValueError, KeyError, TypeError, FileNotFoundError) as error:
            raise ExportError(f"onnx2tf did not convert the network: {str(error)[:500]}") from error
    return _signed(data, signature, job.output.value)


def _signed(data: bytes, signature: str, output: str) -> bytes:
    """Return the file with a signature that names input and output; onnx2tf's own way needs the program flatc."""
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(data))
    graph = model.subgraphs[0]
    entry = schema.SignatureDefT()
    entry.signatureKey, entry.subgraphIndex = signature.encode(), 0
    entry.inputs, entry.outputs = [], []
    for tensors, name, places in ((entry.inputs, "image", graph.inputs), (entry.outputs, output, graph.outputs)):
        tensor = schema.TensorMapT()
        tensor.name, tensor.tensorIndex = name.encode(), int(places[0])
        tensors.append(tensor)
    model.signatureDefs = [entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))
