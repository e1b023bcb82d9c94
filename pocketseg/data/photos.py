"""What every data format offers: photos by id, each with its class mask, and how to name a data set."""

from __future__ import annotations

import abc
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pocketseg.core.errors import DataError
from pocketseg.core.outside import open_regular
from pocketseg.data.decode import opened, upright_rgb
from pocketseg.data.exif import read_stored
from pocketseg.data.faults import Kind, MaskFault, Report, refuse
from pocketseg.data.mapping import ClassMapping
from pocketseg.data.spec import DataSpec, Masks, format_module, parse_spec
from pocketseg.data.turned import TurnedPhotos

UNTURNED_HINT = (
    "where masks lie over the stored, unturned pixels, give --masks-unturned (the data is then called "
    'FORMAT+unturned:PATH), or write masks = "unturned" in a mapping file'
)
Pixels = npt.NDArray[np.uint8]

MAX_PIXELS = 100_000_000  # of a data set's photo: more is treated as a decompression bomb


@dataclass(frozen=True, slots=True, kw_only=True)
class DensePose:
    """Attributes: parts are H,W uint8, 0 to 24 (0: no person); uv is 2,H,W float32, 0 to 1, the surface coordinates."""

    parts: Pixels
    uv: npt.NDArray[np.float32]


class PhotoSet(Protocol):
    """Photos addressed by id, most with a map of the data's own labels: what a format's open_folder returns.

    Opening lists files; a photo and its mask are read on request. Paths are given only for ids of the set, and need not
    exist: reading a file that has gone raises DataError. A set is frozen, and several threads and processes may read
    it.
    """

    @property
    def format(self) -> str:
        """The format's name: its file in data/formats."""

    @property
    def root(self) -> Path:
        """The folder that was opened."""

    @property
    def mapping(self) -> ClassMapping:
        """The mapping from the data's own labels to the classes: the format's table, or the user's."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' names in index order, background first: those of the mapping."""

    @property
    def assumption(self) -> str:
        """A sentence on what is assumed about the labels because nothing states it; empty where nothing is."""

    @property
    def ids(self) -> Sequence[str]:
        """The photos with labels, sorted, each once; none is in `unlabelled_ids`. Ids do not depend on where root
        is."""

    @property
    def unlabelled_ids(self) -> Sequence[str]:
        """The photos without labels, sorted, each once."""

    def image_path(self, photo_id: str) -> Path:
        """The photo's file, labelled or not; its EXIF orientation applies."""

    def mask_path(self, photo_id: str) -> Path:
        """The file that holds the labels of a photo of `ids`; several photos may share one."""

    def labelled_at(self, photo_id: str) -> tuple[Path, int | None]:
        """The file, and the line (from 1) of a text file, that `labels` reads."""

    def labels(self, photo_id: str, report: Report = refuse) -> Pixels:
        """The data's own label ids, H,W uint8 at the photo's upright size; 255 is ignored.

        The file is read anew on each call. `report` is called with each fault, a DataError; if it returns after one,
        the result must not be used.
        """

    def mask(self, photo_id: str) -> Pixels:
        """Class indices, H,W uint8 at the photo's upright size, below len(classes); 255 is ignored.

        Raises DataError.
        """

    def keypoints(self, photo_id: str) -> npt.NDArray[np.float32] | None:
        """18 OpenPose joints: x_px, y_px, score, shape (18, 3); NaN where undetected. None: the data has none.

        Raises DataError for a damaged file.
        """

    def dense_pose(self, photo_id: str) -> DensePose | None:
        """Body parts and surface coordinates at the photo's size. None: the data has none. Raises DataError."""

    def check_extras(self, photo_id: str, size_px: tuple[int, int] | None, report: Report) -> None:
        """Report every fault in what a photo, labelled or not, has beside its labels: joints, tags, further pictures.

        Only `data check` calls it, after the labels were read. size_px: the photo's height and width, None where the
        photo itself cannot be read.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoFolder(abc.ABC):
    """What the formats share: a root, ids and a mapping, and no optional parts unless a format overrides them."""

    root: Path
    ids: tuple[str, ...]
    unlabelled_ids: tuple[str, ...]
    mapping: ClassMapping

    @property
    def classes(self) -> tuple[str, ...]:
        return self.mapping.classes

    @property
    def assumption(self) -> str:
        """Return an empty text: a known format says what its labels are."""
        return ""

    @abc.abstractmethod
    def mask_path(self, photo_id: str) -> Path:
        """Return the file of the photo's labels."""

    def labelled_at(self, photo_id: str) -> tuple[Path, int | None]:
        """Return the same file, without a line."""
        return self.mask_path(photo_id), None

    @abc.abstractmethod
    def labels(self, photo_id: str, report: Report = refuse) -> Pixels:
        """Return the data's own label ids."""

    def mask(self, photo_id: str) -> Pixels:
        """Return the class indices, H,W uint8."""
        return self.mapping.table()[self.labels(photo_id)]

    def keypoints(self, photo_id: str) -> npt.NDArray[np.float32] | None:
        """Return None: there are no keypoints."""
        return None

    def dense_pose(self, photo_id: str) -> DensePose | None:
        """Return None: there is no dense pose."""
        return None

    def check_extras(self, photo_id: str, size_px: tuple[int, int] | None, report: Report) -> None:
        """Check nothing: there is nothing beside the labels."""
        return


