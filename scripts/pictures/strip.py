"""Tiles of two test photos for README's first table, as JPEG: photo, label, and the masks of three exported files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pocketseg.artifacts.segmenter import open_segmenter
from pocketseg.core.cache import ROOT
from pocketseg.core.classes import colors
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_encoded
from pocketseg.core.outside import read_json
from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.data.photos import Pixels, read_pair

COMPARISON = ROOT / "docs" / "comparison" / "compare.json"
SHARES = {"lower quartile": 0.25, "median": 0.5}  # of the photos that score worse
FILES = {  # the folder of a quick start's run, by the name of the tile
    "u2netp": "u2netp-tflite-fp32",
    "topformer": "topformer_tiny-tflite-fp32",
    "w8a8": "topformer_tiny-tflite-w8a8",
}
_NETWORKS = ("u2netp", "topformer_tiny")
_WIDTH_PX = 264  # shown at half of it, for dense screens
_OPACITY = 0.75
_QUALITY = 84


def chosen(comparison: Mapping[str, Any], ids: Sequence[str]) -> dict[str, str]:
    """Return the photos at the lower quartile and at the median of the mean of both networks' mIoU.

    A quarter of the photos are segmented worse than the first and half of them worse than the second.
    """
    scores = {photo["id"]: photo["miou"] for photo in comparison["photos"]}
    ranked = sorted(ids, key=lambda i: (sum(scores[i][name] for name in _NETWORKS), i))
    return {name: ranked[round(share * (len(ranked) - 1))] for name, share in SHARES.items()}


def write_tiles(run: Path, out: Path) -> list[Path]:
    """Write PLACE-WHAT.jpg for each photo. Raises DataError where the run lacks an exported file."""
    missing = [name for name in FILES.values() if not (run / "artifacts" / name).is_dir()]
    if missing:
        raise DataError(f"{run} has no {', '.join(missing)}", hint="run `make quickstart` first")
    segmenters = {name: open_segmenter(str(run / "artifacts" / folder), 1) for name, folder in FILES.items()}
    made = []
    for place, photo_id in chosen(read_json(COMPARISON), sample_ids("test")).items():
        image, label = read_pair(sample_photos(), photo_id)
        masks = {"label": label, **{name: each.segment(image) for name, each in segmenters.items()}}
        tiles = {"photo": image, **{name: painted(image, mask) for name, mask in masks.items()}}
        for name, tile in tiles.items():
            made.append(_write(out / f"{place.replace(' ', '-')}-{name}.jpg", tile))
    return made


def painted(image: Pixels, mask: Pixels) -> Pixels:
    """Lay the classes' colours over the photo in shades of grey, paled, so that nothing else is coloured."""
    grey = np.asarray(Image.fromarray(image).convert("L"), np.float32)[..., None].repeat(3, axis=2) * 0.6 + 100.0
    table = np.array(colors(256), np.float32)
    found = (mask > 0) & (mask < 255)
    grey[found] = (1 - _OPACITY) * grey[found] + _OPACITY * table[mask[found]]
    return grey.clip(0, 255).round().astype(np.uint8)


def _write(path: Path, tile: Pixels) -> Path:
    height = round(_WIDTH_PX * tile.shape[0] / tile.shape[1])
    small = Image.fromarray(tile).resize((_WIDTH_PX, height), Image.Resampling.LANCZOS)
    write_encoded(path, lambda stream: small.save(stream, format="JPEG", quality=_QUALITY, optimize=True))
    return path
