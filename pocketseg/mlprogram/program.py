"""Runs a loaded ML Program with torch, checking every result's shape and type.

fp16 is emulated: values of that type are held in fp32, and each fp16-typed result is rounded to it. Integers of at most
32 bits are held as int32.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.mlprogram.arguments import Arguments, Held, Operation
from pocketseg.mlprogram.operations import EXACT
from pocketseg.mlprogram.values import TensorType, Value

Array = npt.NDArray[Any]

FAULTS = (
    ValueError, KeyError, IndexError, TypeError, RuntimeError, OverflowError, ZeroDivisionError, MemoryError,
    NotImplementedError, AttributeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """An input or output. color: RGB, BGR or GRAYSCALE where it is a picture, else empty."""

    name: str
    type: TensorType
    color: str = ""


@dataclass(slots=True, kw_only=True)
class Step:
    """An operation with its arguments: constants, or names of earlier results. dies: the results it uses for the last
    time."""

    kind: str
    run: Operation
    constants: dict[str, Held]
    names: dict[str, str | list[str]]
    results: list[Port]
    dies: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A loaded program. constants: results that are constants."""

    path: Path
    inputs: tuple[Port, ...]
    outputs: tuple[str, ...]
    steps: list[Step]
    constants: dict[str, Held]

    def run(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """Return every output by name, fp16 as float32. Pictures go in as N,C,H,W 0..255 in their own colour order.

        Raises RuntimeFailedError for inputs that do not match the program's, and for an operation that does not run.
        """
        with torch.inference_mode():
            known = self._taken(values)
            for step in self.steps:
                for port, result in zip(step.results, self._results(step, known), strict=True):
                    known[port.name] = result
                for name in step.dies:
                    known.pop(name, None)
            return {name: _given(known.get(name, self.constants.get(name))) for name in self.outputs}

    def _taken(self, values: Mapping[str, Array]) -> dict[str, torch.Tensor]:
        wanted = {port.name: port for port in self.inputs}
        if set(values) != set(wanted):
            raise RuntimeFailedError(f"{self.path} takes {', '.join(wanted)}, not {', '.join(values)}")
        taken = {}
        for name, port in wanted.items():
            if tuple(values[name].shape) != port.type.shape:
                raise RuntimeFailedError(f"{self.path}: {name} is {port.type}, not {list(values[name].shape)}")
            taken[name] = _rounded(tensor_of(np.asarray(values[name])), port.type)
        return taken

    def _results(self, step: Step, known: dict[str, torch.Tensor]) -> list[torch.Tensor]:
        try:
            arguments: dict[str, Any] = dict(step.constants)
            for key, names in step.names.items():
                arguments[key] = known[names] if isinstance(names, str) else [self._value(n, known) for n in names]
            given = step.run(Arguments(arguments, [port.type.shape for port in step.results]))
            results = [given] if isinstance(given, torch.Tensor) else list(given)
            if len(results) != len(step.results):
                raise ValueError(f"{len(results)} results, but the program has {len(step.results)}")
            return [_checked(r, p.type, step.kind in EXACT) for r, p in zip(results, step.results, strict=True)]
        except FAULTS as error:
            reason = " ".join(str(error).split())[:300]
            name = step.results[0].name if step.results else "nothing"
            raise RuntimeFailedError(
                f"{self.path}: the operation {step.kind} with the output {name[:80]} did not run: {reason}"
            ) from error

    def _value(self, name: str, known: dict[str, torch.Tensor]) -> Held:
        return known[name] if name in known else self.constants[name]


def held(value: Value) -> Held:
    """Return a constant in the form that operations take."""
    return value if isinstance(value, str) else tensor_of(value)


def tensor_of(value: Array) -> torch.Tensor:
    """Return an array in the form that operations take: fp16 as float32, small integers as int32."""
    kind = value.dtype
    if kind.kind == "f":
        value = value.astype(np.float32)
    elif kind.kind in "iu":
        value = value.astype(np.int64 if kind.itemsize == 8 or kind == np.uint32 else np.int32)
    return torch.from_numpy(np.ascontiguousarray(value).reshape(value.shape))


def _given(value: Held | None) -> Array:
    if not isinstance(value, torch.Tensor):
        raise RuntimeFailedError("an output of the program is not a tensor")
    return value.contiguous().numpy()


def _checked(result: torch.Tensor, wanted: TensorType, exact: bool) -> torch.Tensor:
    """Return a result rounded to its declared type. Raises ValueError where it does not match what the program
    declares."""
    if tuple(result.shape) != wanted.shape:
        raise ValueError(f"its result has shape {list(result.shape)}, but the program says {list(wanted.shape)}")
    if result.dtype.is_floating_point != wanted.element.name.startswith("fp"):
        raise ValueError(f"its result is {result.dtype}, but the program says {wanted.element.name}")
    if (result.dtype == torch.bool) != (wanted.element.name == "bool"):
        raise ValueError(f"its result is {result.dtype}, but the program says {wanted.element.name}")
    return result if exact else _rounded(result, wanted)


def _rounded(value: torch.Tensor, wanted: TensorType) -> torch.Tensor:
    if wanted.element.name == "fp16":
        return value.to(torch.float16).to(torch.float32)
    if wanted.element.name.startswith("fp"):
        return value.to(torch.float32)
    if wanted.element.name == "bool":
        return value.to(torch.bool)
    return value if value.dtype == torch.int64 and wanted.element.bits == 64 else value.to(torch.int32)
