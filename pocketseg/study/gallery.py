"""Photos on which arms differ most from the control: each with its label and both masks, in one picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from pocketseg.core.errors import DataError
from pocketseg.core.files import sha256_json
from pocketseg.core.npy import read_npz
from pocketseg.data.photos import PhotoSet, Pixels, read_pair
from pocketseg.report.gallery import overlay
from pocketseg.study import records
from pocketseg.study.results import Results

FILE = "annotations-gallery.jpg"
_HEIGHT_PX, _CAPTION_PX, _GAP_PX = 240, 16, 4
_NOTE_PX = 200
_QUALITY = 85


class Gallery(NamedTuple):
    """A gallery's file, and the folds whose photos it could choose from."""

    file: str
    folds: tuple[int, ...]


def draw(
    folder: Path, first: Results, photos: PhotoSet, shown: Sequence[tuple[str, str, str]], folds: Sequence[int]
) -> bytes:
    """Return a JPEG: for each arm and photo a row, which says why it is shown. Its comment: records' key, and folds.

    folder: of the records, with their class maps. folds: those that the photos were chosen from. Raises DataError where
    maps lack or do not fit.
    """
    rows = []
    for arm, photo_id, why in shown:
        fold = next(k for k in first.folds if photo_id in first.ids(k))
        image, label = read_pair(photos, photo_id)
        pictures = [(photo_id, image), ("label", overlay(image, label))]
        for each in (first.control, arm):
            pictures.append((each, overlay(image, _map(folder, first, each, fold, photo_id, label.shape))))
        rows.append(_row(pictures, why))
    width = max(row.shape[1] for row in rows)
    whole = np.concatenate(
        [np.pad(r, ((0, _GAP_PX), (0, width - r.shape[1]), (0, 0)), constant_values=255) for r in rows]
    )
    stream = io.BytesIO()
    Image.fromarray(whole).save(stream, "JPEG", quality=_QUALITY, optimize=True, comment=_comment(first, folds))
    return stream.getvalue()


def key(first: Results) -> str:
    """Return a digest of what a gallery is drawn from: all runs' matrices, photo by photo."""
    runs = {f"{arm} {fold}": {s: c.tolist() for s, c in of.items()} for (arm, fold), of in first.counts.items()}
    return sha256_json(runs)


def read(path: Path, first: Results) -> Gallery | None:
    """Return a gallery that was drawn from these records; None where there is none."""
    try:
        with Image.open(path) as picture:
            comment = picture.info.get("comment", b"")
    except OSError:
        return None
    numbers = comment.split()[1:]
    folds = tuple(k for k in first.folds if str(k).encode() in numbers)
    return Gallery(path.name, folds) if comment == _comment(first, folds) else None


def drawable(folder: Path, first: Results) -> tuple[int, ...]:
    """Return the folds of which all runs have kept their class maps."""
    return tuple(fold for fold in first.folds if all(_maps(folder, first, arm, fold).is_file() for arm in first.arms))


def _comment(first: Results, folds: Sequence[int]) -> bytes:
    return f"{key(first)} {' '.join(map(str, folds))}".encode()


def _maps(folder: Path, first: Results, arm: str, fold: int) -> Path:
    return records.path_of(folder, arm, fold, first.stage).with_suffix(".maps.npz")


def _map(folder: Path, first: Results, arm: str, fold: int, photo_id: str, size: tuple[int, ...]) -> Pixels:
    """Return the class map of a run for one photo at the photo's size."""
    path = _maps(folder, first, arm, fold)
    ids = first.ids(fold)
    try:
        (maps,) = read_npz(path, ["maps"])
        if (
            maps.dtype != np.uint8
            or maps.ndim != 3
            or len(maps) != len(ids)
            or maps.max(initial=0) >= len(first.classes)
        ):
            raise ValueError("it does not hold a class map for each photo")
    except (OSError, ValueError) as error:
        hint = "leave --gallery out, or restore the file"
        raise DataError(f"{path} does not hold a run's class maps ({error})", hint=hint, path=path) from error
    one = Image.fromarray(maps[ids.index(photo_id)])
    return np.asarray(one.resize((size[1], size[0]), Image.Resampling.NEAREST), np.uint8)


def _row(pictures: Sequence[tuple[str, Pixels]], why: str) -> Pixels:
    """Return pictures of one height beside each other, captions above, and at the end why they are shown."""
    note = np.full((_HEIGHT_PX, _NOTE_PX, 3), 255, np.uint8)
    parts = []
    for caption, pixels in [*pictures, (why, note)]:
        width = max(1, round(pixels.shape[1] * _HEIGHT_PX / pixels.shape[0]))
        small = Image.fromarray(pixels).resize((width, _HEIGHT_PX), Image.Resampling.LANCZOS)
        whole = Image.new("RGB", (width + _GAP_PX, _HEIGHT_PX + _CAPTION_PX), "white")
        whole.paste(small, (0, _CAPTION_PX))
        ImageDraw.Draw(whole).text((2, 2), caption, fill="black")
        parts.append(np.asarray(whole, np.uint8))
    return np.concatenate(parts, axis=1)
