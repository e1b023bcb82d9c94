"""Clothing Co-Parsing: photos/NNNN.jpg, annotations/pixel-level/NNNN.mat with 59 label ids.

Yang, Luo, Lin, "Clothing Co-Parsing by Joint Image Segmentation and Labeling", CVPR 2014.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pocketseg.core.errors import DataError
from pocketseg.data._matlab import read_array
from pocketseg.data.faults import Report, refuse
from pocketseg.data.layouts import hint as hint_at
from pocketseg.data.listing import by_stem
from pocketseg.data.mapping import garments
from pocketseg.data.mapping_file import read_mapping
from pocketseg.data.photos import PhotoFolder, Pixels

HELP = "Clothing Co-Parsing: photos/NNNN.jpg, annotations/pixel-level/NNNN.mat"
EXPECTED = ("photos/*.jpg", "annotations/pixel-level/*.mat", "annotations/image-level/*.mat", "label_list.mat")
LABELS = (  # by label id, as in label_list.mat
    "null", "accessories", "bag", "belt", "blazer", "blouse", "bodysuit", "boots", "bra", "bracelet", "cape",
    "cardigan", "clogs", "coat", "dress", "earrings", "flats", "glasses", "gloves", "hair", "hat", "heels",
    "hoodie", "intimate", "jacket", "jeans", "jumper", "leggings", "loafers", "necklace", "panties", "pants",
    "pumps", "purse", "ring", "romper", "sandals", "scarf", "shirt", "shoes", "shorts", "skin", "skirt", "sneakers",
    "socks", "stockings", "suit", "sunglasses", "sweater", "sweatshirt", "swimwear", "t-shirt", "tie", "tights",
    "top", "vest", "wallet", "watch", "wedges",
)  # fmt: skip
# every other label (skin, hair, shoes, bags, hats, tights...) is background
MAPPING = garments(
    LABELS,
    {
        "upper_body": (
            "blazer", "blouse", "bra", "cardigan", "hoodie", "jacket", "jumper", "shirt", "suit", "sweater",
            "sweatshirt", "t-shirt", "top", "vest",
        ),
        "lower_body": ("jeans", "leggings", "panties", "pants", "shorts", "skirt"),
        "full_body": ("bodysuit", "cape", "coat", "dress", "intimate", "romper", "swimwear"),
    },
)  # fmt: skip
# the same shot or scene, or one person in the same clothes, found by eye: they stay in one part of any split
SAME_SCENE = (
    ("0692", "0732"), ("0594", "0722"), ("0907", "0990"), ("0183", "0730"), ("0197", "0671"), ("0078", "0984"),
    ("0223", "0616"), ("0366", "0649"), ("0312", "0398"), ("0186", "0868"), ("0433", "0470"), ("0311", "0374"),
    ("0203", "0766"), ("0025", "1707"),
)  # fmt: skip
_MASKS, _TAGS = Path("annotations/pixel-level"), Path("annotations/image-level")


def _whole_numbers(path: Path, variable: str, what: str) -> npt.NDArray[Any]:
    """Return a 2-D array of label ids from a MATLAB file."""
    if not path.is_file():
        raise DataError(f"{what} {path} does not exist", hint="restore it, or remove its photo", path=path)
    try:
        values = read_array(path.read_bytes(), variable)
    except (OSError, ValueError) as error:
        hint = "fetch it again"
        raise DataError(f"{path} is not a readable MATLAB file ({error})", hint=hint, path=path) from error
    if values is None:
        hint = f"it is not a CCP file of {what}s"
        raise DataError(f"{path} does not hold the variable {variable!r}", hint=hint, path=path)
    if values.dtype.kind == "f" and (np.abs(values) < 1e9).all() and np.array_equal(values, np.floor(values)):
        values = values.astype(np.int64)  # MATLAB keeps whole numbers as doubles
    if values.ndim != 2 or values.dtype.kind not in "ui":
        raise DataError(
            f"{variable!r} in {path} is {values.ndim}-D {values.dtype}", hint="it must be 2-D integers", path=path
        )
    wrong = values[(values < 0) | (values >= len(LABELS))]
    if wrong.size:
        hint = f"CCP's labels go from 0 to {len(LABELS) - 1}"
        raise DataError(f"{path} holds label {int(wrong[0])}", hint=hint, path=path)
    return values


def read_labels(path: Path) -> Pixels:
    """Return the map of 59 labels of one photo, H,W uint8, from its MATLAB 5 file."""
    return _whole_numbers(path, "groundtruth", "mask").astype(np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True)
class CcpPhotos(PhotoFolder):
    """A folder in the data set's own layout. Ids are the four digits of the file names."""

    files: dict[str, Path] = field(repr=False)
    masks: dict[str, Path] = field(repr=False)
    tags: dict[str, Path] = field(repr=False)
    format: str = "ccp"

    def image_path(self, photo_id: str) -> Path:
        return self.files[photo_id]

    def mask_path(self, photo_id: str) -> Path:
        return self.masks[photo_id]

    def labels(self, photo_id: str, report: Report = refuse) -> Pixels:
        """Return the map of CCP's own 59 labels, H,W uint8."""
        return read_labels(self.mask_path(photo_id))

    def check_extras(self, photo_id: str, size_px: tuple[int, int] | None, report: Report) -> None:
        """Read the image-level tags, where the photo has them, to check them."""
        if photo_id in self.tags:
            _whole_numbers(self.tags[photo_id], "tags", "tag")


def open_folder(root: Path, mapping_file: Path | None, report: Report) -> CcpPhotos:
    """Return the photos of a CCP folder; those without a pixel-level file are unlabelled."""
    for part in (Path("photos"), _MASKS):
        if not (root / part).is_dir():
            raise DataError(
                f"{root} is not in CCP's layout: it has no folder {part}",
                hint=hint_at(root, "expected photos/NNNN.jpg and annotations/pixel-level/NNNN.mat"),
                path=root,
            )
    photos = by_stem(root / "photos", (".jpg",), report)
    masks = by_stem(root / _MASKS, (".mat",), report)
    tags = by_stem(root / _TAGS, (".mat",), report)
    for lost in sorted(set(masks) - set(photos)):
        hint = f"restore photos/{lost}.jpg, or remove it"
        report(DataError(f"mask {masks[lost]} has no photo", hint=hint, path=masks[lost]))
    for lost in sorted(set(tags) - set(photos)):
        hint = f"restore photos/{lost}.jpg, or remove them"
        report(DataError(f"tags {tags[lost]} have no photo", hint=hint, path=tags[lost]))
    return CcpPhotos(
        root=root,
        ids=tuple(sorted(set(masks) & set(photos))),
        unlabelled_ids=tuple(sorted(set(photos) - set(masks))),
        mapping=read_mapping(mapping_file, LABELS) if mapping_file else MAPPING,
        files=photos,
        masks=masks,
        tags=tags,
    )
