"""Loads an ML Program from its package: decodes its constants once, and binds every operation to its inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.mlprogram.arguments import Held
from pocketseg.mlprogram.blob import BlobFile
from pocketseg.mlprogram.constants import CONSTEXPRS, decompressed
from pocketseg.mlprogram.operations import OPERATIONS
from pocketseg.mlprogram.package import Package, open_package
from pocketseg.mlprogram.program import FAULTS, Port, Program, Step, held
from pocketseg.mlprogram.values import MOST_VALUES, TensorType, Value, bounded, read_value, tensor_type

MOST_CONSTANT_VALUES = 4 * MOST_VALUES  # for a whole program


def load_program(path: Path) -> Program:
    """Return the program of the package `path`. Raises RuntimeFailedError, which names an unknown operation."""
    with _Loader(open_package(path)) as loader:
        return _loaded(loader)


def _loaded(loader: _Loader) -> Program:
    try:
        return loader.load()
    except FAULTS as error:
        reason = f"{type(error).__name__}: {error}" if isinstance(error, KeyError) else str(error)
        raise RuntimeFailedError(
            f"{loader.package.root} is not a program that can run: {loader.place}: {' '.join(reason.split())[:300]}",
            hint="export it again",
        ) from error


def load_constants(path: Path) -> dict[str, Value]:
    """Return every constant of a package by name, decompressed, in its own type. Raises RuntimeFailedError."""
    with _Loader(open_package(path)) as loader:
        _loaded(loader)
        return loader.arrays


class _Loader:
    """One pass over the program's operations; `place` says where it is."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.place = "the program"
        self._blobs: dict[str, BlobFile] = {}
        self.arrays: dict[str, Value] = {}
        self._held: dict[str, Held] = {}
        self._types: dict[str, TensorType] = {}
        self._count = 0

    def __enter__(self) -> _Loader:
        return self

    def __exit__(self, *error: object) -> None:
        for blob in self._blobs.values():
            blob.__exit__(None, None, None)

    def load(self) -> Program:
        description = self.package.model.description
        functions = self.package.model.mlProgram.functions
        if "main" not in functions:
            raise ValueError("it has no function main")
        function = functions["main"]
        if function.opset not in function.block_specializations:
            raise ValueError(f"its function has no block for {function.opset[:40] or 'no operation set'}")
        block = function.block_specializations[function.opset]
        colors = {port.name: _color(port) for port in description.input}
        inputs = []
        for port in function.inputs:
            self.place = f"the input {port.name[:80]}"
            kind = tensor_type(port.type)
            self._define(port.name, kind)
            inputs.append(Port(name=port.name, type=kind, color=colors.get(port.name, "")))
        steps = []
        for operation in block.operations:
            self.place = f"the operation {operation.type[:80]} with the output {_first_output(operation)[:80]}"
            if (step := self._step(operation)) is not None:
                steps.append(step)
        self.place = "the outputs"
        outputs = tuple(block.outputs)
        for name in outputs:
            if name not in self._types:
                raise ValueError(f"no operation has the output {name[:80]!r}")
            if name in self.arrays:
                self._constant(name)
        _mark_last_uses_(steps, outputs)
        return Program(
            path=self.package.root, inputs=tuple(inputs), outputs=outputs, steps=steps, constants=dict(self._held)
        )

    def _step(self, operation: Any) -> Step | None:
        """Add an operation: a constant is decoded, anything else becomes a step."""
        kind = operation.type
        if operation.blocks:
            raise RuntimeFailedError(
                f"{self.package.root}: {self.place} has blocks of its own: control flow is not supported"
            )
        results = [Port(name=port.name, type=tensor_type(port.type)) for port in operation.outputs]
        if kind == "const" or kind in CONSTEXPRS:
            self._decode(operation, results)
            return None
        if kind not in OPERATIONS:
            raise RuntimeFailedError(
                f"{self.package.root}: {self.place}: the reference evaluator does not know {kind[:80]!r}",
                hint="pocketseg/mlprogram/operations/ holds those it knows",
            )
        constants: dict[str, Held] = {}
        names: dict[str, str | list[str]] = {}
        for key, argument in operation.inputs.items():
            parts = [self._bound(key, binding) for binding in argument.arguments]
            if len(parts) != 1 or key == "values":
                names[key] = parts
                for name in parts:
                    if name in self.arrays:
                        self._constant(name)
            elif parts[0] in self.arrays:
                constants[key] = self._constant(parts[0])
            else:
                names[key] = parts[0]
        for port in results:
            self._define(port.name, port.type)
        return Step(kind=kind, run=OPERATIONS[kind], constants=constants, names=names, results=results)

    def _bound(self, key: str, binding: Any) -> str:
        """Return the name of the value that an argument is bound to; a value written in place gets a name."""
        if binding.WhichOneof("binding") == "value":
            name = f"{self.place}: {key} {len(self.arrays)}"
            self.arrays[name] = self._read(binding.value)
            self._types[name] = tensor_type(binding.value.type)
        else:
            name = binding.name
        if name not in self._types:
            raise ValueError(f"{key} is {name[:80]!r}, which no operation before it has as output")
        return name

    def _decode(self, operation: Any, results: list[Port]) -> None:
        """Keep the values of a const or constexpr operation."""
        values: dict[str, Value] = {}
        for key, value in operation.attributes.items():
            if key != "name":
                values[key] = self._read(value)
        for key, argument in operation.inputs.items():
            if len(argument.arguments) != 1:
                raise ValueError(f"{key} has {len(argument.arguments)} values")
            name = self._bound(key, argument.arguments[0])
            if name not in self.arrays:
                raise ValueError(f"{key} is {name[:80]!r}, which is not a constant")
            values[key] = self.arrays[name]
        found = (values["val"],) if operation.type == "const" else decompressed(operation.type, values)
        for port, value in zip(results, found, strict=True):
            shape = () if isinstance(value, str) else value.shape
            if shape != port.type.shape:
                raise ValueError(f"it holds {list(shape)}, but the program says {port.type}")
            if isinstance(value, str) != (port.type.element.name == "string") or (
                not isinstance(value, str) and value.dtype != np.dtype(port.type.element.holder)
            ):
                raise ValueError(f"its values are not of the type that the program says, {port.type}")
            self._add(port.type.count)
            self._define(port.name, port.type)
            self.arrays[port.name] = value

    def _define(self, name: str, kind: TensorType) -> None:
        if name in self._types:
            raise ValueError(f"{name[:80]!r} is defined twice")
        self._types[name] = kind

    def _constant(self, name: str) -> Held:
        if name not in self._held:
            self._held[name] = held(self.arrays[name])
        return self._held[name]

    def _read(self, proto: Any) -> Value:
        self._add(tensor_type(proto.type).count)
        return read_value(proto, self._blob)

    def _add(self, count: int) -> None:
        self._count += count
        if self._count > MOST_CONSTANT_VALUES:
            raise ValueError("its constants are larger than the evaluator accepts")

    def _blob(self, name: str) -> BlobFile:
        if name not in self._blobs:
            self._blobs[name] = BlobFile(self.package.weight_file(name))
        return self._blobs[name]


def _color(port: Any) -> str:
    """Return the colour order of a picture, empty for an array. Raises ValueError for anything else."""
    kind = port.type.WhichOneof("Type")
    if kind != "imageType":
        return ""
    image = port.type.imageType
    bounded((3, image.height, image.width))
    return str(image.ColorSpace.Name(image.colorSpace))


def _first_output(operation: Any) -> str:
    return operation.outputs[0].name if operation.outputs else "nothing"


def _mark_last_uses_(steps: list[Step], outputs: tuple[str, ...]) -> None:
    """Record in place which results each step uses for the last time."""
    used = set(outputs)
    for step in reversed(steps):
        mentioned = {n for names in step.names.values() for n in ([names] if isinstance(names, str) else names)}
        mentioned |= {port.name for port in step.results}
        step.dies = sorted(mentioned - used)
        used |= mentioned
