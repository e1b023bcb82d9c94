"""Make a split of a data set: hash the photos, group near-duplicates, stratify by class, deal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pocketseg.data.duplicates import THRESHOLD, groups, near_duplicates
from pocketseg.data.photos import PhotoSet, digest
from pocketseg.data.split import SPLITS, Split, assign, stratum


def make_split(
    photos: PhotoSet,
    *,
    name: str,
    ratios: tuple[float, float, float],
    seed: int,
    known_pairs: Sequence[tuple[str, str]] = (),
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Split:
    """Split every labelled photo; unlabelled near-duplicates of val or test photos are listed as `never`.

    known_pairs: ids that show one shot or scene, beyond what thumbnails find.
    """
    everything = [*photos.ids, *photos.unlabelled_ids]
    found = near_duplicates([photos.image_path(i) for i in everything])
    pairs = [(everything[a], everything[b]) for a, b, _ in found]
    linked = groups(everything, [*pairs, *known_pairs])
    labelled = set(photos.ids)
    strata: dict[str, str] = {}
    for done, photo_id in enumerate(photos.ids):
        strata[photo_id] = stratum(int(c) for c in np.unique(photos.mask(photo_id)) if c < len(photos.classes))
        progress("masks", done + 1, len(photos.ids))
    kept = [tuple(i for i in group if i in labelled) for group in linked]
    parts = assign([g for g in kept if g], strata, ratios, seed)
    held_out = {*parts["val"], *parts["test"]}
    never = sorted(i for group in linked if held_out.intersection(group) for i in group if i not in labelled)
    return Split(
        name=name,
        photos={p: {i: digest(photos.image_path(i)) for i in parts[p]} for p in SPLITS},
        never=tuple(never),
        made_with={
            "format": photos.format,
            "ratios": list(ratios),
            "seed": seed,
            "near_duplicate_threshold": THRESHOLD,
            "known_pairs": [list(p) for p in known_pairs],
        },
    )
