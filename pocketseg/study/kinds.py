"""Kinds of photos that a study looks at apart, by the data's own labels and by joints; kept beside the records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pocketseg.core.errors import DataError
from pocketseg.core.files import write_json
from pocketseg.core.outside import read_json
from pocketseg.data.photos import PhotoSet
from pocketseg.data.signals.joints import JOINTS
from pocketseg.data.signals.source import SignalSource

FILE = "kinds.json"
_MOST_BYTES = 1 << 20
_BAGS = ("bag", "purse", "wallet")
_OUTER = ("blazer", "cape", "cardigan", "coat", "jacket")
_LEAST_HIDDEN = 2
_FIRST_LIMB_JOINT = JOINTS.index("left_shoulder")  # those of the head come before
ABOUT = {
    "bags": f"a pixel is labelled {', '.join(_BAGS[:-1])} or {_BAGS[-1]}",
    "coats over dresses": f"pixels are labelled dress, and others {', '.join(_OUTER[:-1])} or {_OUTER[-1]}",
    "hidden limbs": f"{_LEAST_HIDDEN} or more of {len(JOINTS) - _FIRST_LIMB_JOINT} joints of arms, hips and legs are "
    "not found or lie outside the photo, and somebody is found",
}


def of_photos(
    photos: PhotoSet, source: SignalSource, ids: Sequence[str], progress: Callable[[int, int], None]
) -> dict[str, list[str]]:
    """Return the ids of each kind, in order."""
    labels = photos.mapping.labels
    found: dict[str, list[str]] = {kind: [] for kind in ABOUT}
    for done, photo_id in enumerate(ids, 1):
        shown = {labels[k] for k in np.unique(photos.labels(photo_id)).tolist() if k < len(labels)}
        points = source.points(photo_id)
        known = np.isfinite(points).all(1)
        inside = np.all((points >= 0) & (points <= 1), axis=1)  # NaN is neither
        holds = {
            "bags": bool(shown & set(_BAGS)),
            "coats over dresses": "dress" in shown and bool(shown & set(_OUTER)),
            "hidden limbs": bool(known.any()) and int((~inside[_FIRST_LIMB_JOINT:]).sum()) >= _LEAST_HIDDEN,
        }
        for kind in ABOUT:
            if holds[kind]:
                found[kind].append(photo_id)
        progress(done, len(ids))
    return found


def keep(folder: Path, split_hash: str, found: Mapping[str, Sequence[str]]) -> Path:
    """Write the kinds beside the records, so that the page can be made again without the photos."""
    kinds = {kind: {"about": ABOUT[kind], "photos": list(ids)} for kind, ids in found.items()}
    return write_json(folder / FILE, {"schema_version": 1, "split_hash": split_hash, "kinds": kinds})


def read(folder: Path, plan: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the kinds that were kept, each with `about` and `photos`; nothing where there are none.

    Raises DataError for a damaged file, and for one of other photos than the plan's.
    """
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        found = read_json(path, _MOST_BYTES)
        kinds: dict[str, dict[str, Any]] = found["kinds"]
        known = {i for fold in plan["data"]["folds"] for group in fold for i in group}
        if found["split_hash"] != plan["data"]["split_hash"]:
            raise ValueError("it is of another split")
        if not all(isinstance(k["about"], str) and set(k["photos"]) <= known for k in kinds.values()):
            raise ValueError("it names photos that the plan does not have")
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        hint = "remove it, or make it again: give --data and --signals"
        raise DataError(f"{path} does not hold kinds of photos ({error})", hint=hint, path=path) from error
    return kinds
