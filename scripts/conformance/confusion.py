"""Cases of scores: class maps and labels to one confusion matrix, the IoU of each class, and mIoU."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmark import intervals
from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.core.metrics import IouMeter
from scripts.conformance.arrays import Array, Store
from scripts.conformance.pictures import noise

FAULTS = {
    "void-counted": "pixels of 255 counted as background",
    "columns-for-rows": "labels in the columns of the matrix",
    "absent-as-zero": "a class that no label holds counted with an IoU of 0",
    "absent-as-one": "a class that no label holds counted with an IoU of 1",
    "photos-averaged": "the mean of each photo's mIoU, not one matrix over all",
}


def cases(store: Store) -> dict[str, Any]:
    """Return the cases."""
    return {
        "about": "docs/method.md, mIoU; matrices must be equal, ratios to a relative 1e-9; null: no figure",
        "faults": FAULTS,
        "cases": [_case(store, name, *case) for name, case in _all().items()],
        "refused": [
            _refused(store, "class-beyond", 3, [[0, 1, 3]], [[0, 1, 2]], "no-such-class"),
            _refused(store, "class-255", 3, [[0, 255, 1]], [[0, 1, 255]], "no-such-class"),
            _refused(store, "label-beyond", 3, [[0, 1, 2]], [[0, 1, 3]], "no-such-label"),
            _refused(store, "other-size", 3, [[0, 1, 2], [0, 0, 0]], [[0, 1], [2, 0], [0, 0]], "other-size"),
        ],
    }


def _all() -> dict[str, tuple[int, list[tuple[Array, Array]]]]:
    """Return each case's number of classes and its photos: prediction and label."""

    def drawn(name: str, height: int, width: int, classes: int, void: int = 0) -> tuple[Array, Array]:
        predicted, label = noise(f"{name} p", height, width) % classes, noise(f"{name} l", height, width) % classes
        same = noise(f"{name} s", height, width) < 180
        label = np.where(same, predicted, label)
        return predicted, np.where(noise(f"{name} v", height, width) < void, IGNORE_INDEX, label).astype(np.uint8)

    def bytes_(*rows: list[int]) -> Array:
        return np.array(rows, np.uint8)

    never_labelled = drawn("never", 9, 5, 4)
    never_labelled[1][never_labelled[1] == 2] = 0
    never_named = drawn("unnamed", 5, 9, 4)
    never_named[0][never_named[0] == 3] = 1
    return {
        "one-photo": (4, [drawn("one", 7, 5, 4)]),
        "three-photos": (4, [drawn("a", 7, 5, 4, 40), drawn("b", 3, 11, 4), drawn("c", 2, 1, 4)]),
        "void": (3, [drawn("void", 6, 9, 3, 90)]),
        "all-void": (3, [(bytes_([0, 1, 2], [2, 1, 0]), bytes_([255] * 3, [255] * 3))]),
        "one-photo-all-void": (3, [drawn("d", 4, 6, 3), (bytes_([1, 1, 1]), bytes_([255, 255, 255]))]),
        "class-never-labelled": (4, [never_labelled]), "class-never-named": (4, [never_named]),
        "class-absent": (6, [drawn("absent", 5, 8, 4)]),
        "background-alone": (3, [(bytes_([0, 0], [0, 1], [0, 0]), bytes_([0, 0], [0, 0], [0, 255]))]),
        "all-wrong": (2, [(bytes_([0, 0, 0]), bytes_([1, 1, 1]))]),
        "all-right": (3, [(bytes_([0, 1], [2, 1], [0, 0]), bytes_([0, 1], [2, 1], [0, 0]))]),
    }  # fmt: skip


def _case(store: Store, name: str, classes: int, photos: list[tuple[Array, Array]]) -> dict[str, Any]:
    meter = IouMeter(tuple(map(str, range(classes))))
    each: list[Any] = []
    for predicted, label in photos:
        before = meter.confusion.clone()
        meter.add(predicted, label)
        each.append((meter.confusion - before).numpy())
    total = np.asarray(torch.Tensor.numpy(meter.confusion))
    return {
        "name": name, "classes": classes,
        "photos": [
            {"predicted": store.given(p, f"{name}-{k}-predicted"), "label": store.given(label, f"{name}-{k}-label"),
             "confusion": each[k].tolist()}
            for k, (p, label) in enumerate(photos)
        ],
        "confusion": total.tolist(), "iou": intervals.iou(total), "miou": miou(total),
        "faults": {k: v for k, v in _wrong(total, photos, each).items() if v != miou(total)},
    }  # fmt: skip


def miou(total: Array) -> float | None:
    """Return the mIoU, None where no pixel has a label."""
    return intervals.miou(total) if total.sum() else None


def _wrong(total: Array, photos: list[tuple[Array, Array]], each: list[Array]) -> dict[str, float | None]:
    classes = len(total)
    counted = total.copy()
    for predicted, label in photos:
        counted[0] += np.bincount(predicted[label == IGNORE_INDEX], minlength=classes)
    known = [v for v in intervals.iou(total) if v is not None]
    absent = classes - len(known)
    mious = [m for m in map(miou, each) if m is not None]
    return {
        "void-counted": miou(counted), "columns-for-rows": miou(total.T),
        "absent-as-zero": sum(known) / classes, "absent-as-one": (sum(known) + absent) / classes,
        "photos-averaged": sum(mious) / len(mious) if mious else None,
    }  # fmt: skip


def _refused(
    store: Store, name: str, classes: int, predicted: list[list[int]], label: list[list[int]], error: str
) -> dict[str, Any]:
    return {
        "name": name, "classes": classes, "predicted": store.given(np.array(predicted, np.uint8), name),
        "label": store.given(np.array(label, np.uint8), name), "error": error,
    }  # fmt: skip
