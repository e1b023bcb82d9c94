"""For each data format a table of faults: how to make each in a good folder, and how it must be reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _data_folders import (
    COLUMNS,
    HEIGHT,
    IMAGE_LEVEL,
    PIXEL_LEVEL,
    WIDTH,
    full,
    read_rows,
    write,
    write_joints,
    write_mat,
    write_photo,
    write_png,
    write_rows,
    write_uv,
)

Spoil = Callable[[Path, str], object]


def cell(column: str, value: str, *which: int) -> Spoil:
    """Change a field in some of the photo's rows, the second if none is named."""

    def spoil(root: Path, photo_id: str) -> None:
        rows = read_rows(root)
        own = [row for row in rows if row[0] == f"{photo_id}.jpg"]
        for k in which or (1,):
            own[k][COLUMNS.index(column)] = value.replace("ID", photo_id)
        write_rows(root, rows)

    return spoil


def _drop_last_field(root: Path, photo_id: str) -> None:
    rows = read_rows(root)
    [row for row in rows if row[0] == f"{photo_id}.jpg"][1].pop()
    write_rows(root, rows)


def drop_column(root: Path, photo_id: str) -> None:
    write_rows(root, [row[:3] + row[4:] for row in read_rows(root)])


def _pair(line: str) -> Spoil:
    """Write something else into the item's line of the training list."""

    def spoil(root: Path, photo_id: str) -> None:
        path = root / "upper_body/train_pairs.txt"
        good = f"{photo_id}_0.jpg\t{photo_id}_1.jpg\n"
        assert good in path.read_text()
        write(path, path.read_text().replace(good, line.replace("ID", photo_id) + "\n"))

    return spoil


def gone(path: str) -> Spoil:
    return lambda root, photo_id: (root / path.replace("ID", photo_id)).unlink()


def _text(path: str, text: str = "no such thing") -> Spoil:
    return lambda root, photo_id: write(root / path.replace("ID", photo_id), text.replace("ID", photo_id))


