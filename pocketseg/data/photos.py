"""What every data format gives: photos by id, each with its class mask, and how to name a data set."""

from __future__ import annotations

import abc
import hashlib
import importlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pocketseg.core.errors import DataError, UnknownNameError, UsageError
from pocketseg.core.files import expanded
from pocketseg.core.folder_registry import plugin_names
from pocketseg.core.outside import open_regular
from pocketseg.data.decode import opened, upright_rgb
from pocketseg.data.faults import Report, refuse
from pocketseg.data.mapping import ClassMapping

FORMATS_FOLDER = Path(__file__).parent / "formats"
Pixels = npt.NDArray[np.uint8]

MAX_PIXELS = 100_000_000  # of a data set's photo: more is a decompression bomb


@dataclass(frozen=True, slots=True, kw_only=True)
class DensePose:
    """parts: H,W uint8, 0 to 24 (0: no person). uv: 2,H,W float32, 0 to 1, the place on the part's surface."""

    parts: Pixels
    uv: npt.NDArray[np.float32]


class PhotoSet(Protocol):
    """Photos addressed by id, most with a map of the data's own labels; `unlabelled_ids` are photos without one."""

    @property
    def format(self) -> str: ...

    @property
    def root(self) -> Path: ...

    @property
    def mapping(self) -> ClassMapping:
        """From the data's own labels to the classes."""

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def ids(self) -> Sequence[str]: ...

    @property
    def unlabelled_ids(self) -> Sequence[str]: ...

    def image_path(self, photo_id: str) -> Path: ...

    def mask_path(self, photo_id: str) -> Path:
        """The file that holds the photo's labels."""

    def labelled_at(self, photo_id: str) -> tuple[Path, int | None]:
        """The file, and the line of a text file, that `labels` reads."""

    def labels(self, photo_id: str, report: Report = refuse) -> Pixels:
        """The data's own label ids, H,W; 255 is ignored. Where `report` goes on after a fault, use no result."""

    def mask(self, photo_id: str) -> Pixels:
        """Class indices, H,W; 255 is ignored."""

    def keypoints(self, photo_id: str) -> npt.NDArray[np.float32] | None:
        """18 OpenPose joints: x_px, y_px, score, shape (18, 3); NaN where undetected. None: the data has none."""

    def dense_pose(self, photo_id: str) -> DensePose | None:
        """Body parts and surface places at the photo's size. None: the data has none."""

    def check_extras(self, photo_id: str, size_px: tuple[int, int] | None, report: Report) -> None:
        """Report every fault in what a photo has beside its labels; size_px: the photo's height and width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFolder(abc.ABC):
    """What the formats share: a root, ids, a mapping; and no optional parts, unless a format says otherwise."""

    root: Path
    ids: tuple[str, ...]
    unlabelled_ids: tuple[str, ...]
    mapping: ClassMapping

    @property
    def classes(self) -> tuple[str, ...]:
        return self.mapping.classes

    @abc.abstractmethod
    def mask_path(self, photo_id: str) -> Path:
        """Give the file of the photo's labels."""

    def labelled_at(self, photo_id: str) -> tuple[Path, int | None]:
        """Give the same, and no line."""
        return self.mask_path(photo_id), None

    @abc.abstractmethod
    def labels(self, photo_id: str, report: Report = refuse) -> Pixels:
        """Give the data's own label ids."""

    def mask(self, photo_id: str) -> Pixels:
        """Give the class indices, H,W uint8."""
        return self.mapping.table()[self.labels(photo_id)]

    def keypoints(self, photo_id: str) -> npt.NDArray[np.float32] | None:
        """Give none."""
        return None

    def dense_pose(self, photo_id: str) -> DensePose | None:
        """Give none."""
        return None

    def check_extras(self, photo_id: str, size_px: tuple[int, int] | None, report: Report) -> None:
        """Find nothing to check."""
        return


def formats() -> tuple[str, ...]:
    """List the data formats: the files in pocketseg/data/formats."""
    return tuple(sorted(plugin_names(FORMATS_FOLDER)))


def format_module(name: str) -> ModuleType:
    """Import a format. Raises UnknownNameError."""
    if name not in formats():
        raise UnknownNameError("data format", name, formats())
    return importlib.import_module(f"pocketseg.data.formats.{name}")


def parse_spec(spec: str) -> tuple[str, Path, Path | None]:
    """Take FORMAT:PATH or FORMAT:PATH@MAPPING.toml apart."""
    name, colon, path = spec.partition(":")
    if not colon or not path:
        raise UsageError(
            f"{spec!r} does not name a data set",
            hint=f"write FORMAT:PATH, e.g. ccp:/data/ccp; formats: {', '.join(formats())}",
        )
    format_module(name)
    root, mapping = expanded(path), None
    if "@" in path and path.endswith(".toml") and not root.exists():
        places = [k for k, letter in enumerate(path) if letter == "@"]
        place = next((k for k in places if expanded(path[:k]).is_dir()), places[-1])
        root, mapping = expanded(path[:place]), expanded(path[place + 1 :])
    return name, root, mapping


def open_photos(spec: str, report: Report = refuse) -> PhotoSet:
    """Open `FORMAT:PATH`, or `FORMAT:PATH@MAPPING.toml` for other classes; nothing is decoded yet.

    report takes the faults of the folder's structure; those of single photos show when they are read.
    """
    name, root, mapping = parse_spec(spec)
    if not root.is_dir():
        what = "is a file, not a folder" if root.exists() else "does not exist"
        raise DataError(f"data folder {root} {what}", hint=f"give the folder that holds the {name} data", path=root)
    photos: PhotoSet = format_module(name).open_folder(root, mapping, report)
    return photos


def read_image(path: Path) -> Pixels:
    """Decode a data set's photo to RGB, H,W,3 uint8, turned upright by its EXIF orientation. Raises DataError.

    Whole, as its mask is: a photo of more than MAX_PIXELS is refused.
    """
    with opened(path, MAX_PIXELS) as image:
        return upright_rgb(path, image)


def check_pair(photo_id: str, size_px: tuple[int, ...], mask: Pixels, mask_path: Path, line: int | None = None) -> None:
    """Refuse a mask whose size differs from its photo's (height, width)."""
    if size_px[:2] != mask.shape:
        where = mask_path if line is None else f"{mask_path} line {line}"
        raise DataError(
            f"photo {photo_id} is {size_px[1]} x {size_px[0]} px, its mask {where} {mask.shape[1]} x {mask.shape[0]}",
            hint="photo and mask must have the same size",
            path=mask_path,
            line=line,
        )


def read_pair(photos: PhotoSet, photo_id: str) -> tuple[Pixels, Pixels]:
    """Read one photo (H,W,3) and its class mask (H,W), and check that their sizes agree."""
    image = read_image(photos.image_path(photo_id))
    mask = photos.mask(photo_id)
    check_pair(photo_id, image.shape, mask, photos.mask_path(photo_id), photos.labelled_at(photo_id)[1])
    return image, mask


def digest(path: Path) -> str:
    """Give the first 128 bits of a photo file's SHA-256, in hex: how a split knows its photos."""
    try:
        with os.fdopen(open_regular(path), "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:32]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"photo {path} cannot be read ({reason})", hint="check the data folder", path=path) from error
