"""Dress Code: upper_body/, lower_body/ and dresses/, each with images, label maps, keypoints, dense pose and pairs.

Morelli et al., "Dress Code: High-Resolution Multi-Category Virtual Try-On", ECCV 2022; layout as in
github.com/aimagelab/dress-code. Files of item N: images/N_0.jpg (person), images/N_1.jpg (garment),
label_maps/N_4.png; where they exist keypoints/N_2.json, skeletons/N_5.jpg, dense/N_5.png with dense/N_5_uv.npz.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pocketseg.core.errors import DataError
from pocketseg.core.npy import read_npy
from pocketseg.core.outside import read_json
from pocketseg.data.damaged import UNREADABLE_ARCHIVE
from pocketseg.data.faults import Report, refuse, reported
from pocketseg.data.index_png import check_range, read_indices
from pocketseg.data.layouts import hint as hint_at
from pocketseg.data.listing import is_hidden
from pocketseg.data.mapping import garments
from pocketseg.data.mapping_file import read_mapping
from pocketseg.data.photos import MAX_PIXELS, DensePose, PhotoFolder, Pixels, read_image

HELP = "Dress Code: upper_body, lower_body, dresses with images, label_maps, keypoints, dense, *_pairs.txt"
FOLDERS = ("images", "label_maps", "keypoints", "skeletons", "dense")
CATEGORIES = ("upper_body", "lower_body", "dresses")
EXPECTED = (
    "*/images/*_0.jpg", "*/images/*_1.jpg", "*/label_maps/*_4.png", "*/keypoints/*_2.json", "*/skeletons/*_5.jpg",
    "*/dense/*_5.png", "*/dense/*_5_uv.npz", "*/train_pairs.txt", "*/test_pairs_paired.txt",
    "*/test_pairs_unpaired.txt", "readme.txt", "multigarment_test_triplets.txt",
)  # fmt: skip
LABELS = (
    "background", "hat", "hair", "sunglasses", "upper_clothes", "skirt", "pants", "dress", "belt", "left_shoe",
    "right_shoe", "head", "left_leg", "right_leg", "left_arm", "right_arm", "bag", "scarf",
)  # fmt: skip
# there is no label for coats: these maps label them upper_clothes, where CCP and iMaterialist call them full body
MAPPING = garments(
    LABELS, {"upper_body": ("upper_clothes",), "lower_body": ("skirt", "pants"), "full_body": ("dress",)}
)
GRID_WIDTH, GRID_HEIGHT = 384, 512  # the grid of the keypoints, whatever the photo's size
JOINTS, DENSE_PARTS = 18, 24
_LABELLED_LISTS = ("train_pairs.txt", "test_pairs_paired.txt")
_LISTS = (*_LABELLED_LISTS, "test_pairs_unpaired.txt")
_MEMBER = re.compile(r"([^/\\\s]+)_0\.jpg")
_MAX_BYTES = 8 * MAX_PIXELS + 4096  # two floats per pixel and a header


@dataclass(frozen=True, slots=True, kw_only=True)
class DressCodePhotos(PhotoFolder):
    """Ids are CATEGORY/N; each item occurs once, whichever lists name it."""

    garments: dict[str, str] = field(repr=False)  # id -> file name of its garment
    # CATEGORY/FOLDER/name in lower case -> the file's name, where they differ
    names: dict[str, str] = field(repr=False)
    format: str = "dresscode"

    def _path(self, photo_id: str, folder: str, ending: str) -> Path:
        category, _, number = photo_id.partition("/")
        return self._in(category, folder, f"{number}{ending}")

    def _in(self, category: str, folder: str, name: str) -> Path:
        return self.root / category / folder / self.names.get(f"{category}/{folder}/{name}", name)

    def image_path(self, photo_id: str) -> Path:
        return self._path(photo_id, "images", "_0.jpg")

    def garment_path(self, photo_id: str) -> Path:
        """Return the path of the picture of the garment alone."""
        return self._in(photo_id.partition("/")[0], "images", self.garments[photo_id])

    def mask_path(self, photo_id: str) -> Path:
        return self._path(photo_id, "label_maps", "_4.png")

    def skeleton_path(self, photo_id: str) -> Path | None:
        """Return the path of the drawing of the joints; None where the data has none."""
        path = self._path(photo_id, "skeletons", "_5.jpg")
        return path if path.is_file() else None

    def labels(self, photo_id: str, report: Report = refuse) -> Pixels:
        """Return the label map, H,W uint8, 0 to 17."""
        path = self.mask_path(photo_id)
        values = read_indices(path, "label map")
        check_range(values, len(LABELS) - 1, path, "label map")
        return values.astype(np.uint8)

    def keypoints(self, photo_id: str) -> npt.NDArray[np.float32] | None:
        """Return 18 joints in the photo's pixels: x, y, score; NaN where undetected. None without a file."""
        path = self._path(photo_id, "keypoints", "_2.json")
        if not path.exists():
            return None
        joints = read_joints(path)
        height, width = read_image(self.image_path(photo_id)).shape[:2]
        joints[:, 0] *= width / GRID_WIDTH
        joints[:, 1] *= height / GRID_HEIGHT
        return joints

    def dense_pose(self, photo_id: str) -> DensePose | None:
        """Return DensePose's parts and surface coordinates. None where the photo has neither file."""
        parts, places = self._path(photo_id, "dense", "_5.png"), self._path(photo_id, "dense", "_5_uv.npz")
        if not parts.exists() and not places.exists():
            return None
        values = read_indices(parts, "dense pose")
        check_range(values, DENSE_PARTS, parts, "dense pose")
        uv = read_uv(places)
        if uv.shape[1:] != values.shape:
            raise DataError(
                f"uv in {places} is {uv.shape[2]} x {uv.shape[1]} px, {parts} {values.shape[1]} x {values.shape[0]}",
                hint="both must have the photo's size",
                path=places,
            )
        return DensePose(parts=values.astype(np.uint8), uv=uv)

    def check_extras(self, photo_id: str, size_px: tuple[int, int] | None, report: Report) -> None:
        """Read the garment, the joints, the skeleton and the dense pose, to check them."""
        with reported(report):
            if self.garment_path(photo_id).exists():  # otherwise its line in the list was reported
                read_image(self.garment_path(photo_id))
        with reported(report):
            path = self._path(photo_id, "keypoints", "_2.json")
            if path.exists():
                read_joints(path)
        with reported(report):
            skeleton = self.skeleton_path(photo_id)
            if skeleton is not None:
                _same_size(read_image(skeleton).shape[:2], size_px, skeleton)
        with reported(report):
            dense = self.dense_pose(photo_id)
            if dense is not None:
                _same_size(dense.parts.shape, size_px, self._path(photo_id, "dense", "_5.png"))


