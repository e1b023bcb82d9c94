"""Static int8 of a finished float .tflite, whichever converter wrote it."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from export._readback_tflite import names_of
from pocketseg.core.errors import ExportError

if TYPE_CHECKING:
    import numpy.typing as npt

_NORMALISATION = ("MUL", "ADD", "SUB", "DIV", "TRANSPOSE", "RESHAPE")
_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_LAST_RESIZE = ("RESIZE_BILINEAR", "TRANSPOSE")
_LABELLING = ("ARG_MAX", "CAST", "RESHAPE")  # these stay float or integer anyway; only looked through


def static_int8(
    data: bytes, signature: str, images: Iterable[dict[str, npt.NDArray[Any]]], float_scopes: Sequence[str] = ()
) -> bytes:
    """Quantise weights per channel and activations per tensor, with the least and greatest value seen in `images`.

    images: inputs by name. These stay float: the file's input and output; the normalisation, whose int8 kernels take
    longer than the rest of TopFormer-Tiny; the last resize, where 256 levels would make the garments' edges jagged; and
    the convolutions whose tensors' names hold one of `float_scopes`. Raises ExportError where there is no such
    convolution.
    """
    from ai_edge_quantizer import calibrator, quantizer, recipe_manager
    from ai_edge_quantizer.algorithm_manager import AlgorithmName
    from ai_edge_quantizer.qtyping import TFLOperationName
    from ai_edge_quantizer.utils import qsv_utils

    rules = recipe_manager.RecipeManager()
    rules.add_static_config(".*", TFLOperationName.ALL_SUPPORTED, activation_num_bits=8, weight_num_bits=8)
    floats = (*_float_edges(data), *_float_layers(data, float_scopes))
    for pattern, operation in ((".*", "INPUT"), (".*", "OUTPUT"), *floats):
        rules.add_quantization_config(pattern, TFLOperationName(operation), algorithm_key=AlgorithmName.NO_QUANTIZE)
    with contextlib.redirect_stderr(io.StringIO()):  # its progress bars cannot be turned off
        # The quantizer's own calibration is a moving average over photos, which depends on their order and clips rare
        # values.
        seen = calibrator.Calibrator(data, num_threads=1, qsv_update_func=qsv_utils.min_max_update)
        seen.calibrate({signature: list(images)}, rules)
        work = quantizer.Quantizer(bytearray(data), rules.get_quantization_recipe())
        result = work.quantize(seen.get_model_qsvs(), enable_progress_bar=False, enable_progress_report=False)
    return bytes(result.quantized_model)


def _float_layers(data: bytes, scopes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the convolutions in these scopes in the form of _float_edges."""
    from ai_edge_quantizer.utils import tfl_flatbuffer_utils as flat

    if not scopes:
        return
    graph, kind = _graph(data)
    named = [(flat.get_op_scope(o, graph.tensors), kind(o)) for o in graph.operators if kind(o) in _CONVOLUTIONS]
    for scope in scopes:
        found = [pair for pair in named if scope in pair[0]]
        if not found:
            raise ExportError(f"the float file has no convolution in {scope} to keep in floats")
        yield from ((f"^{re.escape(name)}$", operation) for name, operation in found)


def _graph(data: bytes) -> tuple[Any, Callable[[Any], str]]:
    """Return a file's graph, and a function that names an operation's kind."""
    from ai_edge_quantizer import qtyping
    from ai_edge_quantizer.utils import tfl_flatbuffer_utils as flat

    model = flat.read_model(bytearray(data))
    kinds = names_of(qtyping.BuiltinOperator)
    return model.subgraphs[0], lambda operation: kinds[model.operatorCodes[operation.opcodeIndex].builtinCode]


def _float_edges(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the operations between the input and the first layer, and from the last layer to the output.

    Each is a pattern for the operation's scope (its output's name) and the operation's kind.
    """
    from ai_edge_quantizer.utils import tfl_flatbuffer_utils as flat

    graph, kind = _graph(data)

    def named(operation: Any) -> tuple[str, str]:
        return f"^{re.escape(flat.get_op_scope(operation, graph.tensors))}$", kind(operation)

    raw = set(graph.inputs)
    for operation in graph.operators:
        if kind(operation) in _NORMALISATION and raw & set(operation.inputs):
            raw |= set(operation.outputs)
            yield named(operation)
    finished = set(graph.outputs)
    for operation in reversed(graph.operators):
        if kind(operation) in (*_LAST_RESIZE, *_LABELLING) and finished & set(operation.outputs):
            finished |= set(operation.inputs)
            if kind(operation) in _LAST_RESIZE:
                yield named(operation)
