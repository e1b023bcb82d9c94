"""Cases of a camera's YUV 4:2:0 picture to RGB, with every memory layout of its planes on Android and iOS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scripts.conformance.arrays import Array, Store, faults_of, wanted
from scripts.conformance.pictures import Pixels, noise

FAULTS = {
    "width-for-stride": "rows read one after the other, as if nothing lay between them",
    "pixel-stride-1": "colour samples read one after the other, as if they did not alternate",
    "colours-swapped": "U and V change places (NV12 for NV21)",
    "video-range": "16 to 235 stretched to 0 to 255, as in video",
    "bt-709": "the matrix of high-definition video",
    "one-colour-a-row": "each row takes colour samples of a row of its own",
}
_EDGE = 0x80  # what lies between rows: a fault that reads it shows
# of a sample less 128, in 1/65536: V to red, U and V to green, U to blue
BT601, BT709 = (91881, 22554, 46802, 116130), (103206, 12277, 30679, 121609)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """One plane in memory. offset, row_stride, pixel_stride: in bytes; a sample is a byte."""

    memory: Pixels
    offset: int
    row_stride: int
    pixel_stride: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A camera's picture: Y at its own size, U and V at half of it, rounded up."""

    name: str
    height_px: int
    width_px: int
    planes: tuple[Plane, Plane, Plane]


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    return {
        "about": "docs/preprocessing.md, from a camera; every byte must be equal",
        "faults": FAULTS,
        "cases": [_case(store, frame) for frame in _frames()],
    }


