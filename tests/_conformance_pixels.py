"""The second implementation of docs/preprocessing.md, photo to input, in plain Python, as an app writes it."""

from __future__ import annotations

import math
import struct
from typing import Any

from _conformance import Array, made

Row = list[tuple[int, int, int]]
Picture = list[Row]


def picture(given: Array) -> Picture:
    height, width, three = given.shape
    assert given.dtype == "uint8" and three == 3
    pixels = [tuple(given.data[k : k + 3]) for k in range(0, len(given.data), 3)]
    return [pixels[y * width : (y + 1) * width] for y in range(height)]  # type: ignore[misc]


def as_array(rows: Picture) -> Array:
    return made("uint8", (len(rows), len(rows[0]), 3), [v for row in rows for pixel in row for v in pixel])


def resized(rows: Picture, height: int, width: int) -> Picture:
    less_height, less_width = len(rows) - height, len(rows[0]) - width
    if less_height > max(0, 2 * less_width):
        return across(down(rows, height), width)
    return down(across(rows, width), height)


def down(rows: Picture, height: int) -> Picture:
    return transposed(across(transposed(rows), height))


def transposed(rows: Picture) -> Picture:
    return [list(column) for column in zip(*rows, strict=True)]


def across(rows: Picture, size: int) -> Picture:
    count = len(rows[0])
    if count == size:
        return rows
    scale = count / size
    wide = max(scale, 1.0)
    taps = []
    for i in range(size):
        center = (i + 0.5) * scale
        first, last = max(0, math.trunc(center - wide + 0.5)), min(count, math.trunc(center + wide + 0.5))
        weights = [max(0.0, 1 - abs((j - center + 0.5) * (1 / wide))) for j in range(first, last)]
        whole = sum(weights)
        taps.append((first, [math.floor(w / whole * (1 << 22) + 0.5) for w in weights]))
    return [[_mixed(row, first, weights) for first, weights in taps] for row in rows]


def _mixed(row: Row, first: int, weights: list[int]) -> tuple[int, int, int]:
    totals = [1 << 21] * 3
    for k, weight in enumerate(weights):
        pixel = row[first + k]
        for c in range(3):
            totals[c] += weight * pixel[c]
    red, green, blue = (min(255, max(0, total >> 22)) for total in totals)
    return red, green, blue


def tensor(rows: Picture, spec: dict[str, Any]) -> Array:
    height, width = len(rows), len(rows[0])
    if spec["layout"] == "NCHW":
        assert spec["shape"] == [1, 3, height, width]
        values = [pixel[c] for c in range(3) for row in rows for pixel in row]
    else:
        assert spec["layout"] == "NHWC" and spec["shape"] == [1, height, width, 3]
        values = [v for row in rows for pixel in row for v in pixel]
    if spec["scale"] is not None:
        least, most = {"int8": (-128, 127), "uint8": (0, 255)}[spec["dtype"]]
        scale, zero = single(spec["scale"]), spec["zero_point"]
        values = [min(most, max(least, round(single(v / scale)) + zero)) for v in values]
    return made(spec["dtype"], tuple(spec["shape"]), values)


def single(value: float) -> float:
    """Round to float32."""
    found: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return found


# ---- turns -----------------------------------------------------------------------------------------------------------


def clockwise(rows: Picture, quarters: int) -> Picture:
    for _ in range(quarters):
        rows = [list(column) for column in zip(*rows[::-1], strict=True)]
    return rows


def mirrored(rows: Picture) -> Picture:
    return [row[::-1] for row in rows]


def upright(rows: Picture, orientation: int) -> Picture:
    quarters = {1: 0, 2: 0, 3: 2, 4: 2, 5: 1, 6: 1, 7: 3, 8: 3}[orientation]
    turned = clockwise(rows, quarters)
    return mirrored(turned) if orientation in (2, 4, 5, 7) else turned


def from_camera(rows: Picture, degrees: int, *, mirror: bool) -> Picture:
    turned = clockwise(rows, degrees // 90)
    return mirrored(turned) if mirror else turned


# ---- YUV -------------------------------------------------------------------------------------------------------------


def from_yuv(frame: dict[str, Any], planes: dict[str, bytes]) -> Picture:
    def sample(name: str, row: int, column: int) -> int:
        said = frame[name]
        at = said["offset_bytes"] + row * said["row_stride_bytes"] + column * said["pixel_stride_bytes"]
        return planes[name][at]

    found = []
    for y in range(frame["height_px"]):
        row = []
        for x in range(frame["width_px"]):
            luma, u, v = sample("y", y, x), sample("u", y // 2, x // 2) - 128, sample("v", y // 2, x // 2) - 128
            red = luma + ((91881 * v + 32768) >> 16)
            green = luma + ((32768 - 22554 * u - 46802 * v) >> 16)
            blue = luma + ((116130 * u + 32768) >> 16)
            row.append((_byte(red), _byte(green), _byte(blue)))
        found.append(row)
    return found


def _byte(value: int) -> int:
    return min(255, max(0, value))
