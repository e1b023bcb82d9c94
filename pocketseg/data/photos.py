"""What every data format gives: photos by id, each with its class mask, and how to name a data set."""

from __future__ import annotations

import hashlib
import importlib
import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from pocketseg.core.errors import DataError, UnknownNameError, UsageError

FORMATS = ("ccp", "folder")
Pixels = npt.NDArray[np.uint8]

_MAX_PIXELS = 100_000_000  # a decompression bomb, not a photo
# what Pillow raises on damaged files, found by damaging files at random
UNREADABLE = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)


class PhotoSet(Protocol):
    """Labelled photos, addressed by id. `unlabelled_ids` are photos without masks."""

    @property
    def format(self) -> str: ...

    @property
    def root(self) -> Path: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def ids(self) -> Sequence[str]: ...

    @property
    def unlabelled_ids(self) -> Sequence[str]: ...

    def image_path(self, photo_id: str) -> Path: ...

    def mask_path(self, photo_id: str) -> Path: ...

    def mask(self, photo_id: str) -> Pixels: ...


def open_photos(spec: str) -> PhotoSet:
    """Open `FORMAT:PATH` (ccp:PATH, folder:PATH); nothing is decoded yet."""
    name, colon, path = spec.partition(":")
    if not colon or not path:
        raise UsageError(
            f"{spec!r} does not name a data set",
            hint=f"write FORMAT:PATH, e.g. ccp:/data/ccp; formats: {', '.join(FORMATS)}",
        )
    if name not in FORMATS:
        raise UnknownNameError("data format", name, FORMATS)
    root = Path(path).expanduser()
    if not root.is_dir():
        what = "is a file, not a folder" if root.exists() else "does not exist"
        raise DataError(f"data folder {root} {what}", hint=f"give the folder that holds the {name} data")
    module = importlib.import_module(f"pocketseg.data.{name}")
    photos: PhotoSet = module.open_folder(root)
    return photos


def read_image(path: Path) -> Pixels:
    """Decode a photo to RGB, H,W,3 uint8, turned upright by its EXIF orientation."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path) as image:  # damaged EXIF, a large photo
            if image.width * image.height > _MAX_PIXELS:
                raise DataError(f"{path} is {image.width} x {image.height} px", hint="scale it down first")
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except FileNotFoundError as error:
        raise DataError(f"photo {path} does not exist", hint="check the path") from error
    except IsADirectoryError as error:
        raise DataError(f"{path} is a folder, not a photo", hint="name the photos in it") from error
    except PermissionError as error:
        raise DataError(f"photo {path} may not be read", hint="check its permissions") from error
    except UNREADABLE as error:
        raise DataError(f"{path} is no readable image ({error})", hint="replace or remove it") from error


def check_pair(photo_id: str, image: Pixels, mask: Pixels, mask_path: Path) -> None:
    """Refuse a mask whose size differs from its photo's."""
    if image.shape[:2] != mask.shape:
        raise DataError(
            f"photo {photo_id} is {image.shape[1]} x {image.shape[0]} px, its mask {mask_path} "
            f"{mask.shape[1]} x {mask.shape[0]}",
            hint="photo and mask must have the same size",
        )


def read_pair(photos: PhotoSet, photo_id: str) -> tuple[Pixels, Pixels]:
    """Read one photo (H,W,3) and its class mask (H,W), and check that their sizes agree."""
    image = read_image(photos.image_path(photo_id))
    mask = photos.mask(photo_id)
    check_pair(photo_id, image, mask, photos.mask_path(photo_id))
    return image, mask


def digest(path: Path) -> str:
    """Give the first 128 bits of a photo file's SHA-256, in hex: how a split knows its photos."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
    except OSError as error:
        raise DataError(f"photo {path} cannot be read ({error.strerror})", hint="check the data folder") from error
