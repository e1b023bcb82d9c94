"""A plain folder: images/NAME.jpg|png and masks/NAME.png whose pixel values are class indices (255: ignore)."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from pocketseg.core.classes import CLASSES, IGNORE_INDEX
from pocketseg.core.errors import DataError
from pocketseg.data.photos import UNREADABLE, Pixels

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderPhotos:
    """Photos and masks of one name in two folders. Ids are the file names without suffix."""

    root: Path
    files: dict[str, Path] = field(repr=False)
    masks: dict[str, Path] = field(repr=False)
    ids: tuple[str, ...]
    unlabelled_ids: tuple[str, ...]
    classes: tuple[str, ...] = CLASSES
    format: str = "folder"

    def image_path(self, photo_id: str) -> Path:
        return self.files[photo_id]

    def mask_path(self, photo_id: str) -> Path:
        return self.masks[photo_id]

    def mask(self, photo_id: str) -> Pixels:
        """Give the class mask of one photo, H,W uint8."""
        return read_mask(self.masks[photo_id], len(self.classes))


def read_mask(path: Path, class_count: int) -> Pixels:
    """Read a palette or grey PNG of class indices, H,W uint8."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:
            if image.mode not in ("P", "L", "1", "I", "I;16"):
                raise DataError(
                    f"mask {path} is a colour image ({image.mode})",
                    hint="masks hold class indices: palette or 8-bit grey PNG",
                )
            values = np.asarray(image)  # of two-coloured masks the indices 0 and 1
    except UNREADABLE as error:
        raise DataError(f"mask {path} is no readable image ({error})", hint="replace or remove it") from error
    if values.dtype == bool:
        values = values.astype(np.uint8)
    wrong = values[(values < 0) | (values >= class_count) & (values != IGNORE_INDEX)]
    if wrong.size:
        raise DataError(
            f"mask {path} holds value {int(wrong[0])}",
            hint=f"values are class indices 0 to {class_count - 1}, or {IGNORE_INDEX} for ignored pixels",
        )
    return values.astype(np.uint8)


def open_folder(root: Path) -> FolderPhotos:
    """List images/ and masks/; an optional classes.json (a list of names) replaces the four garment classes."""
    folder = root / "images"
    if not folder.is_dir():
        raise DataError(f"{root} has no folder images", hint="expected images/ and masks/ with files of one name")
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in IMAGE_SUFFIXES:
            if path.stem in files:
                raise DataError(f"{path} and {files[path.stem]} have one name", hint="rename one of them")
            files[path.stem] = path
    masks = {p.stem: p for p in sorted((root / "masks").glob("*.png"))} if (root / "masks").is_dir() else {}
    if not files:
        raise DataError(f"{folder} holds no photo", hint=f"looked for {', '.join(IMAGE_SUFFIXES)}")
    lost = sorted(set(masks) - set(files))
    if lost:
        raise DataError(f"mask {masks[lost[0]]} has no photo", hint=f"{len(lost)} such mask(s): restore the photos")
    return FolderPhotos(
        root=root,
        files=files,
        masks=masks,
        ids=tuple(sorted(set(masks))),
        unlabelled_ids=tuple(sorted(set(files) - set(masks))),
        classes=_class_names(root / "classes.json"),
    )


def _class_names(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        return CLASSES
    try:
        names = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise DataError(f"{path} is no readable JSON ({error})") from error
    if not isinstance(names, list) or len(names) < 2 or not all(isinstance(n, str) and n for n in names):
        raise DataError(f"{path} must be a list of at least two class names", hint='e.g. ["background", "shirt"]')
    if len(set(names)) < len(names):
        raise DataError(f"{path} names a class twice", hint="each class needs its own name")
    return tuple(names)
