"""What stands for a reader's own files: photos, data sets and an exported file, small, in a page's folder."""

from __future__ import annotations

import dataclasses
import json
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import scipy.io
from PIL import Image

from pocketseg.core.cache import ROOT
from pocketseg.data.embedded import sample_ids, sample_photos, sample_split
from pocketseg.data.photos import open_photos
from pocketseg.data.split import to_json

PHOTOS, UNLABELLED, OWN_PHOTOS = 24, 4, 4
HEIGHT, WIDTH = 192, 128
CCP_LABELS = (0, 51, 25, 14)  # null, t-shirt, jeans, dress: one for each class of the embedded masks
CCP = {"train": 12, "val": 6, "test": 6}
_SMALL = ROOT / "tests" / "data"  # a few photos in the layouts of iMaterialist and Dress Code

TABLE = {
    "`PATH` of `folder:`": f"{PHOTOS} photos of {WIDTH} x {HEIGHT} px cut from the embedded ones, with masks of the "
    f"four garment classes, and {UNLABELLED} without",
    "`PATH` of `ccp:`": f"{', '.join(f'{count} {part}' for part, count in CCP.items())} photos of CCP's committed "
    "split, from those in the repository, and a split file of these",
    "`PATH` of `imaterialist:`, `dresscode:`": "the photos of the tests in those layouts",
    "`photos`, `photo.jpg`": f"{OWN_PHOTOS} photos, and one",
    "`FILE`": "TopFormer Tiny as .tflite in w8a8, exported once",
    "`MODEL`": "`topformer_tiny`",
    "`SPEC`": "`folder:PATH`",
    "`train.txt`, `test.txt`": "names of those photos, for a split made elsewhere",
    "`poses.npz`, `persons.zip`": "one skeleton and one silhouette for each photo of `ccp:PATH`",
}


def make(folder: Path) -> Path:
    """Write all fixtures but the exported file into a folder, and return it."""
    _folder_data(folder / "PATH")
    _ccp(folder / "ccp")
    for name in ("imaterialist", "dresscode"):
        shutil.copytree(_SMALL / name, folder / name)
    (folder / "photos").mkdir()
    for number, (image, _) in enumerate(cuts(_of_all_parts(OWN_PHOTOS), seed=11)):
        image.save(folder / f"photos/mine_{number}.jpg", quality=90)
    shutil.copy(folder / "photos/mine_0.jpg", folder / "photo.jpg")
    ids = open_photos(f"folder:{folder / 'PATH'}").ids
    for name, chosen in (("train.txt", ids[:18]), ("test.txt", ids[18:])):
        (folder / name).write_text("".join(f"{photo_id}\n" for photo_id in chosen))
    _signals(folder, open_photos(f"ccp:{folder / 'ccp'}").ids)
    return folder


def _of_all_parts(count: int) -> list[str]:
    parts = (sample_ids(part) for part in ("train", "val", "test"))
    return [photo_id for trio in zip(*parts, strict=False) for photo_id in trio][:count]


def cuts(
    ids: Sequence[str], *, seed: int, height: int = HEIGHT
) -> Iterator[tuple[Image.Image, np.ndarray[tuple[int, int], np.dtype[np.uint8]]]]:
    """Yield cuts of embedded photos and their masks, mirrored: photos that no committed split knows.

    They are 2/3 as wide as high; masks are H,W class indices.
    """
    photos, chance, size = sample_photos(), np.random.default_rng(seed), (height * 2 // 3, height)
    for photo_id in ids:
        with Image.open(photos.image_path(photo_id)) as image, Image.open(photos.mask_path(photo_id)) as mask:
            left, top = (int(chance.integers(0, side // 8)) for side in image.size)
            box = (left, top, left + image.width * 7 // 8, top + image.height * 7 // 8)
            turn = Image.Transpose.FLIP_LEFT_RIGHT
            small = image.convert("RGB").crop(box).resize(size, Image.Resampling.LANCZOS).transpose(turn)
            labels = mask.crop(box).resize(size, Image.Resampling.NEAREST).transpose(turn)
            yield small, np.asarray(labels, dtype=np.uint8)


def _folder_data(root: Path) -> None:
    for part in ("images", "masks"):
        (root / part).mkdir(parents=True)
    for number, (image, labels) in enumerate(cuts(_of_all_parts(PHOTOS + UNLABELLED), seed=7)):
        image.save(root / f"images/look_{number:02}.jpg", quality=90)
        if number < PHOTOS:
            Image.fromarray(labels).save(root / f"masks/look_{number:02}.png")
    shutil.copy(sample_photos().root / "classes.json", root)


def _ccp(root: Path) -> None:
    """Write some photos of each part of the committed split, which are in the repository, in CCP's layout."""
    photos, masks = root / "photos", root / "annotations" / "pixel-level"
    for folder in (photos, masks):
        folder.mkdir(parents=True)
    embedded, whole = sample_photos(), sample_split()
    chosen = {part: dict(list(whole.photos[part].items())[:count]) for part, count in CCP.items()}
    for photo_id in (photo_id for part in chosen.values() for photo_id in part):
        shutil.copy(embedded.image_path(photo_id), photos)
        with Image.open(embedded.mask_path(photo_id)) as mask:
            values = np.asarray(CCP_LABELS, dtype=np.uint8)[np.asarray(mask)]
        scipy.io.savemat(masks / f"{photo_id}.mat", {"groundtruth": values}, do_compression=True)
    (root / "split.json").write_text(json.dumps(to_json(dataclasses.replace(whole, photos=chosen))))


def _signals(folder: Path, ids: Sequence[str]) -> None:
    chance = np.random.default_rng(9)
    np.savez(folder / "poses.npz", ids=np.asarray(ids), keypoints=chance.random((len(ids), 17, 2)).astype(np.float32))
    with zipfile.ZipFile(folder / "persons.zip", "w") as archive:
        for photo_id in ids:
            path = folder / f"{photo_id}.png"
            silhouette = np.zeros((HEIGHT // 2, WIDTH // 2), np.uint8)
            silhouette[8:-8, 16:-16] = 255
            Image.fromarray(silhouette).save(path)
            archive.write(path, path.name)
            path.unlink()