def rgb_of(frame: Frame, matrix: tuple[int, int, int, int] = BT601) -> Pixels:
    """Return RGB, H,W,3: BT.601 at full range, each pixel with the colour sample that covers it."""
    height, width = frame.height_px, frame.width_px
    luma = _samples(frame.planes[0], height, width).astype(np.int64)
    u, v = (_samples(p, (height + 1) // 2, (width + 1) // 2) for p in frame.planes[1:])
    return _mixed(luma, _doubled(u, height, width), _doubled(v, height, width), matrix)


def _mixed(luma: Array, u: Array, v: Array, matrix: tuple[int, int, int, int]) -> Pixels:
    to_red, u_to_green, v_to_green, to_blue = matrix
    half, u, v = 1 << 15, u.astype(np.int64) - 128, v.astype(np.int64) - 128
    red = luma + ((to_red * v + half) >> 16)
    green = luma + ((half - u_to_green * u - v_to_green * v) >> 16)
    blue = luma + ((to_blue * u + half) >> 16)
    return np.clip(np.stack([red, green, blue], -1), 0, 255).astype(np.uint8)


def _samples(plane: Plane, height: int, width: int) -> Array:
    rows, columns = np.arange(height)[:, None], np.arange(width)
    places = plane.offset + rows * plane.row_stride + columns * plane.pixel_stride
    return plane.memory[np.minimum(places, len(plane.memory) - 1)]  # beyond the end only in a fault


def _doubled(samples: Array, height: int, width: int) -> Array:
    return samples.repeat(2, 0)[:height].repeat(2, 1)[:, :width]


# ---- how they lie in memory ------------------------------------------------------------------------------------------


def _frames() -> list[Frame]:
    return [
        _planar("i420", 6, 10, 10, 5), _planar("i420-odd", 7, 5, 5, 3), _planar("i420-padded", 21, 54, 56, 28),
        _planar("i420-padded-portrait", 54, 21, 32, 32), _android("nv21-android", 6, 10, 10, v_first=1),
        _android("nv21-android-padded", 21, 54, 56, v_first=1), _android("nv12-android-odd", 9, 13, 16, v_first=0),
        _apple("nv12-apple", 10, 6, 6), _apple("nv12-apple-padded", 27, 108, 112), _apple("nv12-apple-odd", 5, 3, 64),
        _planar("i420-one-pixel-wide", 4, 1, 1, 1), _planar("i420-one-pixel-high", 1, 6, 8, 8),
    ]  # fmt: skip


def _luma(name: str, height: int, width: int, stride: int) -> Plane:
    return Plane(memory=_rows(noise(name, height, width), stride), offset=0, row_stride=stride, pixel_stride=1)


def _rows(samples: Pixels, stride: int) -> Pixels:
    """Place rows `stride` bytes apart; the last one ends with its last sample, as in Android's buffers."""
    found = np.full((len(samples), stride), _EDGE, np.uint8)
    found[:, : samples.shape[1]] = samples
    return found.reshape(-1)[: (len(samples) - 1) * stride + samples.shape[1]]


def _planar(name: str, height: int, width: int, stride: int, half_stride: int) -> Frame:
    colours = [noise(f"{name} {c}", (height + 1) // 2, (width + 1) // 2) for c in "uv"]
    u, v = (Plane(memory=_rows(c, half_stride), offset=0, row_stride=half_stride, pixel_stride=1) for c in colours)
    return Frame(name=name, height_px=height, width_px=width, planes=(_luma(name, height, width, stride), u, v))


def _alternating(name: str, height: int, width: int, stride: int) -> Pixels:
    return _rows(noise(f"{name} uv", (height + 1) // 2, (width + 1) // 2 * 2), stride)


def _android(name: str, height: int, width: int, stride: int, v_first: int) -> Frame:
    """Return two buffers over one memory: each begins with its own colour, and ends one byte before the memory does."""
    both = _alternating(name, height, width, stride)
    parts = [both[:-1], both[1:]]
    u, v = (Plane(memory=parts[k], offset=0, row_stride=stride, pixel_stride=2) for k in (v_first, 1 - v_first))
    return Frame(name=name, height_px=height, width_px=width, planes=(_luma(name, height, width, stride), u, v))


def _apple(name: str, height: int, width: int, stride: int) -> Frame:
    """Return one plane of both colours."""
    both = _alternating(name, height, width, max(stride, (width + 1) // 2 * 2))
    step = max(stride, (width + 1) // 2 * 2)
    u, v = (Plane(memory=both, offset=k, row_stride=step, pixel_stride=2) for k in (0, 1))
    return Frame(name=name, height_px=height, width_px=width, planes=(_luma(name, height, width, stride), u, v))


# ---- the cases -------------------------------------------------------------------------------------------------------


def _case(store: Store, frame: Frame) -> dict[str, Any]:
    right = rgb_of(frame)
    return {
        "name": frame.name, "height_px": frame.height_px, "width_px": frame.width_px,
        **{name: _said(store, plane, f"{frame.name}-{name}") for name, plane in zip("yuv", frame.planes, strict=True)},
        "is": wanted(right), "faults": faults_of(right, _wrong(frame)),
    }  # fmt: skip


def _said(store: Store, plane: Plane, name: str) -> dict[str, Any]:
    return {
        "memory": store.given(plane.memory, name), "offset_bytes": plane.offset, "row_stride_bytes": plane.row_stride,
        "pixel_stride_bytes": plane.pixel_stride,
    }  # fmt: skip


def _wrong(frame: Frame) -> dict[str, Array]:
    y, u, v = frame.planes
    height, width = frame.height_px, frame.width_px
    half = (width + 1) // 2

    def changed(*planes: Plane) -> Pixels:
        return rgb_of(Frame(name="", height_px=height, width_px=width, planes=(planes[0], planes[1], planes[2])))

    def again(plane: Plane, row_stride: int, pixel_stride: int) -> Plane:
        return Plane(memory=plane.memory, offset=plane.offset, row_stride=row_stride, pixel_stride=pixel_stride)

    luma, *colours = (_samples(p, *size) for p, size in zip(
        (y, u, v), ((height, width), *[((height + 1) // 2, half)] * 2), strict=True))  # fmt: skip
    video = [_doubled((c.astype(np.int64) - 128) * 255 / 224 + 128, height, width) for c in colours]
    stretched = np.round((luma.astype(np.int64) - 16) * 255 / 219).astype(np.int64)
    wide = [np.round(c).astype(np.int64) for c in video]
    rows = [_samples(again(c, c.row_stride, c.pixel_stride), height, half).repeat(2, 1)[:, :width] for c in (u, v)]
    return {
        "width-for-stride": changed(
            again(y, width, 1), *(again(c, half * c.pixel_stride, c.pixel_stride) for c in (u, v))
        ),
        "pixel-stride-1": changed(y, *(again(c, c.row_stride, 1) for c in (u, v))),
        "colours-swapped": changed(y, v, u), "video-range": _mixed(stretched, wide[0], wide[1], BT601),
        "bt-709": rgb_of(frame, BT709), "one-colour-a-row": _mixed(luma.astype(np.int64), rows[0], rows[1], BT601),
    }  # fmt: skip
