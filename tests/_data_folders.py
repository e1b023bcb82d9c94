"""One good folder of each data format, and ways to write its files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.io
from PIL import Image

from pocketseg.core.classes import CLASSES

HEIGHT, WIDTH = 20, 14
# iMaterialist's categories; parts begin with the hood
SHIRT, PANTS, DRESS, BELT, UMBRELLA, HOOD, SLEEVE, POCKET = 0, 6, 10, 19, 26, 27, 31, 32
COLUMNS = ("ImageId", "EncodedPixels", "Height", "Width", "ClassId")
PIXEL_LEVEL, IMAGE_LEVEL = "annotations/pixel-level", "annotations/image-level"

Array = npt.NDArray[np.generic]


def write_photo(path: Path, height: int = HEIGHT, width: int = WIDTH) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), (90, 120, 40)).save(path)


def write_mat(path: Path, values: Array, name: str = "groundtruth") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(path, {name: values})


def write_png(path: Path, values: Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def full(value: int, height: int = HEIGHT, width: int = WIDTH, dtype: npt.DTypeLike = np.uint8) -> Array:
    return np.full((height, width), value, dtype)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("latin-1"))


def ccp_folder(root: Path, ids: Sequence[str]) -> None:
    for photo_id in ids:
        write_photo(root / f"photos/{photo_id}.jpg")
        write_mat(root / f"{PIXEL_LEVEL}/{photo_id}.mat", np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 59)


def plain_folder(root: Path, ids: Sequence[str]) -> None:
    write(root / "classes.json", json.dumps(CLASSES))
    for photo_id in ids:
        write_photo(root / f"images/{photo_id}.jpg")
        write_png(root / f"masks/{photo_id}.png", np.arange(HEIGHT * WIDTH, dtype=np.uint8).reshape(HEIGHT, WIDTH) % 4)


def imaterialist_folder(root: Path, ids: Sequence[str]) -> None:
    """Two rows for each photo: a shirt, and pants with attributes."""
    rows = [COLUMNS]
    for photo_id in ids:
        write_photo(root / f"train/{photo_id}.jpg")
        rows.append((f"{photo_id}.jpg", "1 30", str(HEIGHT), str(WIDTH), str(SHIRT)))
        rows.append((f"{photo_id}.jpg", "100 20 130 5", str(HEIGHT), str(WIDTH), f"{PANTS}_3_50"))
    write_rows(root, rows)


def dresscode_folder(root: Path, ids: Sequence[str]) -> None:
    """The items in upper_body's training list, and one more in the test list of dresses."""
    for category, members in (("upper_body", ids), ("dresses", ("99",))):
        folder = root / category
        for item in members:
            write_photo(folder / f"images/{item}_0.jpg")
            write_photo(folder / f"images/{item}_1.jpg", 9, 7)
            write_photo(folder / f"skeletons/{item}_5.jpg")
            write_png(
                folder / f"label_maps/{item}_4.png", np.arange(HEIGHT * WIDTH, dtype=np.uint8).reshape(20, 14) % 18
            )
            write_png(folder / f"dense/{item}_5.png", full(24))
            write_uv(folder / f"dense/{item}_5_uv.npz", np.full((2, HEIGHT, WIDTH), 0.5, np.float32))
            write_joints(folder / f"keypoints/{item}_2.json", [[float(k), float(k), 1.0, k] for k in range(18)])
    write(root / "upper_body/train_pairs.txt", "".join(f"{i}_0.jpg\t{i}_1.jpg\n" for i in ids))
    write(root / "dresses/test_pairs_paired.txt", "99_0.jpg\t99_1.jpg\n")


def write_uv(path: Path, values: Array, name: str = "uv") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, allow_pickle=True, **{name: values})


def write_joints(path: Path, rows: object) -> None:
    write(path, json.dumps({"keypoints": rows}))


def read_rows(root: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO((root / "train.csv").read_bytes().decode("latin-1"))))


def write_rows(root: Path, rows: Iterable[Sequence[str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    write(root / "train.csv", stream.getvalue())


BUILD: dict[str, Callable[[Path, Sequence[str]], None]] = {
    "ccp": ccp_folder, "folder": plain_folder, "imaterialist": imaterialist_folder, "dresscode": dresscode_folder,
}  # fmt: skip
