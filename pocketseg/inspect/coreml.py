"""A .mlpackage: its ML Program, the iOS that it needs, and what may keep it off the Neural Engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from export import _readback_coreml
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.inspect import Inspection, Port
from pocketseg.inspect._layers import before_first_layer, counted, layers_of, summed
from pocketseg.inspect._neural_engine import risks
from pocketseg.mlprogram.blob import BlobFile
from pocketseg.mlprogram.package import Package, open_package
from pocketseg.mlprogram.systems import least_systems
from pocketseg.mlprogram.values import read_value, tensor_type

_ENDINGS = ("_sparsified", "_palettized", "_quantized", "_cast_fp16", "_to_fp16", "_weight")  # endings of names
_ARRAYS = {65568: "float32", 65552: "float16", 131104: "int32", 65600: "float64", 131080: "int8"}


def read(path: Path, shape: tuple[int, ...] | None) -> Inspection:
    """Read the package, which holds the shape itself. Raises RuntimeFailedError for anything wrong."""
    package = open_package(path)
    model = package.model
    if "main" not in model.mlProgram.functions:
        raise RuntimeFailedError(f"{path} has no function main", hint="only packages with one function are read")
    function = model.mlProgram.functions["main"]
    block = function.block_specializations[function.opset]
    _decode(package, block)
    work = [op for op in block.operations if op.type != "const" and not op.type.startswith("constexpr_")]
    contents = _readback_coreml.read_back(path)
    described = model.description.metadata
    own = {"author": described.author, "license": described.license, "version": described.versionString}
    return Inspection(
        file=path.name,
        target="coreml",
        size_bytes=0,
        inputs=tuple(_port(port) for port in model.description.input),
        outputs=tuple(_port(port) for port in model.description.output),
        operations=counted(op.type for op in work),
        constants=summed(_constants(block)),
        layers=layers_of(contents, drop=_ENDINGS),
        multiply_adds=contents.multiply_adds,
        multiply_adds_reason=contents.reason,
        before_first_layer=before_first_layer(
            ((op.type, _taken(op), (port.name for port in op.outputs)) for op in work),
            (port.name for port in function.inputs), _readback_coreml.LAYERS,
        ),
        least_os=least_systems(model.specificationVersion),
        risks=risks(block, work),
        metadata={
            **own, "description": described.shortDescription, **dict(sorted(described.userDefined.items()))
        },
    )  # fmt: skip


def _decode(package: Package, block: Any) -> None:
    """Decode every constant of the program and its weight file, so that damage is reported."""
    files: dict[str, BlobFile] = {}
    with ExitStack() as stack:

        def opened(name: str) -> BlobFile:
            if name not in files:
                files[name] = stack.enter_context(BlobFile(package.weight_file(name)))
            return files[name]

        for operation in block.operations:
            if operation.type == "const" or operation.type.startswith("constexpr_"):
                for key, value in operation.attributes.items():
                    if key != "name":
                        read_value(value, opened)


def _taken(operation: Any) -> Iterator[str]:
    """Return the names of an operation's inputs."""
    for argument in operation.inputs.values():
        yield from (binding.name for binding in argument.arguments if binding.name)


def _port(port: Any) -> Port:
    kind = port.type.WhichOneof("Type")
    if kind == "imageType":
        image = port.type.imageType
        color = image.ColorSpace.Name(image.colorSpace)
        return Port(
            name=port.name, shape=(int(image.height), int(image.width)), kind=f"{color} picture",
            detail=port.shortDescription, **_picture_sizes(image),
        )  # fmt: skip
    if kind != "multiArrayType":
        return Port(name=port.name, shape=(), kind=str(kind or "nothing").removesuffix("Type"))
    array = port.type.multiArrayType
    return Port(
        name=port.name, shape=tuple(int(n) for n in array.shape), kind=_ARRAYS.get(array.dataType, str(array.dataType)),
        detail=port.shortDescription, **_array_shapes(array),
    )  # fmt: skip


def _picture_sizes(image: Any) -> dict[str, Any]:
    """Return the sizes, height x width, that a picture may have besides its default (FeatureTypes.proto)."""
    flexible = image.WhichOneof("SizeFlexibility")
    if flexible == "enumeratedSizes":
        return {"sizes": tuple((int(s.height), int(s.width)) for s in image.enumeratedSizes.sizes)}
    if flexible == "imageSizeRange":
        sides = (image.imageSizeRange.heightRange, image.imageSizeRange.widthRange)
        return {"ranges": tuple(_range(side) for side in sides)}
    return {}


def _array_shapes(array: Any) -> dict[str, Any]:
    """Return the shapes that an array may have besides its default."""
    flexible = array.WhichOneof("ShapeFlexibility")
    if flexible == "enumeratedShapes":
        return {"sizes": tuple(tuple(int(n) for n in s.shape) for s in array.enumeratedShapes.shapes)}
    if flexible == "shapeRange":
        return {"ranges": tuple(_range(side) for side in array.shapeRange.sizeRanges)}
    return {}


def _range(side: Any) -> tuple[int, int]:
    return int(side.lowerBound), int(side.upperBound)


def _constants(block: Any) -> Iterator[tuple[str, int]]:
    """Yield type and bytes of every constant, in the program or its weight file, as stored."""
    for operation in block.operations:
        if operation.type == "const" or operation.type.startswith("constexpr_"):
            for key, value in operation.attributes.items():
                kind = tensor_type(value.type)
                if key != "name" and kind.element.name != "string":
                    yield kind.element.name.replace("fp", "float"), -(-kind.count * kind.element.bits // 8)
