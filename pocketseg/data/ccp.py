"""Clothing Co-Parsing: photos/NNNN.jpg, annotations/pixel-level/NNNN.mat with 59 label ids.

Yang, Luo, Lin, "Clothing Co-Parsing by Joint Image Segmentation and Labeling", CVPR 2014.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import DataError
from pocketseg.data._matlab import read_array
from pocketseg.data.photos import Pixels

LABEL_COUNT = 59
# label ids of each class; every other label (skin, hair, shoes, bags, hats, tights...) is background
LABELS_OF_CLASS: dict[str, tuple[int, ...]] = {
    "upper_body": (4, 5, 8, 11, 22, 24, 26, 38, 46, 48, 49, 51, 54, 55),
    "lower_body": (25, 27, 30, 31, 40, 42),
    "full_body": (6, 10, 13, 14, 23, 35, 50),
}


def class_table() -> Pixels:
    """Give the class of each of the 59 labels, shape (59,)."""
    table = np.zeros(LABEL_COUNT, np.uint8)
    for name, labels in LABELS_OF_CLASS.items():
        table[list(labels)] = CLASSES.index(name)
    return table


def read_labels(path: Path) -> Pixels:
    """Read the 59-label map of one photo, H,W uint8, from its MATLAB 5 file."""
    if not path.is_file():
        raise DataError(f"mask {path} does not exist", hint="restore it, or remove its photo")
    try:
        labels = read_array(path.read_bytes(), "groundtruth")
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is no readable MATLAB file ({error})", hint="fetch it again") from error
    if labels is None:
        raise DataError(f"{path} holds no variable 'groundtruth'", hint="it is not a pixel-level CCP annotation")
    if labels.dtype.kind == "f" and np.array_equal(labels, np.floor(labels)):
        labels = labels.astype(np.int64)  # MATLAB keeps whole numbers as doubles
    if labels.ndim != 2 or labels.dtype.kind not in "ui":
        raise DataError(
            f"'groundtruth' in {path} is {labels.ndim}-D {labels.dtype}", hint="it must be a 2-D integer map"
        )
    wrong = labels[(labels < 0) | (labels >= LABEL_COUNT)]
    if wrong.size:
        raise DataError(f"{path} holds label {int(wrong[0])}", hint=f"CCP's labels go from 0 to {LABEL_COUNT - 1}")
    return labels.astype(np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class CcpPhotos:
    """A folder in the data set's own layout. Ids are the four digits of the file names."""

    root: Path
    ids: tuple[str, ...]
    unlabelled_ids: tuple[str, ...]
    format: str = "ccp"
    classes: tuple[str, ...] = CLASSES
    table: Pixels = field(default_factory=class_table, repr=False, compare=False)

    def image_path(self, photo_id: str) -> Path:
        return self.root / "photos" / f"{photo_id}.jpg"

    def mask_path(self, photo_id: str) -> Path:
        return self.root / "annotations" / "pixel-level" / f"{photo_id}.mat"

    def mask(self, photo_id: str) -> Pixels:
        """Give the four-class mask of one photo, H,W uint8."""
        return self.table[read_labels(self.mask_path(photo_id))]


def open_folder(root: Path) -> CcpPhotos:
    """List the photos of a CCP folder; those without a pixel-level file are unlabelled."""
    for part in ("photos", "annotations/pixel-level"):
        if not (root / part).is_dir():
            raise DataError(
                f"{root} is not in CCP's layout: it has no folder {part}",
                hint="expected photos/NNNN.jpg and annotations/pixel-level/NNNN.mat",
            )
    photos = {p.stem for p in (root / "photos").glob("*.jpg")}
    masks = {p.stem for p in (root / "annotations" / "pixel-level").glob("*.mat")}
    lost = sorted(masks - photos)
    if lost:
        raise DataError(f"{len(lost)} masks in {root} have no photo, e.g. {lost[0]}", hint="restore the photos")
    if not masks:
        raise DataError(f"{root} holds no labelled photo", hint="annotations/pixel-level is empty")
    return CcpPhotos(root=root, ids=tuple(sorted(masks)), unlabelled_ids=tuple(sorted(photos - masks)))
