"""Intersection over union from one confusion matrix over a whole data set, and argmax agreement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pocketseg.core.classes import IGNORE_INDEX

if TYPE_CHECKING:
    import torch

ClassMap = npt.NDArray[np.integer[Any]]
Counts = npt.NDArray[np.int64]


def whole_counts(row: Sequence[object], height: int, width: int) -> Counts:
    """Return counts from a file as a matrix, height,width. Raises ValueError for what cannot be numbers of pixels."""
    if not all(type(value) is int and value >= 0 for value in row):
        raise ValueError("a count is not a whole number, 0 or more")
    return np.array(row, np.int64).reshape(height, width)


class IouMeter:
    """One confusion matrix summed over photos; mIoU is the mean over the classes that occur in labels.

    Background is one of them. A class without label pixels does not count, whatever was predicted. It would be 0 for a
    file that predicts it anywhere and undefined for one that never does, and their means would be over different
    classes.
    """

    def __init__(self, classes: tuple[str, ...]) -> None:
        self.classes = classes
        self._counts: Counts = np.zeros((len(classes), len(classes)), np.int64)

    def add(self, predicted: ClassMap, label: ClassMap) -> None:
        """Add one photo: two class maps of one shape, H,W; label pixels of 255 are ignored.

        predicted: of these classes. Raises ValueError for a label that is neither of them nor 255.
        """
        self._counts += confusion(predicted, label, len(self.classes))

    @property
    def confusion(self) -> torch.Tensor:
        """Pixels by label (rows) and prediction (columns), C,C."""
        import torch

        return torch.from_numpy(self._counts)

    def iou(self) -> dict[str, float | None]:
        """Return each class's IoU; None for a class without label pixels."""
        counts = self.confusion.float()  # as TorchMetrics computes it, whose import takes seconds
        both, labelled = counts.diag(), counts.sum(1)
        values = both / (counts.sum(0) + labelled - both)
        return {name: float(values[i]) if float(labelled[i]) > 0 else None for i, name in enumerate(self.classes)}

    def miou(self) -> float:
        """Return the mean IoU over the classes that occur in labels; 0 where none does."""
        values = [v for v in self.iou().values() if v is not None]
        return sum(values) / len(values) if values else 0.0


def confusion(predicted: ClassMap, label: ClassMap, class_count: int) -> Counts:
    """Return one photo's pixel counts by label and prediction, (C, C); label pixels of 255 are left out.

    predicted: below class_count. Raises ValueError for a label that is neither below class_count nor 255.
    """
    flat = label.astype(np.int64) * class_count + predicted
    counts = np.bincount(flat.reshape(-1), minlength=(IGNORE_INDEX + 1) * class_count).reshape(-1, class_count)
    if counts[class_count:IGNORE_INDEX].any():
        raise ValueError(f"a label has a class beyond the {class_count} that there are")
    return counts[:class_count]


def agreement(a: ClassMap, b: ClassMap) -> tuple[int, int, int, int]:
    """Return the counts of equal pixels and of all pixels, then both over pixels that either map calls garment (class >
    0)."""
    equal = a == b
    garment = (a > 0) | (b > 0)
    return int(equal.sum()), int(equal.size), int((equal & garment).sum()), int(garment.sum())
