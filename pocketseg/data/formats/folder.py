"""A plain folder: images/NAME.jpg|png and masks/NAME.png whose pixel values are class indices (255: ignore)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pocketseg.core.classes import CLASSES, IGNORE_INDEX
from pocketseg.core.errors import DataError
from pocketseg.data.faults import Report, refuse
from pocketseg.data.index_png import check_range, read_indices
from pocketseg.data.mapping import MAX_CLASSES, ClassMapping, read_mapping, same
from pocketseg.data.photos import PhotoFolder, Pixels, check_pair

HELP = "A folder of your own: images/NAME.jpg|png, masks/NAME.png of class indices, classes.json where not the garments"
EXPECTED = (
    "images/*.jpg", "images/*.jpeg", "images/*.png", "images/*.webp", "images/*.bmp", "masks/*.png", "labels/*.png",
    "classes.json", "labels.json", "split.json", "provenance.json", "prepared.jsonl", "sample.json",
)  # fmt: skip
MAPPING = None
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPhotos(PhotoFolder):
    """Photos and masks of one name in two folders. Ids are the file names without suffix.

    Where labels.json names finer labels, labels/NAME.png holds them, and masks/ the classes they were mapped to.
    """

    files: dict[str, Path] = field(repr=False)
    masks: dict[str, Path] = field(repr=False)
    finer: bool = False
    format: str = "folder"

    def image_path(self, photo_id: str) -> Path:
        return self.files[photo_id]

    def mask_path(self, photo_id: str) -> Path:
        return self.masks[photo_id]

    def labelled_at(self, photo_id: str) -> tuple[Path, int | None]:
        """Give the file of the finer labels where the folder has some."""
        return (self.root / "labels" / f"{photo_id}.png" if self.finer else self.masks[photo_id]), None

    def labels(self, photo_id: str, report: Report = refuse) -> Pixels:
        """Give the finer labels where the folder has some, else the classes, H,W uint8."""
        what = "label map" if self.finer else "mask"
        return read_mask(self.labelled_at(photo_id)[0], len(self.mapping.labels), what)

    def check_extras(self, photo_id: str, size_px: tuple[int, int] | None, report: Report) -> None:
        """Read the mask that lies beside finer labels."""
        if self.finer and photo_id in self.masks:
            mask = read_mask(
                self.masks[photo_id], len(self.mapping.classes) if not self.mapping.members else MAX_CLASSES
            )
            if size_px is not None:
                check_pair(photo_id, size_px, mask, self.masks[photo_id])

    def mask(self, photo_id: str) -> Pixels:
        """Give the class indices, H,W uint8."""
        if self.finer and not self.mapping.members:
            return read_mask(self.masks[photo_id], len(self.mapping.classes))
        return self.mapping.table()[self.labels(photo_id)]


def read_mask(path: Path, class_count: int, what: str = "mask") -> Pixels:
    """Read a palette or grey PNG of class indices, H,W uint8."""
    values = read_indices(path, what)
    check_range(values, class_count - 1, path, what, ignored=IGNORE_INDEX)
    return values.astype(np.uint8)


def open_folder(root: Path, mapping_file: Path | None, report: Report) -> FolderPhotos:
    """List images/ and masks/; an optional classes.json (a list of names) replaces the four garment classes."""
    folder = root / "images"
    if not folder.is_dir():
        hint = "expected images/ and masks/ with files of one name"
        raise DataError(f"{root} has no folder images", hint=hint, path=root)
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGE_SUFFIXES:
            if not _readable(path.name):
                hint = "rename it: ids are text"
                report(DataError(f"the name of {path} is not UTF-8", hint=hint, path=path))
                continue
            if path.stem in files:
                hint = "rename one of them"
                report(DataError(f"{path} and {files[path.stem]} have one name", hint=hint, path=path))
                continue
            files[path.stem] = path
    masks = {p.stem: p for p in sorted((root / "masks").glob("*.png"))} if (root / "masks").is_dir() else {}
    if not files:
        report(DataError(f"{folder} holds no photo", hint=f"looked for {', '.join(IMAGE_SUFFIXES)}", path=folder))
    for lost in sorted(set(masks) - set(files)):
        if not _readable(lost):  # its photo was named
            continue
        hint = "restore the photo, or remove the mask"
        report(DataError(f"mask {masks[lost]} has no photo", hint=hint, path=masks[lost]))
    classes = _names(root / "classes.json", report) or CLASSES
    labels = _names(root / "labels.json", report)
    if mapping_file is not None:
        mapping = read_mapping(mapping_file, labels or classes)
    elif labels:  # the masks hold what the labels were mapped to
        mapping = ClassMapping(labels=labels, classes=classes, members={})
    else:
        mapping = same(classes)
    return FolderPhotos(
        root=root,
        files=files,
        masks=masks,
        ids=tuple(sorted(set(masks) & set(files))),
        unlabelled_ids=tuple(sorted(set(files) - set(masks))),
        mapping=mapping,
        finer=labels is not None,
    )


def _names(path: Path, report: Report) -> tuple[str, ...] | None:
    """Read a list of names; None where there is no such file, or where a report takes its fault."""

    def fault(message: str, hint: str) -> None:
        report(DataError(message, hint=hint, path=path))

    if not path.is_file():
        return None
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        fault(f"{path} is no readable JSON ({error})", "write a list of names")
        return None
    if not isinstance(names, list) or len(names) < 2 or not all(isinstance(n, str) and n for n in names):
        fault(f"{path} must be a list of at least two class names", 'e.g. ["background", "shirt"]')
        return None
    if len(names) > MAX_CLASSES:
        fault(f"{path} has {len(names)} names", f"masks hold bytes: at most {MAX_CLASSES} names")
        return None
    if len(set(names)) < len(names):
        fault(f"{path} names a class twice", "each class needs its own name")
        return None
    return tuple(names)


def _readable(name: str) -> bool:
    """Tell whether a file's name is text; bytes that are not UTF-8 come as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)