def open_photos(spec: str, report: Report = refuse) -> PhotoSet:
    """Open a data set by its name (spec.py); nothing is decoded yet.

    `report` takes the faults of the folder's structure; those of single photos appear when they are read.
    """
    return open_named(parse_spec(spec), report)


def open_named(spec: DataSpec, report: Report = refuse) -> PhotoSet:
    """Open a data set whose name is already parsed."""
    if not spec.root.is_dir():
        if spec.root.exists():
            what, hint = "is a file, not a folder", f"name the folder that holds {spec.format} data"
        else:
            what = "does not exist"
            must = "images/ and masks/" if spec.format == "folder" else f"{spec.format} data"
            hint = f"check the path; it must hold {must}"
        if "@" in str(spec.root) and spec.mapping is None:
            hint += "; a mapping file after @ ends in .toml"
        raise DataError(f"data folder {spec.root} {what}", hint=hint, path=spec.root)
    photos: PhotoSet = format_module(spec.format).open_folder(spec.root, spec.mapping, report)
    turned = Masks.UNTURNED in (spec.masks, photos.mapping.masks)
    return TurnedPhotos(photos) if turned else photos


def read_image(path: Path) -> Pixels:
    """Return a data set's photo as RGB, H,W,3 uint8, turned upright by its EXIF orientation. Raises DataError.

    It is decoded at full size, as its mask is: a photo of more than MAX_PIXELS is refused.
    """
    with opened(path, MAX_PIXELS) as image:
        return upright_rgb(path, image)


def check_pair(
    photo_id: str,
    size_px: tuple[int, ...],
    mask: Pixels,
    mask_path: Path,
    line: int | None = None,
    image_path: Path | None = None,
) -> None:
    """Refuse a mask whose size differs from its photo's (height, width); image_path tells whether EXIF turned the
    photo."""
    if size_px[:2] == mask.shape:
        return
    where = mask_path if line is None else f"{mask_path} line {line}"
    sizes = f"{size_px[1]} x {size_px[0]} px, its mask {{}} {mask.shape[1]} x {mask.shape[0]}"
    stored = read_stored(image_path) if image_path is not None else None
    if stored is not None and not stored.keeps_size and stored.size_px == mask.shape:
        raise MaskFault(
            f"photo {photo_id} is turned by its EXIF orientation ({stored.orientation}), its mask is not: it is "
            + sizes.format(where),
            hint=UNTURNED_HINT,
            path=mask_path,
            line=line,
            kind=Kind.TURNED,
            detail=photo_id,
        )
    raise MaskFault(
        f"photo {photo_id} is {sizes.format(where)}",
        hint="photo and mask must have the same size: resize the masks with nearest neighbour",
        path=mask_path,
        line=line,
        kind=Kind.SIZE,
        detail=f"{photo_id} ({sizes.format('').replace('  ', ' ')})",
    )


def read_pair(photos: PhotoSet, photo_id: str) -> tuple[Pixels, Pixels]:
    """Return one photo (H,W,3) and its class mask (H,W), after checking that their sizes agree."""
    path = photos.image_path(photo_id)
    image = read_image(path)
    mask = photos.mask(photo_id)
    check_pair(photo_id, image.shape, mask, photos.mask_path(photo_id), photos.labelled_at(photo_id)[1], path)
    return image, mask


def digest(path: Path) -> str:
    """Return the first 128 bits of a photo file's SHA-256, in hex, by which a split identifies its photos."""
    try:
        with os.fdopen(open_regular(path), "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:32]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"photo {path} cannot be read ({reason})", hint="check the data folder", path=path) from error
