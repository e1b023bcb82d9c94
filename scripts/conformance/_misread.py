"""The usual ways of misreading outputs: each returns the class map, or the scores, of a program with that fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scripts.conformance._outputs import Case, Output
    from scripts.conformance.arrays import Array


def packed(case: Case) -> Array:
    """Read the rows one after another, without the gaps between them."""
    output = case.outputs[case.wanted]
    values = output.memory.view(output.values.dtype)[: output.values.size].reshape(output.values.shape)
    return _best(_planes(values, output))


def layout(case: Case) -> Array:
    """Take interleaved pixels for planes, or planes for pixels."""
    output = case.outputs[case.wanted]
    if output.layout == "NHWC":  # N,C,H,W of the same numbers
        n, height, width, classes = output.values.shape
        return _best(output.values.reshape(n, classes, height, width)[0])
    n, classes, height, width = output.values.shape
    return _best(output.values.reshape(n, height, width, classes)[0].transpose(2, 0, 1))


def turned(case: Case) -> Array:
    """Swap height and width."""
    output = case.outputs[case.wanted]
    if output.values.ndim == 3:
        n, height, width = output.values.shape
        return _map(output.values.reshape(n, width, height)[0].T)
    planes = _planes(output.values, output)
    classes, height, width = planes.shape
    return _best(np.ascontiguousarray(planes).reshape(classes, width, height).transpose(0, 2, 1))


def axis(case: Case) -> Array:
    """Take the maximum over the wrong axis of the planes."""
    return _map(_planes(case.outputs[case.wanted].values, case.outputs[case.wanted]).argmax(1))


def signed(case: Case) -> Array:
    """Read bytes as signed."""
    return _as(case, np.int8)


def unsigned(case: Case) -> Array:
    """Read signed bytes as unsigned."""
    return _as(case, np.uint8)


def half_as_float(case: Case) -> Array:
    """Read two float16 as one float32, and zeros beyond the end."""
    return _memory_as(case, np.float32)


def double_as_float(case: Case) -> Array:
    """Read half a float64 as a float32."""
    return _memory_as(case, np.float32)


def integer_as_float(case: Case) -> Array:
    """Read an int32's bits as a float32."""
    return _memory_as(case, np.float32)


def first_output(case: Case) -> Array:
    """Take the first output."""
    return _best(_planes(case.outputs[0].values, case.outputs[0]))


def scale_of_first(case: Case) -> Array:
    """Return the scores with the first output's scale."""
    values, first = case.outputs[case.wanted].values, case.outputs[0]
    return (values[0].astype(np.float32) - np.float32(first.zero_point or 0)) * np.float32(first.scale or 1)


def not_scaled(case: Case) -> Array:
    """Return the quantised values as scores."""
    output = case.outputs[case.wanted]
    return _planes(output.values, output).astype(np.float32)


def nan_wins(case: Case) -> Array:
    """Treat NaN as the maximum, as torch and NumPy do."""
    output = case.outputs[case.wanted]
    return _map(_planes(output.values, output).argmax(0))


def last_of_equals(case: Case) -> Array:
    """Take the last of equal scores."""
    output = case.outputs[case.wanted]
    planes = _number(_planes(output.values, output).astype(np.float32))
    return _map(len(planes) - 1 - planes[::-1].argmax(0))


def compared_from_zero(case: Case) -> Array:
    """Begin with a best score of 0 and class 0."""
    output = case.outputs[case.wanted]
    planes = _number(_planes(output.values, output).astype(np.float32))
    return _map(np.where(planes.max(0) > 0, planes.argmax(0), 0))


def _planes(values: Array, output: Output) -> Array:
    found: Array = values[0].transpose(2, 0, 1) if output.layout == "NHWC" else values[0]
    return found


def _as(case: Case, dtype: type) -> Array:
    output = case.outputs[case.wanted]
    planes = _planes(output.values.view(dtype), output)
    return planes.astype(np.int16) if output.layout == "NHW" else _best(planes)


def _memory_as(case: Case, dtype: type) -> Array:
    output = case.outputs[case.wanted]
    data = output.memory.tobytes()
    count = output.values.size
    values: Array = np.frombuffer(data + bytes(4 * count), dtype)[:count].reshape(output.values.shape)
    return _best(_planes(values, output))


def _best(planes: Array) -> Array:
    if planes.ndim == 2:
        return planes.astype(np.uint8)
    return _map(_number(planes.astype(np.float32)).argmax(0))


def _number(planes: Array) -> Array:
    found: Array = np.where(np.isnan(planes), -np.inf, planes)
    return found


def _map(classes: Array) -> Array:
    found: Array = classes.astype(np.uint8)
    return found
