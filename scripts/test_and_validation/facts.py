"""Facts of validation and test photos that could explain scores: sizes, and similarity to photos learnt from."""

from __future__ import annotations

from typing import Any

import numpy as np

from pocketseg.data.photos import PhotoSet
from pocketseg.data.split import Split
from scripts.test_and_validation.kept import PARTS
from scripts.test_and_validation.look_alikes import Photos, Progress, nearest


def facts(photos: PhotoSet, split: Split, described: Photos, progress: Progress) -> dict[str, Any]:
    """Return the facts by part and photo.

    person_share: of pixels with any label of the data's own, whole person included. person_height: of the photo's
    height, from the highest to the lowest such pixel. train, unlabelled: the similarity of the nearest photo there.
    """
    found: dict[str, Any] = {}
    total, done = sum(len(split.ids(part)) for part in PARTS), 0
    for part in PARTS:
        beside = {where: nearest(described, part, where) for where in ("train", "unlabelled")}
        found[part] = {}
        for photo_id in split.ids(part):
            person = photos.labels(photo_id) > 0  # H,W
            rows = np.flatnonzero(person.any(1))
            height, width = person.shape
            found[part][photo_id] = {
                "height_px": height,
                "width_px": width,
                "person_share": round(float(person.mean()), 4),
                "person_height": round(float(rows[-1] - rows[0] + 1) / height, 4) if rows.size else 0.0,
                **{f"{where}_backdrop": beside[where][photo_id]["backdrop"][1] for where in beside},
                **{f"{where}_outfit": beside[where][photo_id]["outfit"][1] for where in beside},
            }
            done += 1
            progress(done, total)
    return {"split_hash": split.hash, "photos": found}