def _same_size(got: tuple[int, ...], want: tuple[int, int] | None, path: Path) -> None:
    if want is not None and tuple(got) != want:
        raise DataError(
            f"{path} is {got[1]} x {got[0]} px, its photo {want[1]} x {want[0]}",
            hint="both must have the same size",
            path=path,
        )


def read_joints(path: Path) -> npt.NDArray[np.float32]:
    """Return 18 joints as x, y, score in the 384 x 512 grid, shape (18, 3); NaN where undetected."""

    def fault(what: str) -> DataError:
        return DataError(
            f"{path} {what}", hint='expected {"keypoints": [[x, y, score, index] x 18]}, numbers', path=path
        )

    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise fault(f"is not readable JSON ({error})") from error
    rows = content.get("keypoints") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise fault("holds no list 'keypoints'")
    if len(rows) != JOINTS or not all(isinstance(r, list) and len(r) == 4 for r in rows):
        lengths = sorted({len(r) if isinstance(r, list) else 0 for r in rows})
        shape = f"{len(rows)} x {' or '.join(map(str, lengths)) or 0}"
        raise fault(f"holds keypoints {shape}, not {JOINTS} x 4")
    if not all(isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 1e6 for r in rows for v in r):
        raise fault("holds a keypoint that is not a plain number")
    joints = np.array(rows, np.float32)[:, :3]
    joints[np.array([r[3] < 0 for r in rows])] = np.nan
    return joints


def read_uv(path: Path) -> npt.NDArray[np.float32]:
    """Return the array `uv` of an npz file, 2,H,W float32; nothing is unpickled, every checksum is verified."""

    def fault(what: str, hint: str = "restore it from its source") -> DataError:
        return DataError(f"{path} {what}", hint=hint, path=path)

    if not path.exists():
        raise DataError(f"dense pose {path} does not exist", hint="restore it, or remove its .png", path=path)
    try:
        with zipfile.ZipFile(path) as archive:
            if "uv.npy" not in archive.namelist():
                raise fault(f"does not hold the array 'uv', but {archive.namelist()[:5]}")
            if archive.getinfo("uv.npy").file_size > _MAX_BYTES:
                raise fault(f"holds {archive.getinfo('uv.npy').file_size} bytes of uv", "a photo's uv has fewer")
            stored = archive.read("uv.npy")
        uv = read_npy(io.BytesIO(stored))
    except UNREADABLE_ARCHIVE as error:
        raise fault(f"is not a readable npz file ({type(error).__name__}: {error})") from error
    if uv.ndim != 3 or uv.shape[0] != 2 or uv.dtype.kind != "f":
        raise fault(f"holds uv of shape {uv.shape}, {uv.dtype}", "expected 2 x H x W floats")
    if not (np.isfinite(uv).all() and uv.min(initial=0) >= 0 and uv.max(initial=0) <= 1):
        raise fault("holds uv outside 0 to 1", "surface coordinates go from 0 to 1")
    return uv.astype(np.float32)


