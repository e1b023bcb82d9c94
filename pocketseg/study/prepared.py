"""Opens the study's photos: training and validation photos, assigned to folds, with their signals; no test photos."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import models
from pocketseg.core.types import ModelSpec
from pocketseg.data.labelled import check_parts, need_named_classes
from pocketseg.data.make_split import known_pairs, look_alikes
from pocketseg.data.photos import PhotoSet, open_photos
from pocketseg.data.signals.source import SignalSource, open_signals
from pocketseg.data.split import check_present, find_split, stratum
from pocketseg.study.folds import deal
from pocketseg.study.plan import CONTROL, FOLDS, SECOND_STEPS, STEPS, Plan, Stage, chosen_arms, recipe_of
from pocketseg.training.arrays import MARGIN, PhotoArrays, load_arrays
from pocketseg.training.signal_arrays import load_signals

FOLD_SEED = 2026
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyData:
    """The photos of a study. arrays: of `ids`, in that order, with finer labels and signals."""

    plan: Plan
    spec: ModelSpec
    photos: PhotoSet
    ids: tuple[str, ...]
    arrays: PhotoArrays
    stage: Stage = Stage.FIRST


def open_plan(
    data: str, signals: Sequence[str], split_file: Path | None, progress: Progress, steps: int | None = None
) -> tuple[Plan, PhotoSet, SignalSource]:
    """Open the data and deal its folds. Test photos are not opened. Raises DataError, SplitError, UsageError.

    steps: of each run of either stage, where not as planned.
    """
    photos = open_photos(data)
    need_named_classes(photos)
    split = find_split(photos, split_file, ("train", "val"))
    check_present(split, photos, ("test",))
    source = open_signals(signals, photos)
    ids = sorted((*split.ids("train"), *split.ids("val")))
    check_parts(photos, {"train": split.ids("train"), "val": split.ids("val")})
    digests = {**split.photos["train"], **split.photos["val"]}
    linked = look_alikes(photos, digests, known_pairs(photos, None), progress, ids)
    strata = {}
    for done, photo_id in enumerate(ids, 1):
        strata[photo_id] = stratum(c for c in np.unique(photos.mask(photo_id)).tolist() if c < len(photos.classes))
        progress("reading masks", done, len(ids))
    plan = Plan(
        data_format=photos.format,
        split_hash=split.hash,
        signals=source.sha256,
        folds=deal(linked, strata, FOLDS, FOLD_SEED),
        steps=steps or STEPS,
        second_steps=steps or SECOND_STEPS,
    )
    return plan, photos, source


def load(
    plan: Plan, photos: PhotoSet, source: SignalSource, progress: Progress, stage: Stage = Stage.FIRST
) -> StudyData:
    """Return all photos of the plan, read into memory once for all runs of a stage, at its largest input size."""
    (control,) = chosen_arms([CONTROL])
    recipe = recipe_of(control, stage)
    height, width = max((h, w) for _, h, w in recipe.sizes())
    ids = tuple(sorted(i for fold in range(1, FOLDS + 1) for i in plan.held_out(fold)))

    def reading(done: int, total: int) -> None:
        progress("reading photos", done, total)

    arrays = load_arrays(photos, ids, height, width, with_labels=True, progress=reading)
    signals = load_signals(source, ids, round(height * MARGIN), round(width * MARGIN))
    height_px, width_px = recipe.height_px, recipe.width_px
    spec = dataclasses.replace(
        models.spec(stage.network), height_px=height_px, width_px=width_px, classes=photos.classes
    )
    arrays = dataclasses.replace(arrays, signals=signals)
    return StudyData(plan=plan, spec=spec, photos=photos, ids=ids, arrays=arrays, stage=stage)
