"""What may keep operations of an ML Program off the Neural Engine: risks with a source, since only a device can
tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pocketseg.inspect import Risk
from pocketseg.mlprogram.values import TensorType, tensor_type

_TYPED = "coremltools guide, Typed Execution: apple.github.io/coremltools/docs-guides/source/typed-execution.html"
_NEWS = "coremltools guide, What's New: apple.github.io/coremltools/docs-guides/source/opt-whats-new.html"
_TRANSFORMERS = (
    "Apple, Deploying Transformers on the Neural Engine: machinelearning.apple.com/research/neural-engine-transformers"
)
_COMMUNITY = "M. Hollemans, unsupported layers, no source of Apple's: github.com/hollance/neural-engine"
_RECURRENT = ("lstm", "gru", "rnn")
_MOVES = ("reshape", "transpose", "expand_dims", "squeeze")


def risks(block: Any, work: Sequence[Any]) -> tuple[Risk, ...]:
    """Return the risks of the operations `work` of a program's block, most operations first."""
    constants = {op.outputs[0].name: op for op in block.operations if op.type == "const" and op.outputs}
    tests: tuple[tuple[str, Callable[[Any], bool], str, str], ...] = (
        (
            "computed in 32-bit floats",
            lambda op: op.type != "cast" and _element(op) == "fp32",
            "float 32 operations run on the CPU or the GPU; the Neural Engine takes float 16",
            _TYPED,
        ),
        (
            "tensors of ranks other than 4",
            lambda op: _rank(op) not in (0, 4) and _element(op) != "bool",
            "the Neural Engine needs 4 dimensions, channels first; other tensors may be copied or run elsewhere",
            _TRANSFORMERS,
        ),
        (
            "reshapes and transposes",
            lambda op: op.type in _MOVES,
            "they may copy memory on the Neural Engine, especially one after another",
            _TRANSFORMERS,
        ),
        (
            "dilated convolutions",
            lambda op: op.type == "conv" and any(n > 1 for n in _integers(op, "dilations", constants)),
            "observed to run on the CPU or the GPU instead",
            _COMMUNITY,
        ),
        (
            "gather",
            lambda op: op.type.startswith("gather"),
            "observed to run on the CPU or the GPU instead",
            _COMMUNITY,
        ),
        (
            "recurrent layers",
            lambda op: op.type in _RECURRENT,
            "observed to run on the CPU or the GPU instead",
            _COMMUNITY,
        ),
        (
            "quantised activations",
            lambda op: op.type in ("quantize", "dequantize"),
            (
                "8-bit activations are faster on the Neural Engine of A17 Pro, M4 and later; on older ones they are "
                "extra work"
            ),
            _NEWS,
        ),
    )
    found = []
    for what, test, why, source in tests:
        count = sum(1 for op in work if test(op))
        if count:
            found.append(Risk(what=what, operations=count, why=why, source=source))
    return tuple(sorted(found, key=lambda risk: -risk.operations))


def _element(operation: Any) -> str:
    """Return the type of an operation's output; empty where it is not a tensor of a known shape."""
    kind = _type(operation)
    return kind.element.name if kind else ""


def _rank(operation: Any) -> int:
    kind = _type(operation)
    return len(kind.shape) if kind else 0


def _type(operation: Any) -> TensorType | None:
    try:
        return tensor_type(operation.outputs[0].type) if operation.outputs else None
    except ValueError:  # lists, dictionaries, shapes that only a run determines
        return None


def _integers(operation: Any, key: str, constants: dict[str, Any]) -> list[int]:
    """Return a small constant argument as integers; empty where it is not constant."""
    if key not in operation.inputs:
        return []
    (binding, *_) = operation.inputs[key].arguments
    if binding.WhichOneof("binding") == "value":
        value = binding.value
    elif binding.name in constants:
        value = constants[binding.name].attributes["val"]
    else:
        return []
    return [int(n) for n in value.immediateValue.tensor.ints.values]
