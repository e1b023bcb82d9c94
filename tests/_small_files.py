"""Small copies of the fixtures' files, and folders of them in each format."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from _decoders import HEIGHT, WIDTH, Array, slow_mask
from PIL import Image

DATA = Path(__file__).parent / "data"


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def small_photo() -> Image.Image:
    with Image.open(DATA / "dresscode/dresses/images/000407_0.jpg") as image:
        return image.resize((WIDTH, HEIGHT))


def small_indices(path: Path) -> Array:
    with Image.open(path) as image:
        return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST))


def palette_png(values: Array, bits: int = 8) -> bytes:
    picture = Image.fromarray(values.astype(np.uint8))
    picture.putpalette([v for k in range(1 << bits) for v in (k, 255 - k, 0)])
    return encoded(picture, "PNG", bits=bits)


def _npy(uv: Array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, uv)
    return stream.getvalue()


def npz(npy: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo("uv.npy"), npy, method)
    return stream.getvalue()


def small_uv() -> Array:
    with np.load(DATA / "dresscode/dresses/dense/000407_5_uv.npz") as content:
        uv: Array = content["uv"][:, ::16, ::16]
    assert uv.shape == (2, HEIGHT, WIDTH)
    return uv


def mat(*, compressed: bool, dtype: str = "u1") -> bytes:
    labels = scipy.io.loadmat(DATA / "ccp_masks/0012.mat")["groundtruth"][::14, ::12].astype(dtype)
    stream = io.BytesIO()
    scipy.io.savemat(stream, {"groundtruth": labels}, do_compression=compressed)
    return stream.getvalue()


def small_csv() -> bytes:
    """Return two photos of the fixture, every mask sampled at each 13th pixel, written without the product's
    encoder.
    """
    csv.field_size_limit(1 << 26)
    lines = ["ImageId,EncodedPixels,Height,Width,ClassId"]
    for row in csv.DictReader(io.StringIO((DATA / "imaterialist/train.csv").read_text("utf-8"))):
        if row["ImageId"] not in ("0012.jpg", "0271.jpg"):
            continue
        height, width = int(row["Height"]), int(row["Width"])
        full = slow_mask(row["EncodedPixels"], height, width)
        small = [[full[y][x] for x in range(0, width, 13)] for y in range(0, height, 13)]
        flat = [small[y][x] for x in range(len(small[0])) for y in range(len(small))]
        runs, k = [], 0
        while k < len(flat):
            if flat[k]:
                start = k
                while k < len(flat) and flat[k]:
                    k += 1
                runs += [start + 1, k - start]
            k += 1
        text = " ".join(map(str, runs))
        lines.append(f"{row['ImageId']},{text},{len(small)},{len(small[0])},{row['ClassId']}")
        if row["ClassId"] in ("8_20", "10"):  # parts on a garment and beside it, which the fixture lacks
            first, size = runs[len(runs) // 4 * 2], f"{len(small)},{len(small[0])}"
            lines += [f"{row['ImageId']},{first} 3,{size},31_4", f"{row['ImageId']},{first} 2 1 9,{size},34"]
    return ("\n".join(lines) + "\n").encode()


def folder_data(root: Path) -> None:
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    (root / "images/a.jpg").write_bytes(encoded(small_photo(), "JPEG", quality=90))
    (root / "images/b.png").write_bytes(encoded(small_photo(), "PNG"))
    mask = small_indices(DATA / "dresscode/dresses/label_maps/000407_4.png") % 4
    for name in "ab":
        (root / "masks" / f"{name}.png").write_bytes(palette_png(mask))
    (root / "classes.json").write_text('["background", "upper", "lower", "full \\u00e9"]')


def dresscode_data(root: Path) -> None:
    place, source = root / "dresses", DATA / "dresscode/dresses"
    for part in ("images", "label_maps", "keypoints", "skeletons", "dense"):
        (place / part).mkdir(parents=True)
    for name in ("images/000407_0.jpg", "images/000407_1.jpg", "skeletons/000407_5.jpg"):
        (place / name).write_bytes(encoded(small_photo(), "JPEG", quality=90))
    (place / "label_maps/000407_4.png").write_bytes(palette_png(small_indices(source / "label_maps/000407_4.png")))
    dense = Image.fromarray(small_indices(source / "dense/000407_5.png"))
    (place / "dense/000407_5.png").write_bytes(encoded(dense, "PNG"))
    (place / "dense/000407_5_uv.npz").write_bytes(npz(_npy(small_uv())))
    for name in ("keypoints/000407_2.json", "train_pairs.txt"):
        shutil.copy(source / name, place / name)


def ccp_data(root: Path) -> None:
    (root / "photos").mkdir(parents=True)
    (root / "annotations/pixel-level").mkdir(parents=True)
    labels = scipy.io.loadmat(io.BytesIO(mat(compressed=True)))["groundtruth"]
    small = small_photo().resize(labels.shape[::-1])
    (root / "photos/0012.jpg").write_bytes(encoded(small, "JPEG"))
    (root / "annotations/pixel-level/0012.mat").write_bytes(mat(compressed=True))


def imaterialist_data(root: Path) -> None:
    (root / "train").mkdir(parents=True)
    (root / "train.csv").write_bytes(small_csv())
    for photo_id in ("0012", "0271"):
        rows = [r for r in csv.DictReader(io.StringIO(small_csv().decode())) if r["ImageId"] == f"{photo_id}.jpg"]
        small = small_photo().resize((int(rows[0]["Width"]), int(rows[0]["Height"])))
        (root / "train" / f"{photo_id}.jpg").write_bytes(encoded(small, "JPEG"))
