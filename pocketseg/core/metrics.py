"""Intersection over union from one confusion matrix over a whole data set, and argmax agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pocketseg.core.classes import IGNORE_INDEX

if TYPE_CHECKING:
    import torch

ClassMap = npt.NDArray[np.integer[Any]]
Counts = npt.NDArray[np.int64]


class IouMeter:
    """One confusion matrix summed over photos; mIoU is the mean over the classes that occur in labels.

    Background is one of them. A class without label pixels does not count, whatever was predicted. It would be 0 for a
    file that predicts it anywhere and undefined for one that never does, and their means would be over different
    classes.
    """

    def __init__(self, classes: tuple[str, ...]) -> None:
        from torchmetrics.classification import MulticlassJaccardIndex

        class Counted(MulticlassJaccardIndex):
            """Takes counts: counting pixels, torchmetrics looks at each of them ten times."""

            def update(self, counts: torch.Tensor) -> None:
                self.confmat += counts

        self.classes = classes
        self._jaccard = Counted(
            num_classes=len(classes),
            average="none",
            sync_on_compute=False,  # only the first of several training processes scores
        )

    def add(self, predicted: ClassMap, label: ClassMap) -> None:
        """Add one photo: two class maps of one shape, H,W; label pixels of 255 are ignored."""
        import torch

        self._jaccard.update(torch.from_numpy(confusion(predicted, label, len(self.classes))))

    @property
    def confusion(self) -> torch.Tensor:
        """Pixels by label (rows) and prediction (columns), C,C."""
        matrix: torch.Tensor = self._jaccard.confmat
        return matrix

    def iou(self) -> dict[str, float | None]:
        """Return each class's IoU; None for a class without label pixels."""
        labelled = self.confusion.sum(1)
        values = self._jaccard.compute()
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
