"""The second implementation of docs/preprocessing.md, output to class map and scores, in plain Python."""

from __future__ import annotations

import math
import struct
from typing import Any

from _conformance import CODES, Array, made, unpacked
from _conformance_pixels import single

LEAST = -3.4028234663852886e38
Planes = list[list[list[float]]]  # C,h,w


class Refused(Exception):
    """An error that a case asks for, by its name."""


def chosen(outputs: list[dict[str, Any]], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest's output among those of a runtime, by name, else by type and shape."""
    own = [one for one in outputs if one["name"] == wanted["name"]]
    if not own:
        own = [one for one in outputs if (one["dtype"], one["shape"]) == (wanted["dtype"], wanted["shape"])]
    if len(own) != 1:
        raise Refused("no-such-output")
    if any(own[0][name] != wanted[name] for name in ("dtype", "shape", "scale", "zero_point")):
        raise Refused("other-tensor")
    return own[0]


def read(output: dict[str, Any], memory: bytes) -> list[Any]:
    """Return a tensor's values in row-major order, gathered by its strides."""
    code = "<" + CODES[output["dtype"]]
    places = [0]
    for side, stride in zip(output["shape"], output["strides_bytes"], strict=True):
        places = [at + k * stride for at in places for k in range(side)]
    return [struct.unpack_from(code, memory, at)[0] for at in places]


def scores_of(values: list[Any], wanted: dict[str, Any], classes: int) -> tuple[Planes, int]:
    """Return scores C,h,w, rounded to float32, and how many are not finite."""
    if wanted["scale"] is not None:
        scale, zero = single(wanted["scale"]), wanted["zero_point"] or 0
        values = [single((v - zero) * scale) for v in values]
    values = [_single(v) for v in values]
    if wanted["layout"] == "NHWC":
        _, height, width, count = wanted["shape"]
        order = [(y * width + x) * count + c for c in range(count) for y in range(height) for x in range(width)]
        values = [values[k] for k in order]
    else:
        _, count, height, width = wanted["shape"]
    if count != classes:
        raise Refused("classes-not-channels")
    return planes(values, count, height, width), sum(not math.isfinite(v) for v in values)


def classes_of(values: list[Any], wanted: dict[str, Any], classes: int) -> Array:
    if not all(0 <= v < classes for v in values):
        raise Refused("no-such-class")
    return made("uint8", tuple(wanted["shape"][1:]), values)


def planes(values: Any, count: int, height: int, width: int) -> Planes:
    return [
        [list(values[(c * height + y) * width : (c * height + y + 1) * width]) for y in range(height)]
        for c in range(count)
    ]


def flat(scores: Planes) -> Array:
    shape = (len(scores), len(scores[0]), len(scores[0][0]))
    return made("float32", shape, [v for plane in scores for row in plane for v in row])


def class_map(scores: Planes, height: int, width: int) -> Array:
    """Resize scores bilinearly with half-pixel centres, and return the argmax of each pixel, the first of equals."""
    finite = [[[_number(v) for v in row] for row in plane] for plane in scores]
    columns = _neighbours(len(finite[0][0]), width)
    rows = _neighbours(len(finite[0]), height)
    best: list[list[float]] = []
    found: list[list[int]] = []
    for number, plane in enumerate(finite):
        wide = [[row[a] * (1 - s) + row[b] * s for a, b, s in columns] for row in plane]
        whole = [[p * (1 - s) + q * s for p, q in zip(wide[a], wide[b], strict=True)] for a, b, s in rows]
        if number == 0:
            best, found = whole, [[0] * width for _ in range(height)]
            continue
        for y, row in enumerate(whole):
            for x, value in enumerate(row):
                if value > best[y][x]:
                    best[y][x], found[y][x] = value, number
    return made("uint8", (height, width), [v for row in found for v in row])


def nearest(classes: Array, height: int, width: int) -> Array:
    h, w = classes.shape
    picked = [classes.data[(2 * y + 1) * h // (2 * height) * w + (2 * x + 1) * w // (2 * width)]
              for y in range(height) for x in range(width)]  # fmt: skip
    return made("uint8", (height, width), picked)


def _neighbours(count: int, size: int) -> list[tuple[int, int, float]]:
    found = []
    for i in range(size):
        place = max(0.0, (i + 0.5) * count / size - 0.5)
        low = min(int(place), count - 1)
        found.append((low, min(low + 1, count - 1), place - low))
    return found


def _number(value: float) -> float:
    if math.isnan(value) or value == -math.inf:
        return LEAST
    return -LEAST if value == math.inf else value


def _single(value: float) -> float:
    try:
        return single(value)
    except OverflowError:
        return math.copysign(math.inf, value)


# ---- scores of class maps --------------------------------------------------------------------------------------------


def confusion(predicted: Array, label: Array, classes: int) -> list[list[int]]:
    if predicted.shape != label.shape:
        raise Refused("other-size")
    found = [[0] * classes for _ in range(classes)]
    for p, t in zip(predicted.data, label.data, strict=True):
        if p >= classes:
            raise Refused("no-such-class")
        if t == 255:
            continue
        if t >= classes:
            raise Refused("no-such-label")
        found[t][p] += 1
    return found


def iou(matrix: list[list[int]]) -> list[float | None]:
    found: list[float | None] = []
    for k, row in enumerate(matrix):
        union = sum(row) + sum(other[k] for other in matrix) - row[k]
        found.append(row[k] / union if sum(row) else None)
    return found


def miou(matrix: list[list[int]]) -> float | None:
    known = [v for v in iou(matrix) if v is not None]
    return sum(known) / len(known) if known else None


def values_of(memory: Array) -> bytes:
    assert memory.dtype == "uint8" and unpacked("uint8", memory.data)
    return memory.data
