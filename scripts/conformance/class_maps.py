"""Cases of postprocessing: scores or classes at the input's size to a class map at the photo's own size."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from pocketseg.inference import class_map
from scripts.conformance._resampling import aligned, bilinear, corners, nearest, triangle
from scripts.conformance.arrays import Array, Store, faults_of, wanted
from scripts.conformance.pictures import noise, reals

FAULTS = {
    "classes-first": "the classes resized to the nearest, not the scores",
    "nearest-scores": "scores resized to the nearest",
    "align-corners": "corner pixels laid on corner pixels",
    "no-half-pixel": "the pixels' corners laid on one another, not their centres",
    "antialias": "as a photo is made smaller, by a filter as wide as the reduction",
    "turned": "height and width change places",
    "rounded-up": "the nearest pixel by rounding i * n / m",
    "pillow-nearest": "the place found by adding rounded steps, as Pillow does",
}
NEAR = 1e-4  # share of the range of the scores
_SCORES = {  # classes, height, width to height, width
    "larger": (3, 3, 4, 7, 9),
    "smaller": (4, 13, 9, 9, 5),
    "same": (3, 17, 11, 17, 11),
    "larger-odd": (4, 32, 48, 97, 61),
    "one-row": (2, 1, 5, 6, 7),
    "one-column": (2, 5, 1, 7, 6),
    "to-one-row": (3, 6, 5, 1, 9),
    "portrait": (5, 40, 24, 131, 87),
    "halves": (4, 33, 65, 17, 33),
    "higher-and-narrower": (3, 20, 31, 57, 13),
    "twice": (3, 9, 14, 18, 28),
    "many-classes": (20, 6, 5, 15, 19),
}
_CLASSES = {
    "classes-larger": (13, 9, 29, 31),
    "classes-smaller": (31, 40, 13, 9),
    "classes-same": (7, 5, 7, 5),
    "classes-of-rounding": (2, 19, 15, 108),
    "classes-twice": (6, 9, 12, 18),
    "classes-of-one": (1, 1, 3, 2),
}


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    given = {name: reals(name, c, h, w).astype(np.float32) for name, (c, h, w, _, _) in _SCORES.items()}
    sizes = {name: (height, width) for name, (_, _, _, height, width) in _SCORES.items()}
    smooth = np.stack([_smooth(k, 24, 34) for k in range(4)])
    given |= {"smooth": smooth, "not-finite": _spoiled(reals("spoiled", 3, 5, 7).astype(np.float32))}
    sizes |= {"smooth": (67, 45), "not-finite": (12, 11)}
    classes = {name: (noise(name, h, w) % 7, height, width) for name, (h, w, height, width) in _CLASSES.items()}
    return {
        "about": "docs/preprocessing.md, back to the photo's size; class maps must be equal but at `may_differ`, "
        "places in row-major order, where the two best scores lie within `epsilon`",
        "faults": FAULTS,
        "scores": [of_scores(store, name, scores, *sizes[name]) for name, scores in given.items()],
        "classes": [_of_classes(store, name, *case) for name, case in classes.items()],
    }


def of_scores(
    store: Store, name: str, scores: Array, height_px: int, width_px: int, kept_as: str = ""
) -> dict[str, Any]:
    """Return a case of scores C,h,w float32. kept_as: the name of their file, where several cases share it."""
    exact = bilinear(_finite(scores), height_px, width_px)
    right = exact.argmax(0).astype(np.uint8)
    least, most = (float(found(scores[np.isfinite(scores)])) for found in (np.min, np.max))
    epsilon = NEAR * (most - least)
    best = np.sort(exact, axis=0)
    near = np.flatnonzero((best[-1] - best[-2]).reshape(-1) <= epsilon)
    ours = np.flatnonzero((class_map(scores, height_px, width_px) != right).reshape(-1))
    if not set(ours.tolist()) <= set(near.tolist()):
        raise ValueError(f"{name}: our own class map differs where the scores do not excuse it")
    said = store.given(right, f"{name}-map")
    return {
        "name": name,
        "scores": store.given(scores, f"{kept_as or name}-scores"),
        "height_px": height_px,
        "width_px": width_px,
        "epsilon": epsilon,
        "may_differ": near.tolist(),
        "is": said,
        "faults": faults_of(right, _wrong(_finite(scores), height_px, width_px)),
    }


def _of_classes(store: Store, name: str, classes: Array, height_px: int, width_px: int) -> dict[str, Any]:
    right = class_map(classes, height_px, width_px)
    rows, columns = (
        np.minimum(np.floor(np.arange(m) * n / m + 0.5), n - 1).astype(int)
        for n, m in zip(classes.shape, (height_px, width_px), strict=True)
    )
    size = (width_px, height_px)
    wrong = {
        "rounded-up": classes[rows][:, columns],
        "pillow-nearest": np.asarray(Image.fromarray(classes).resize(size, Image.Resampling.NEAREST)),
        "turned": class_map(np.ascontiguousarray(classes.T), height_px, width_px),
    }
    return {
        "name": name, "classes": store.given(classes, f"{name}-classes"), "height_px": height_px, "width_px": width_px,
        "is": wanted(right), "faults": faults_of(right, wrong),
    }  # fmt: skip


def _smooth(number: int, height: int, width: int) -> npt.NDArray[np.float32]:
    """Return scores like a network's: blobs with long edges between them."""
    rows, columns = np.mgrid[:height, :width] / 7.0
    waves = np.sin(rows * (0.6 + number * 0.31) + number) * np.cos(columns * (0.9 - number * 0.17) - number)
    return np.asarray(np.round(waves * 512) / 64, np.float32)


def _spoiled(scores: Array) -> Array:
    scores = scores.copy()
    scores[1, 1, 2], scores[2, 3, 4], scores[0, 0, 6] = np.nan, np.inf, -np.inf
    scores[:, 4, 0] = np.nan
    return scores


def _finite(scores: Array) -> Array:
    least = float(np.finfo(np.float32).min)
    found: Array = np.nan_to_num(scores, nan=least, posinf=-least, neginf=least)
    return found


def _wrong(scores: Array, height_px: int, width_px: int) -> dict[str, Array]:
    found = {
        "align-corners": bilinear(scores, height_px, width_px, aligned),
        "no-half-pixel": bilinear(scores, height_px, width_px, corners),
        "antialias": triangle(scores, height_px, width_px),
        "turned": bilinear(scores.transpose(0, 2, 1), height_px, width_px),
    }
    classes = scores.argmax(0).astype(np.uint8)
    return {
        "classes-first": class_map(classes, height_px, width_px),
        "nearest-scores": nearest(classes, height_px, width_px),
        **{name: whole.argmax(0).astype(np.uint8) for name, whole in found.items()},
    }
