"""Resizing of the last two dimensions, and cropping."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

from pocketseg.mlprogram.arguments import Arguments, Operation, positive

_MODES = ("DEFAULT", "STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "OFFSET_CORNERS", "UNALIGN_CORNERS")


def _points(size: int, target: int, mode: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the position in 0 .. size - 1 at which each of `target` samples is taken; coremltools: resize_bilinear."""
    steps = np.arange(target, dtype=np.float64)
    if mode in ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS"):
        if target == 1:
            places = np.array([(size - 1) / 2 if mode == "ALIGN_CORNERS" else 0.0])
        else:
            places = steps * (size - 1) / (target - 1)
    elif mode == "DEFAULT":
        places = steps * size / target
    elif mode == "OFFSET_CORNERS":
        delta = max(1, size - 1) / target
        places = 0.5 * delta + steps * delta
    elif mode == "UNALIGN_CORNERS":
        places = (steps + 0.5) * size / target - 0.5
    else:
        raise ValueError(f"sampling mode {mode[:40]!r}")
    return np.clip(places, 0, size - 1)


def _linear(x: torch.Tensor, axis: int, target: int, mode: str) -> torch.Tensor:
    """Resize one axis, linear between neighbours."""
    size = x.shape[axis]
    places = _points(size, target, mode)
    low = np.minimum(np.floor(places).astype(np.int64), size - 1)
    high = np.minimum(low + 1, size - 1)
    share = torch.from_numpy((places - low).astype(np.float32)).reshape([-1] + [1] * (x.ndim - 1 - axis))
    below, above = x.index_select(axis, torch.from_numpy(low)), x.index_select(axis, torch.from_numpy(high))
    return below + (above - below) * share


def _nearest(x: torch.Tensor, axis: int, target: int, mode: str) -> torch.Tensor:
    """Resize one axis to the nearest sample; for DEFAULT, as in TensorFlow's legacy mode, to the one before."""
    size = x.shape[axis]
    if mode == "DEFAULT":
        index = np.arange(target, dtype=np.int64) * size // target
    else:
        index = np.floor(_points(size, target, mode) + 0.5).astype(np.int64)
    return x.index_select(axis, torch.from_numpy(np.clip(index, 0, size - 1)))


def _bilinear(a: Arguments, x: torch.Tensor, height: int, width: int, mode: str) -> torch.Tensor:
    """Resize x (...,H,W); torch computes the two modes that it has, much faster."""
    positive("size", [height, width, *x.shape[-2:]], 4)
    a.expect([*x.shape[:-2], height, width])
    aligned = mode == "STRICT_ALIGN_CORNERS" and height > 1 and width > 1
    if x.ndim == 4 and (mode == "UNALIGN_CORNERS" or aligned):
        return F.interpolate(x, (height, width), mode="bilinear", align_corners=aligned)
    return _linear(_linear(x.to(torch.float32), x.ndim - 2, height, mode), x.ndim - 1, width, mode)


def _scaled(a: Arguments, x: torch.Tensor) -> tuple[int, int]:
    """Return the size that scale factors produce, computed in float32 as coremltools does."""
    sizes = []
    for name, size in (("scale_factor_height", x.shape[-2]), ("scale_factor_width", x.shape[-1])):
        factor = np.float32(a.number(name, 1.0))
        if not 0 < factor < 1 << 16:
            raise ValueError(f"{name} {factor}")
        sizes.append(math.floor(factor * np.float32(size)))
    return sizes[0], sizes[1]


def _upsample_bilinear(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    aligned = a.flag("align_corners", True)
    centers = a.flag("half_pixel_centers", not aligned)
    if aligned and centers:
        raise ValueError("align_corners and half_pixel_centers cannot be combined")
    mode = "STRICT_ALIGN_CORNERS" if aligned else "UNALIGN_CORNERS" if centers else "DEFAULT"
    return _bilinear(a, x, *_scaled(a, x), mode)


def _resize_bilinear(a: Arguments) -> torch.Tensor:
    height, width = a.integer("target_size_height", 1), a.integer("target_size_width", 1)
    return _bilinear(a, a.tensor("x"), height, width, a.text("sampling_mode", "DEFAULT"))


def _two_nearest(a: Arguments, height: int, width: int, mode: str) -> torch.Tensor:
    x = a.tensor("x")
    positive("size", [height, width, *x.shape[-2:]], 4)
    a.expect([*x.shape[:-2], height, width])
    return _nearest(_nearest(x, x.ndim - 2, height, mode), x.ndim - 1, width, mode)


def _resize(a: Arguments) -> torch.Tensor:
    """iOS 17: the last `resized_dims` dimensions become those of `shape`, where 0 keeps one."""
    x, shape, count = a.tensor("x"), a.integers("shape"), a.integer("resized_dims")
    if not 1 <= count <= len(shape) <= x.ndim:
        raise ValueError(f"resized_dims {count} of shape {shape} for rank {x.ndim}")
    targets = [wanted or old for wanted, old in zip(shape[-count:], x.shape[-count:], strict=True)]
    positive("shape", targets, count)
    kind, mode = a.text("interpolation_mode", "LINEAR"), a.text("sampling_mode", "DEFAULT")
    if kind not in ("LINEAR", "NEAREST_NEIGHBOR") or mode not in _MODES:
        raise ValueError(f"interpolation {kind[:40]!r} with {mode[:40]!r}")
    a.expect([*x.shape[: x.ndim - count], *targets])
    if kind == "LINEAR" and count == 2 and x.dtype.is_floating_point:
        return _bilinear(a, x, targets[0], targets[1], mode)
    result = x if kind != "LINEAR" else x.to(torch.float32)
    for axis, target in enumerate(targets, x.ndim - count):
        result = (_linear if kind == "LINEAR" else _nearest)(result, axis, target, mode)
    return result.to(x.dtype)


def _crop(a: Arguments) -> torch.Tensor:
    x = a.tensor("x")
    (top, bottom), (left, right) = a.integers("crop_height"), a.integers("crop_width")
    if min(top, bottom, left, right) < 0:
        raise ValueError("a crop below 0")
    return x[..., top : x.shape[-2] - bottom, left : x.shape[-1] - right]


OPERATIONS: dict[str, Operation] = {
    "crop": _crop,
    "resize": _resize,
    "resize_bilinear": _resize_bilinear,
    "resize_nearest_neighbor": lambda a: _two_nearest(
        a, a.integer("target_size_height"), a.integer("target_size_width"), "DEFAULT"
    ),
    "upsample_bilinear": _upsample_bilinear,
    "upsample_nearest_neighbor": lambda a: _two_nearest(a, *_scaled(a, a.tensor("x")), "DEFAULT"),
}
