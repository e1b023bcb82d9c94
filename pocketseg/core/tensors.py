"""Conversion between a photo and a file's tensors: layouts, dtypes and quantised values as the manifest states them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pocketseg.core.errors import ManifestError
from pocketseg.core.types import TensorSpec

Array = npt.NDArray[Any]


def encode_input(image: npt.NDArray[np.uint8], spec: TensorSpec) -> Array:
    """Return the array that the file takes for an RGB photo of the input's size (H,W,3 uint8, 0..255)."""
    values = image[None]  # 1,H,W,3
    if spec.layout == "NCHW":
        values = values.transpose(0, 3, 1, 2)
    elif spec.layout != "NHWC":
        raise ManifestError(f"input {spec.name} has layout {spec.layout!r}; this version knows NCHW and NHWC")
    if values.shape != tuple(spec.shape):
        raise ManifestError(f"input {spec.name} is {tuple(spec.shape)}, the photo gives {values.shape}")
    if spec.dtype == "image":  # Core ML takes the picture itself
        return np.ascontiguousarray(values)
    if spec.scale is not None:
        reals = values.astype(np.float32)
        limits = np.iinfo(spec.dtype)
        steps = np.round(reals / spec.scale) + (spec.zero_point or 0)
        return np.ascontiguousarray(np.clip(steps, limits.min, limits.max).astype(spec.dtype))
    return np.ascontiguousarray(values.astype(spec.dtype))


def encode_inputs(image: npt.NDArray[np.uint8], maps: Array | None, specs: Sequence[TensorSpec]) -> tuple[Array, ...]:
    """Return the arrays that a file takes: those of a photo (H,W,3 uint8) and, where it takes them, of its signals."""
    photo = encode_input(image, specs[0])
    return (photo,) if maps is None else (photo, encode_signals(maps, specs[1]))


def encode_signals(maps: Array, spec: TensorSpec) -> Array:
    """Return the array that the file takes as its second input: signals, C,H,W float32 of 0 to 1."""
    values = maps[None]  # 1,C,H,W
    if spec.layout == "NHWC":
        values = values.transpose(0, 2, 3, 1)
    elif spec.layout != "NCHW":
        raise ManifestError(f"input {spec.name} has layout {spec.layout!r}; this version knows NCHW and NHWC")
    if values.shape != tuple(spec.shape):
        raise ManifestError(f"input {spec.name} is {tuple(spec.shape)}, the signals give {values.shape}")
    return np.ascontiguousarray(values.astype(spec.dtype))


def decode_output(array: Array, spec: TensorSpec) -> Array:
    """Return a file's output as scores C,H,W float32, or as a class map H,W of integers."""
    values = array
    if spec.scale is not None:
        values = (values.astype(np.float32) - (spec.zero_point or 0)) * np.float32(spec.scale)
    if spec.layout == "NCHW":
        return np.asarray(values[0])
    if spec.layout == "NHWC":
        return np.asarray(values[0].transpose(2, 0, 1))
    if spec.layout == "NHW":
        return np.asarray(values[0])
    raise ManifestError(f"output {spec.name} has layout {spec.layout!r}; this version knows NCHW, NHWC and NHW")
