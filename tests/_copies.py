"""Small data sets and their compact copies."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from pocketseg.data.check import check
from pocketseg.data.embedded import FOLDER, sample_ids
from pocketseg.data.make_split import make_split
from pocketseg.data.photos import PhotoSet, open_photos, read_image
from pocketseg.data.split import Split

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[1]
LONG_SIDE = 96


def small_folder(root: Path, count: int = 8, unlabelled: int = 2) -> PhotoSet:
    """Write some embedded photos into a folder of their own, the last ones without a mask."""
    ids = sample_ids("train")[:count]
    for part, suffix in (("images", "jpg"), ("masks", "png")):
        (root / part).mkdir(parents=True, exist_ok=True)
        for photo_id in ids if part == "images" else ids[: count - unlabelled]:
            shutil.copy(FOLDER / part / f"{photo_id}.{suffix}", root / part)
    shutil.copy(FOLDER / "classes.json", root)
    return open_photos(f"folder:{root}")


def small_ccp(root: Path) -> PhotoSet:
    """Write the fixture's photos and label maps in CCP's layout, one photo without its map."""
    (root / "photos").mkdir(parents=True)
    (root / "annotations/pixel-level").mkdir(parents=True)
    for photo in sorted((DATA / "imaterialist/train").glob("*.jpg")):
        shutil.copy(photo, root / "photos")
        if photo.stem != "0942":
            shutil.copy(DATA / "ccp_masks" / f"{photo.stem}.mat", root / "annotations/pixel-level")
    return open_photos(f"ccp:{root}")


def files_of(root: Path, *, but: Sequence[str] = ()) -> dict[str, bytes]:
    return {
        str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file() and p.name not in but
    }


def split_of(photos: PhotoSet, seed: int = 3) -> Split:
    return make_split(photos, name="own", ratios=(0.4, 0.3, 0.3), seed=seed)


def nearest(values: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    """Return values at another size, each from the pixel under its centre."""
    rows = ((np.arange(height) + 0.5) * values.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * values.shape[1] / width).astype(int)
    found: npt.NDArray[np.uint8] = values[rows][:, columns]
    return found


def check_copy(photos: PhotoSet, out: Path, *, finer: bool, long_side: int = LONG_SIDE) -> PhotoSet:
    copy = open_photos(f"folder:{out}")
    assert tuple(copy.ids) == tuple(i.replace("/", "-") for i in photos.ids)
    assert tuple(copy.unlabelled_ids) == tuple(photos.unlabelled_ids)
    assert copy.classes == photos.classes and (out / "classes.json").is_file() == (finer or not photos.assumption)
    if not copy.assumption:
        assert json.loads((out / "classes.json").read_text()) == list(photos.classes)
    for photo_id in (*photos.ids, *photos.unlabelled_ids):
        image = read_image(photos.image_path(photo_id))
        height, width = image.shape[:2]
        small = read_image(copy.image_path(photo_id.replace("/", "-")))
        scale = long_side / max(height, width)
        assert small.shape == (round(height * scale), round(width * scale), 3) and max(small.shape) == long_side
        box = np.asarray(Image.fromarray(image).resize(small.shape[1::-1], Image.Resampling.BOX), np.float64)
        assert np.abs(box - small).mean() < 12, "the copy shows another photo"
        if photo_id in photos.ids:
            want = nearest(photos.mask(photo_id), *small.shape[:2])
            name = photo_id.replace("/", "-")
            with Image.open(out / "masks" / f"{name}.png") as stored:
                assert stored.mode == "P" and np.array_equal(np.asarray(stored), want)
            assert np.array_equal(copy.mask(name), want)
            if finer:
                labels = nearest(photos.labels(photo_id), *small.shape[:2])
                assert np.array_equal(copy.labels(name), labels)
    assert (out / "labels.json").exists() == finer
    report = check(f"folder:{out}", None)
    assert report.clean and (report.labelled, report.unlabelled) == (len(photos.ids), len(photos.unlabelled_ids))
    return copy
