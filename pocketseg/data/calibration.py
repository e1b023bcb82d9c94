"""Calibration photos: from training only, the embedded ones or the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.files import sha256_json
from pocketseg.data.inputs import model_input
from pocketseg.data.photos import Pixels, digest, open_photos, read_image
from pocketseg.data.sample import sample_ids, sample_photos
from pocketseg.data.split import committed_splits, own_split, read_split

COUNT = 32
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Which photos calibrate: spec (empty: the embedded ones), the most of them, files, and a hash over their bytes."""

    spec: str
    count: int = COUNT
    files: tuple[Path, ...]
    hash: str

    def images(self, height_px: int, width_px: int) -> list[Pixels]:
        """Read the photos at an input size, each H,W,3 uint8."""
        return [model_input(read_image(f), height_px, width_px) for f in self.files]


def evenly(items: Sequence[Item], count: int) -> list[Item]:
    """Choose at most `count`, evenly over all."""
    step = max(1.0, len(items) / count)
    return [items[int(k * step)] for k in range(min(count, len(items)))]


def open_calibration(spec: str = "", count: int = COUNT) -> Calibration:
    """Choose at most `count` photos, evenly over the ids; validation and test photos of any known split never."""
    if count < 1:
        raise UsageError(f"calibration needs at least 1 photo, not {count}", hint="the default is 32")
    if not spec:
        photos = sample_photos()
        files = [photos.image_path(i) for i in sample_ids("train")]
    else:
        own = open_photos(spec)
        beside = own_split(own)
        splits = [read_split(p) for p in (*committed_splits(), *((beside,) if beside else ()))]
        held_out = {d for s in splits for part in ("val", "test") for d in s.photos[part].values()}
        held_out |= {d for s in splits for d in s.never.values()}
        by_name = {i for s in splits if s.made_with.get("format") == own.format for i in s.never}  # encoded anew
        files = [own.image_path(i) for i in sorted({*own.ids, *own.unlabelled_ids} - by_name)]
        files = [f for f in files if digest(f) not in held_out]
        if not files:
            raise DataError(
                f"{spec} has no photo to calibrate on",
                hint="calibration uses training photos only; all of these are held out for validation or test",
            )
    files = evenly(files, count)
    return Calibration(spec=spec, count=count, files=tuple(files), hash=sha256_json([digest(f) for f in files])[:16])