def open_folder(root: Path, mapping_file: Path | None, report: Report) -> DressCodePhotos:
    """Return the photos in the lists of every category that exists."""
    present = [c for c in CATEGORIES if (root / c).is_dir()]
    names = {key: name for c in present for key, name in _in_other_case(root, c, report)}
    for path in sorted(p for p in root.iterdir() if p.is_dir() and p.name not in CATEGORIES):
        if any((path / part).exists() for part in ("images", "label_maps", *_LISTS)) and root.name not in CATEGORIES:
            hint = f"categories are {', '.join(CATEGORIES)}"
            report(DataError(f"unknown Dress Code category {path.name} in {root}", hint=hint, path=path))
    if not present:
        inside = root.name in CATEGORIES
        hint = "name the folder above it" if inside else hint_at(root, f"expected {', '.join(CATEGORIES)}")
        raise DataError(f"{root} is not in Dress Code's layout: it has none of its categories", hint=hint, path=root)
    own: dict[str, str] = {}
    list_of: dict[str, str] = {}
    for category in present:
        if not any((root / category / name).is_file() for name in _LABELLED_LISTS):
            hint = f"expected {' or '.join(_LABELLED_LISTS)}"
            report(DataError(f"{root / category} has no list of pairs", hint=hint, path=root / category))
        for name in _LISTS:
            path = root / category / name
            for line, person, garment in _pairs(path, names, report):
                if name not in _LABELLED_LISTS:
                    continue
                photo_id = f"{category}/{person}"
                if list_of.setdefault(photo_id, name) != name:
                    hint = "each photo belongs to one list: remove one of the lines"
                    message = f"{path} line {line}: {person} is in {list_of[photo_id]} too"
                    report(DataError(message, hint=hint, path=path, line=line))
                own.setdefault(photo_id, garment)
    if not own:
        report(DataError(f"the lists of {root} name no photo", hint="write `N_0.jpg N_1.jpg` lines", path=root))
    return DressCodePhotos(
        root=root,
        ids=tuple(sorted(own)),
        unlabelled_ids=(),
        mapping=read_mapping(mapping_file, LABELS) if mapping_file else MAPPING,
        garments=own,
        names=names,
    )


def _usual(name: str) -> str:
    """Return a file's name with its suffix in lower case."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.{suffix.lower()}" if dot else name


def _in_other_case(root: Path, category: str, report: Report) -> Iterator[tuple[str, str]]:
    """Yield where a file with a suffix in capitals is looked for, and its name; two files of one name are reported."""
    for folder in FOLDERS:
        place = root / category / folder
        for name in sorted(entry.name for entry in os.scandir(place)) if place.is_dir() else ():
            usual, path = _usual(name), place / name
            if usual == name or is_hidden(name):
                continue
            if path.with_name(usual).exists() and not path.samefile(path.with_name(usual)):
                message = f"{path} and {path.with_name(usual)} have the same name"
                report(DataError(message, hint="rename one of them, or remove it", path=path))
            else:
                yield f"{category}/{folder}/{usual}", name


def _pairs(path: Path, names: Mapping[str, str], report: Report) -> Iterator[tuple[int, str, str]]:
    """Yield (line, person's number, garment's file name) for the lines of a list whose files exist."""
    if not path.is_file():
        return
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        report(DataError(f"{path} is not a readable text ({error})", hint="save it as UTF-8", path=path))
        return
    images = path.parent / "images"
    for line, words in enumerate((x.split() for x in text.split("\n")), start=1):
        if not words:
            continue

        def fault(what: str, hint: str, line: int = line) -> None:
            report(DataError(f"{path} line {line}: {what}", hint=hint, path=path, line=line))

        if len(words) != 2:
            fault(f"{len(words)} fields, not two", "write `person garment`, e.g. 000123_0.jpg 000123_1.jpg")
            continue
        person, garment = words = [_usual(word) for word in words]
        number = _MEMBER.fullmatch(person)
        if number is None or not re.fullmatch(r"[^/\\\s]+_1\.jpg", garment):
            fault(f"{person[:60]!r} {garment[:60]!r} are not a person and a garment", "write N_0.jpg and N_1.jpg")
            continue
        key = f"{path.parent.name}/images/"
        lost = [name for name in words if not (images / names.get(key + name, name)).is_file()]
        for name in lost:
            fault(f"{images / name} does not exist", "restore it, or remove the line")
        if person not in lost:
            yield line, number[1], garment