def _of(make: Callable[..., None], path: str, *values: object) -> Spoil:
    """Replace a file: by a photo of another size, an index map, a MATLAB file, joints, surface positions."""
    return lambda root, photo_id: make(root / path.replace("ID", photo_id), *values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """ID in a path or a pattern stands for the photo's id. row: which of the photo's lines; line: of the file.

    used: reading photos, masks, joints and dense pose meets it, not only `check`. alone: it hides the others.
    kind: what `check` names once for all masks that share it.
    """

    spoil: Spoil
    what: str
    file: str
    row: int | None = None
    line: int | None = None
    used: bool = True
    alone: bool = False
    kind: str = ""


_CCP_MASK, _MASK = f"{PIXEL_LEVEL}/ID.mat", "masks/ID.png"
CCP_FAULTS = {
    "photo gone": Fault(spoil=gone("photos/ID.jpg"), what=r"mask .*ID\.mat has no photo", file=_CCP_MASK),
    "photo text": Fault(spoil=_text("photos/ID.jpg"), what="ID.jpg is not a readable image", file="photos/ID.jpg"),
    "mask text": Fault(spoil=_text(_CCP_MASK), what=r"ID\.mat is not a readable MATLAB file", file=_CCP_MASK),
    "no groundtruth": Fault(
        spoil=_of(write_mat, _CCP_MASK, full(0), "truth"),
        what=r"ID\.mat does not hold the variable 'groundtruth'", file=_CCP_MASK
    ),
    "3-D": Fault(
        spoil=_of(write_mat, _CCP_MASK, np.zeros((4, 3, 2), "u1")),
        what=r"in .*ID\.mat is 3-D", file=_CCP_MASK
    ),
    "fractions": Fault(
        spoil=_of(write_mat, _CCP_MASK, np.full((HEIGHT, WIDTH), 0.5)),
        what=r"in .*ID\.mat is 2-D float64", file=_CCP_MASK
    ),
    "id 59": Fault(spoil=_of(write_mat, _CCP_MASK, full(59)), what=r"ID\.mat holds label 59", file=_CCP_MASK),
    "size": Fault(
        spoil=_of(write_mat, _CCP_MASK, full(1, 19)), what="photo ID is 14 x 20 px, its mask .* 14 x 19", file=_CCP_MASK
    ),
    "tags text": Fault(
        spoil=_text(f"{IMAGE_LEVEL}/ID.mat"), what=r"image-level/ID\.mat is not a readable MATLAB file",
        file=f"{IMAGE_LEVEL}/ID.mat", used=False,
    ),
    "tags 70": Fault(
        spoil=_of(write_mat, f"{IMAGE_LEVEL}/ID.mat", full(70, 1, 4), "tags"),
        what=r"image-level/ID\.mat holds label 70",
        file=f"{IMAGE_LEVEL}/ID.mat", used=False,
    ),
    "tags of no photo": Fault(
        spoil=_of(write_mat, f"{IMAGE_LEVEL}/xID.mat", full(7, 1, 4), "tags"), what=r"tags .*/xID\.mat have no photo",
        file=f"{IMAGE_LEVEL}/xID.mat",
    ),
}  # fmt: skip
FOLDER_FAULTS = {
    "photo gone": Fault(spoil=gone("images/ID.jpg"), what=r"mask .*ID\.png has no photo", file=_MASK),
    "photo text": Fault(spoil=_text("images/ID.jpg"), what="ID.jpg is not a readable image", file="images/ID.jpg"),
    "mask text": Fault(spoil=_text(_MASK), what=r"mask .*ID\.png is not a readable image", file=_MASK),
    "index 4": Fault(spoil=_of(write_png, _MASK, full(4)), what=r"mask .*ID\.png holds value 4", file=_MASK, kind="v"),
    "index 254": Fault(
        spoil=_of(write_png, _MASK, full(254)), what=r"mask .*ID\.png holds value 254", file=_MASK, kind="v"
    ),
    "16 bits": Fault(
        spoil=_of(write_png, _MASK, full(300, dtype=np.uint16)), what=r"mask .*ID\.png holds value 300", file=_MASK,
        kind="v",
    ),
    "colours": Fault(spoil=_of(write_photo, _MASK), what=r"mask .*ID\.png is a colour image", file=_MASK),
    "size": Fault(
        spoil=_of(write_png, _MASK, full(1, 20, 15)), what="photo ID is 14 x 20 px, its mask .* 15 x 20", file=_MASK
    ),
    "one name": Fault(
        spoil=_of(write_photo, "images/ID.png"), what=r"ID\.png and .*ID\.jpg have the same name", file="images/ID.png"
    ),
    "class names": Fault(
        spoil=_text("classes.json", '["one"]'), what=r"classes\.json must be a list of at least two",
        file="classes.json",
    ),
    "label names": Fault(
        spoil=_text("labels.json", "{"), what=r"labels\.json is not readable JSON", file="labels.json"
    ),
}  # fmt: skip
IMATERIALIST_FAULTS = {
    "column": Fault(
        spoil=drop_column, what=r"train\.csv line 1: the header lacks Width", file="train.csv", line=1, alone=True
    ),
    "photo gone": Fault(
        spoil=gone("train/ID.jpg"), what=r"train\.csv line \d+: photo 'ID\.jpg' is not in train", file="train.csv",
        row=0,
    ),
    "photo text": Fault(spoil=_text("train/ID.jpg"), what="ID.jpg is not a readable image", file="train/ID.jpg"),
    "odd": Fault(
        spoil=cell("EncodedPixels", "100 20 130"), what="of ID: 3 numbers are not pairs", file="train.csv", row=1
    ),
    "fraction": Fault(
        spoil=cell("EncodedPixels", "100 2.5"), what="of ID: '2.5' is not an integer", file="train.csv", row=1
    ),
    "word": Fault(spoil=cell("EncodedPixels", "1 b"), what="of ID: 'b' is not an integer", file="train.csv", row=1),
    "start 0": Fault(spoil=cell("EncodedPixels", "0 4"), what="of ID: a run starts at 0", file="train.csv", row=1),
    "start -3": Fault(
        spoil=cell("EncodedPixels", "9 1 -3 4"), what="of ID: a run starts at -3", file="train.csv", row=1
    ),
    "length 0": Fault(spoil=cell("EncodedPixels", "4 0"), what="of ID: a run has length 0", file="train.csv", row=1),
    "past": Fault(
        spoil=cell("EncodedPixels", "279 3"), what="of ID: a run ends at pixel 281 of 280", file="train.csv", row=1
    ),
    "far past": Fault(
        spoil=cell("EncodedPixels", "1 99999999999999999999"), what="of ID: a run goes past the image",
        file="train.csv", row=1,
    ),
    "no height": Fault(
        spoil=cell("Height", "tall"), what="Height 'tall', Width '14' are not a size", file="train.csv", row=1
    ),
    "two heights": Fault(
        spoil=cell("Height", "21"), what="ID is 14 x 21 here and 14 x 20 above", file="train.csv", row=1
    ),
    "other height": Fault(
        spoil=cell("Height", "21", 0, 1), what="photo ID is 14 x 20 px, its mask .* 14 x 21", file="train.csv", row=0
    ),
    "other width": Fault(
        spoil=cell("Width", "15", 0, 1), what="photo ID is 14 x 20 px, its mask .* 15 x 20", file="train.csv", row=0
    ),
    "category 46": Fault(spoil=cell("ClassId", "46_3"), what="unknown category 46", file="train.csv", row=1),
    "category x": Fault(
        spoil=cell("ClassId", "x"), what="ClassId 'x' is not a category id with attributes", file="train.csv", row=1
    ),
    "fields": Fault(spoil=_drop_last_field, what="4 fields for 5 columns", file="train.csv", row=1),
    "no UTF-8": Fault(
        spoil=cell("EncodedPixels", "\xff"), what="it is not CSV in UTF-8", file="train.csv", row=1
    ),
    "photo unknown": Fault(
        spoil=cell("ImageId", "../ID.jpg"), what="photo '../ID.jpg' is not in train", file="train.csv", row=1
    ),
}  # fmt: skip
PAIRS, _MAP = "upper_body/train_pairs.txt", "upper_body/label_maps/ID_4.png"
_DENSE, _PLACES, POINTS = "upper_body/dense/ID_5.png", "upper_body/dense/ID_5_uv.npz", "upper_body/keypoints/ID_2.json"
_PERSON, _GARMENT = "upper_body/images/ID_0.jpg", "upper_body/images/ID_1.jpg"
_SKELETON = "upper_body/skeletons/ID_5.jpg"
_HALF = np.full((2, HEIGHT, WIDTH), 0.5, np.float32)
DRESSCODE_FAULTS = {
    "category": Fault(
        spoil=lambda root, photo_id: (root / "trousers/images").mkdir(parents=True),
        what="unknown Dress Code category trousers", file="trousers",
    ),
    "no list": Fault(
        spoil=lambda root, photo_id: (root / "lower_body/images").mkdir(parents=True),
        what="lower_body has no list of pairs", file="lower_body",
    ),
    "one field": Fault(spoil=_pair("ID_0.jpg"), what="1 fields, not two", file=PAIRS, row=0),
    "three fields": Fault(spoil=_pair("ID_0.jpg ID_1.jpg 0"), what="3 fields, not two", file=PAIRS, row=0),
    "no pair": Fault(spoil=_pair("ID_1.jpg ID_0.jpg"), what="are not a person and a garment", file=PAIRS, row=0),
    "person gone": Fault(spoil=gone(_PERSON), what=r"images/ID_0\.jpg does not exist", file=PAIRS, row=0),
    "garment gone": Fault(spoil=gone(_GARMENT), what=r"images/ID_1\.jpg does not exist", file=PAIRS, row=0),
    "person text": Fault(spoil=_text(_PERSON), what=r"ID_0\.jpg is not a readable image", file=_PERSON),
    "garment text": Fault(spoil=_text(_GARMENT), what=r"ID_1\.jpg is not a readable image", file=_GARMENT, used=False),
    "map gone": Fault(spoil=gone(_MAP), what=r"label map .*ID_4\.png does not exist", file=_MAP),
    "map text": Fault(spoil=_text(_MAP), what=r"label map .*ID_4\.png is not a readable image", file=_MAP),
    "map colours": Fault(spoil=_of(write_photo, _MAP), what=r"label map .*ID_4\.png is a colour image", file=_MAP),
    "label 18": Fault(
        spoil=_of(write_png, _MAP, full(18)), what=r"label map .*ID_4\.png holds value 18", file=_MAP, kind="v"
    ),
    "label 255": Fault(
        spoil=_of(write_png, _MAP, full(255)), what=r"label map .*ID_4\.png holds value 255", file=_MAP, kind="v"
    ),
    "map size": Fault(
        spoil=_of(write_png, _MAP, full(1, 19)),
        what="photo upper_body/ID is 14 x 20 px, its mask .* 14 x 19", file=_MAP
    ),
    "17 joints": Fault(
        spoil=_of(write_joints, POINTS, [[1, 1, 1, 1]] * 17), what=r"ID_2\.json holds keypoints 17 x 4, not 18 x 4",
        file=POINTS,
    ),
    "joints of 3": Fault(
        spoil=_of(write_joints, POINTS, [[1, 1, 1]] * 18), what=r"ID_2\.json holds keypoints 18 x 3, not 18 x 4",
        file=POINTS,
    ),
    "uneven joints": Fault(
        spoil=_of(write_joints, POINTS, [[1, 1, 1, 1]] * 17 + [[1]]),
        what=r"ID_2\.json holds keypoints (?!18 x 4,).*not 18 x 4", file=POINTS,
    ),
    "no joints": Fault(spoil=_text(POINTS, "{}"), what=r"ID_2\.json holds no list 'keypoints'", file=POINTS),
    "joints text": Fault(spoil=_text(POINTS), what=r"ID_2\.json is not readable JSON", file=POINTS),
    "joint words": Fault(
        spoil=_of(write_joints, POINTS, [["a", 1, 1, 1]] * 18),
        what=r"ID_2\.json holds a keypoint that is not a plain number",
        file=POINTS,
    ),
    "joint NaN": Fault(
        spoil=_of(write_joints, POINTS, [[float("nan"), 1, 1, 1]] * 18), what=r"ID_2\.json is not readable JSON \(NaN",
        file=POINTS,
    ),
    "dense gone": Fault(spoil=gone(_DENSE), what=r"dense pose .*ID_5\.png does not exist", file=_DENSE),
    "uv gone": Fault(spoil=gone(_PLACES), what=r"dense pose .*ID_5_uv\.npz does not exist", file=_PLACES),
    "dense 25": Fault(
        spoil=_of(write_png, _DENSE, full(25)),
        what=r"dense pose .*ID_5\.png holds value 25", file=_DENSE
    ),
    "uv missing": Fault(
        spoil=_of(write_uv, _PLACES, _HALF, "vu"), what=r"ID_5_uv\.npz does not hold the array 'uv'", file=_PLACES
    ),
    "uv text": Fault(spoil=_text(_PLACES), what=r"ID_5_uv\.npz is not a readable npz file", file=_PLACES),
    "uv pickled": Fault(
        spoil=_of(write_uv, _PLACES, np.array([{}], object)), what=r"_uv\.npz is not a readable npz file", file=_PLACES
    ),
    "uv flat": Fault(spoil=_of(write_uv, _PLACES, _HALF[0]), what=r"ID_5_uv\.npz holds uv of shape", file=_PLACES),
    "uv above 1": Fault(spoil=_of(write_uv, _PLACES, _HALF * 3), what=r"ID_5_uv\.npz holds uv outside 0", file=_PLACES),
    "uv size": Fault(
        spoil=_of(write_uv, _PLACES, _HALF[:, 1:]), what=r"uv in .*ID_5_uv\.npz is 14 x 19 px, .* 14 x 20", file=_PLACES
    ),
    "skeleton text": Fault(spoil=_text(_SKELETON), what=r"5\.jpg is not a readable image", file=_SKELETON, used=False),
    "skeleton size": Fault(
        spoil=_of(write_photo, _SKELETON, 18),
        what=r"ID_5\.jpg is 14 x 18 px, its photo 14 x 20", file=_SKELETON, used=False
    ),
    "two parts": Fault(
        spoil=_text("upper_body/test_pairs_paired.txt", "\nID_0.jpg\tID_1.jpg\n"),
        what=r"ID is in train_pairs\.txt too", file="upper_body/test_pairs_paired.txt", line=2,
    ),
}  # fmt: skip
FAULTS = {
    "ccp": CCP_FAULTS, "folder": FOLDER_FAULTS, "imaterialist": IMATERIALIST_FAULTS, "dresscode": DRESSCODE_FAULTS,
}  # fmt: skip
EVERY_FAULT = [(name, fault) for name, table in FAULTS.items() for fault in table]
