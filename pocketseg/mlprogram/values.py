"""Reads MIL's types and constants from their protobuf: NumPy arrays of a bounded size, or text."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pocketseg.mlprogram.blob import ELEMENTS, BlobFile, Element, unpacked

MOST_VALUES = 1 << 27  # of one tensor: half a gigabyte in fp32, twice U2Net's largest at 1024 px
MOST_RANK = 8
_ELEMENT_NAMES = {
    1: "bool", 2: "string", 10: "fp16", 11: "fp32", 12: "fp64", 21: "int8", 22: "int16", 23: "int32", 24: "int64",
    25: "int4", 31: "uint8", 32: "uint16", 33: "uint32", 34: "uint64", 35: "uint4", 36: "uint2", 37: "uint1",
    38: "uint6", 39: "uint3",
}  # fmt: skip
# the field of TensorValue that holds each type; the rest are bytes
_FIELDS = {
    "fp32": "floats", "fp64": "doubles", "bool": "bools", "string": "strings", "int16": "ints", "uint16": "ints",
    "int32": "ints", "uint32": "ints", "int64": "longInts", "uint64": "longInts", "int8": "ints", "uint8": "ints",
}  # fmt: skip

Value = npt.NDArray[Any] | str
OpenBlob = Callable[[str], BlobFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorType:
    """What a value is: its element type and its shape, every dimension known."""

    element: Element
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        """Return the number of values."""
        return math.prod(self.shape)

    def __str__(self) -> str:
        return f"{self.element.name}{list(self.shape)}"


def bounded(shape: tuple[int, ...] | list[int]) -> None:
    """Raise ValueError where a tensor of that shape must not be created: too large, or a negative dimension."""
    if any(size < 0 for size in shape):
        raise ValueError(f"a tensor of shape {list(shape)} is impossible")
    if math.prod(shape) > MOST_VALUES or len(shape) > MOST_RANK:
        raise ValueError(f"a tensor of shape {list(shape)[: MOST_RANK + 1]} is larger than the evaluator accepts")


def tensor_type(proto: Any) -> TensorType:
    """Return a ValueType. Raises ValueError for anything that is not a tensor of known shape."""
    kind = proto.WhichOneof("type")
    if kind != "tensorType":
        raise ValueError(f"a value of type {kind or 'nothing'} is not supported, only tensors are")
    tensor = proto.tensorType
    name = _ELEMENT_NAMES.get(tensor.dataType)
    if name is None:
        raise ValueError(f"element type {tensor.dataType} is not supported")
    shape = []
    for dimension in tensor.dimensions:
        if dimension.WhichOneof("dimension") != "constant":
            raise ValueError("dynamic shapes are not supported: a dimension is known only when the program runs")
        shape.append(int(dimension.constant.size))
    if tensor.rank not in (0, len(shape)):
        raise ValueError(f"a tensor of rank {tensor.rank} has {len(shape)} dimensions")
    bounded(shape)
    return TensorType(element=ELEMENTS[name], shape=tuple(shape))


def read_value(proto: Any, blob: OpenBlob) -> Value:
    """Return a Value. Raises ValueError or RuntimeFailedError where it does not hold what its type says."""
    wanted = tensor_type(proto.type)
    kind = proto.WhichOneof("value")
    if kind == "blobFileValue":
        file = blob(proto.blobFileValue.fileName)
        return file.read(proto.blobFileValue.offset, wanted.element, wanted.count).reshape(wanted.shape)
    if kind != "immediateValue" or proto.immediateValue.WhichOneof("value") != "tensor":
        raise ValueError(f"a constant given as {kind or 'nothing'} is not supported, only tensors are")
    return _immediate(proto.immediateValue.tensor, wanted)


def _immediate(tensor: Any, wanted: TensorType) -> Value:
    """Return a value that is written in the program itself."""
    element = wanted.element
    field = tensor.WhichOneof("value")
    if field == "bytes":
        if element.name in ("string", "bool"):
            raise ValueError(f"{element.name} values are given as bytes")
        return unpacked(tensor.bytes.values, element, wanted.count).reshape(wanted.shape)
    if field is None and wanted.count == 0:
        return np.zeros(wanted.shape, element.holder)
    if field is None or field != _FIELDS.get(element.name):
        raise ValueError(f"{element.name} values are given as {field or 'nothing'}")
    values = getattr(tensor, field).values
    if len(values) != wanted.count:
        raise ValueError(f"{len(values)} values are given for {wanted}")
    if element.name == "string":
        if wanted.shape != ():
            raise ValueError("a tensor of texts is not supported")
        return str(values[0])
    array = np.array(values)
    if element.integer and array.size:
        limits = np.iinfo(element.holder)
        if int(array.min()) < limits.min or int(array.max()) > limits.max:
            raise ValueError(f"{element.name} values lie outside their range")
    return array.astype(element.holder).reshape(wanted.shape)
