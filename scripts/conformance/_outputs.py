"""Outputs in the form that runtimes return, from which cases of raw memory are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pocketseg.core.types import TensorSpec
from scripts.conformance.arrays import Array

_PADDING = {"f": np.nan, "i": 77, "u": 222}


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output as a runtime returns it: its values, their layout and where they are. row: elements from row
    to row.
    """

    name: str
    values: Array
    layout: str = "NCHW"
    row: int | None = None
    scale: float | None = None
    zero_point: int | None = None

    @property
    def spec(self) -> TensorSpec:
        """Return the manifest's description of it."""
        return TensorSpec(
            name=self.name, shape=self.values.shape, layout=self.layout, dtype=self.values.dtype.name,
            scale=self.scale, zero_point=self.zero_point,
        )  # fmt: skip

    @property
    def strides(self) -> tuple[int, ...]:
        """Return the bytes from one element to the next on each axis."""
        return strides(self.values.shape, self.values.dtype.itemsize, self.layout, self.row)

    @property
    def memory(self) -> Array:
        """Return the bytes, with other values between the rows: NaN where the type has it."""
        size = self.values.shape[0] * self.strides[0] // self.values.dtype.itemsize
        found = np.full(size, _PADDING[self.values.dtype.kind], self.values.dtype)
        view = np.lib.stride_tricks.as_strided(found, self.values.shape, self.strides)
        view[...] = self.values
        return found.view(np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Outputs in the runtime's order, and which of them the manifest asks for. faults: names of `_misread`."""

    name: str
    outputs: tuple[Output, ...]
    faults: tuple[str, ...]
    wanted: int = 0
    classes: int = 0


def strides(shape: tuple[int, ...], item: int, layout: str, row: int | None) -> tuple[int, ...]:
    """Return strides in bytes where a row has `row` elements: the last axis for NCHW and NHW, the last two for NHWC."""
    whole = [item]
    for axis in range(len(shape) - 1, 0, -1):
        is_row = axis == (2 if layout == "NHWC" else len(shape) - 1)
        count = whole[0] * shape[axis]
        whole.insert(0, row * item if is_row and row else count)
    return tuple(whole)
