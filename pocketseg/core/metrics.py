"""Intersection over union from one confusion matrix over a whole data set, and argmax agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pocketseg.core.classes import IGNORE_INDEX

if TYPE_CHECKING:
    import torch

ClassMap = npt.NDArray[np.integer[Any]]


class IouMeter:
    """Sum one confusion matrix over photos; mIoU is the mean over the classes that labels hold.

    Background is one of them. A class that no label has does not count, whatever was predicted: it would be 0 for a
    file that ever names it and nothing for one that never does, and the two would be means over other classes.
    """

    def __init__(self, classes: tuple[str, ...]) -> None:
        from torchmetrics.classification import MulticlassJaccardIndex

        self.classes = classes
        self._jaccard = MulticlassJaccardIndex(
            num_classes=len(classes),
            average="none",
            ignore_index=IGNORE_INDEX,
            sync_on_compute=False,  # of several training processes only the first one scores
        )

    def add(self, predicted: ClassMap, label: ClassMap) -> None:
        """Count one photo: two class maps of one shape, H,W; label pixels of 255 are ignored."""
        import torch

        self._jaccard.update(torch.from_numpy(predicted.astype(np.int64)), torch.from_numpy(label.astype(np.int64)))

    @property
    def confusion(self) -> torch.Tensor:
        """Pixels by label (rows) and prediction (columns), C,C."""
        matrix: torch.Tensor = self._jaccard.confmat
        return matrix

    def iou(self) -> dict[str, float | None]:
        """Give each class's IoU; None where no label pixel is of the class."""
        labelled = self.confusion.sum(1)
        values = self._jaccard.compute()
        return {name: float(values[i]) if float(labelled[i]) > 0 else None for i, name in enumerate(self.classes)}

    def miou(self) -> float:
        """Mean the IoU over the classes that occur in labels; 0 where none does."""
        values = [v for v in self.iou().values() if v is not None]
        return sum(values) / len(values) if values else 0.0


def agreement(a: ClassMap, b: ClassMap) -> tuple[int, int, int, int]:
    """Count equal pixels, all pixels, and the same over pixels that either map calls garment (class > 0)."""
    equal = a == b
    garment = (a > 0) | (b > 0)
    return int(equal.sum()), int(equal.size), int((equal & garment).sum()), int(garment.sum())
