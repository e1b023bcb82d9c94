"""Cases of docs/preprocessing.md, photo to input: RGB bytes, the same at the input's size, the tensor's bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from pocketseg.core.tensors import encode_input
from pocketseg.core.types import TensorSpec
from pocketseg.inference import model_input
from scripts.conformance._resampling import bilinear, triangle
from scripts.conformance.arrays import Array, Store, faults_of, wanted
from scripts.conformance.pictures import Pixels, cut, noise, photo

FAULTS = {
    "nearest": "each output pixel is one input pixel",
    "four-neighbours": "bilinear of four pixels, however much smaller the picture becomes (OpenCV, Android)",
    "bicubic": "Pillow's default filter",
    "other-order": "rows and columns in the other order",
    "one-rounding": "not rounded between the two passes",
    "turned": "height and width change places",
    "red-and-blue": "the three values of a pixel in the order BGR",
    "other-layout": "the pixels' own order where planes are wanted, or planes where pixels are",
    "big-endian": "a ByteBuffer whose order was not set",
    "zero-to-one": "divided by 255, which the file does itself",
    "normalised": "mean and deviation taken off, which the file does itself",
    "not-quantised": "the 8-bit values as they are, scale and zero point left out",
    "halves-up": "rounded to the nearest, halves up",
    "cut-off": "rounded towards zero",
    "wrapped": "not cut to the type's range",
}
_SIZES = {  # height, width to height, width
    "smaller": (97, 61, 32, 40),
    "larger": (5, 7, 11, 9),
    "larger-portrait": (7, 5, 11, 9),
    "higher-and-narrower": (31, 50, 64, 16),
    "columns-first": (120, 33, 35, 37),
    "rows-first": (33, 120, 37, 35),
    "rows-first-just": (50, 41, 30, 31),
    "columns-first-just": (51, 41, 30, 31),
    "one-pixel": (1, 1, 3, 5),
    "one-row": (1, 9, 4, 2),
    "one-column": (9, 1, 2, 4),
    "to-one-row": (13, 17, 1, 6),
    "to-one-column": (17, 13, 6, 1),
    "same": (13, 17, 13, 17),
    "same-height": (13, 17, 13, 9),
    "same-width": (17, 13, 9, 13),
    "wider-and-lower": (29, 7, 27, 12),
}
_TENSORS: tuple[dict[str, Any], ...] = (
    {"dtype": "float32"}, {"dtype": "uint8"}, {"dtype": "int8", "scale": 1.0, "zero_point": -128},
    {"dtype": "uint8", "scale": 1.0, "zero_point": 0}, {"dtype": "int8", "scale": 2.0, "zero_point": -20},
    {"dtype": "uint8", "scale": 0.7137255072593689, "zero_point": 3},
    {"dtype": "int8", "scale": 0.1, "zero_point": -128},
)  # fmt: skip
_MEAN, _STD = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    given = {name: (noise(name, h, w, 3), to) for name, (h, w, *to) in _SIZES.items()}
    given["photo"] = (cut(photo(), 210, 60, 149, 113), [64, 48])
    given["photo-landscape"] = (cut(photo(1), 120, 40, 60, 131), [48, 80])
    return {
        "about": "docs/preprocessing.md; every byte must be equal",
        "faults": FAULTS,
        "resize": [_resize(store, name, image, *to) for name, (image, to) in given.items()],
        "tensors": [
            _tensor(store, image, layout, kind)
            for image in (noise("tensor", 5, 4, 3), noise("tensor-landscape", 3, 7, 3))
            for layout in ("NCHW", "NHWC")
            for kind in _TENSORS
        ],
    }


def _resize(store: Store, name: str, image: Pixels, height_px: int, width_px: int) -> dict[str, Any]:
    right = model_input(image, height_px, width_px)
    return {
        "name": name, "rgb": store.given(image, name), "height_px": height_px, "width_px": width_px,
        "is": wanted(right), "faults": faults_of(right, _wrong_sizes(image, height_px, width_px)),
    }  # fmt: skip


def _wrong_sizes(image: Pixels, height_px: int, width_px: int) -> dict[str, Array]:
    def by(kind: Image.Resampling, height: int = height_px, width: int = width_px) -> Pixels:
        return np.asarray(Image.fromarray(image).resize((width, height), kind))

    def passes(*sizes: tuple[int, int]) -> Pixels:
        found = Image.fromarray(image)
        for height, width in sizes:
            found = found.resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(found)

    rows = passes((image.shape[0], width_px), (height_px, width_px))
    columns = passes((height_px, image.shape[1]), (height_px, width_px))
    right = model_input(image, height_px, width_px)
    return {
        "nearest": by(Image.Resampling.NEAREST), "bicubic": by(Image.Resampling.BICUBIC),
        "four-neighbours": _rounded(bilinear(image.transpose(2, 0, 1), height_px, width_px)),
        "other-order": columns if np.array_equal(rows, right) else rows,
        "one-rounding": _rounded(triangle(image.transpose(2, 0, 1), height_px, width_px)),
        "turned": by(Image.Resampling.BILINEAR, width_px, height_px), "red-and-blue": right[..., ::-1],
    }  # fmt: skip


def _rounded(resized: Array) -> Pixels:
    """Return planes, 3,H,W, as 8-bit pixels, H,W,3."""
    return np.clip(np.floor(resized.transpose(1, 2, 0) + 0.5), 0, 255).astype(np.uint8)


def _tensor(store: Store, image: Pixels, layout: str, kind: dict[str, Any]) -> dict[str, Any]:
    height, width, _ = image.shape
    shape = (1, 3, height, width) if layout == "NCHW" else (1, height, width, 3)
    spec = TensorSpec(name="image", shape=shape, layout=layout, **kind)
    right = encode_input(image, spec)
    tensor = {"layout": layout, "scale": None, "zero_point": None, **kind, "shape": list(shape)}
    return {
        "rgb": store.given(image, "tensor"), "tensor": tensor, "is": wanted(right),
        "faults": faults_of(right, _wrong_tensors(image, spec)),
    }  # fmt: skip


def _wrong_tensors(image: Pixels, spec: TensorSpec) -> dict[str, Array]:
    def laid(values: Array) -> Array:
        return np.ascontiguousarray(values[None].transpose(0, 3, 1, 2) if spec.layout == "NCHW" else values[None])

    right = encode_input(image, spec)
    swapped = right.transpose(0, 2, 3, 1) if spec.layout == "NCHW" else right.transpose(0, 3, 1, 2)
    found: dict[str, Array] = {
        "red-and-blue": encode_input(np.ascontiguousarray(image[..., ::-1]), spec),
        "other-layout": np.ascontiguousarray(swapped).reshape(right.shape),
    }
    if spec.dtype == "float32":
        found["big-endian"] = right.byteswap()
        found["zero-to-one"] = laid(image.astype(np.float32) / np.float32(255))
        found["normalised"] = laid((image.astype(np.float32) / np.float32(255) - _MEAN) / _STD)
    if spec.scale is not None:
        found |= _wrong_steps(laid(image.astype(np.float32)), spec)
    return found


def _wrong_steps(values: Array, spec: TensorSpec) -> dict[str, Array]:
    zero, limits = spec.zero_point or 0, np.iinfo(spec.dtype)
    exact = values / np.float32(spec.scale or 1)

    def kept(steps: Array) -> Array:
        return np.clip(steps + zero, limits.min, limits.max).astype(spec.dtype)

    return {
        "not-quantised": values.astype(np.int64).astype(spec.dtype), "halves-up": kept(np.floor(exact + 0.5)),
        "cut-off": kept(np.trunc(exact)), "wrapped": (np.round(exact) + zero).astype(np.int64).astype(spec.dtype),
    }  # fmt: skip
