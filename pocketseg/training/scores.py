"""Scores of a network, kept for each photo: IoU, boundary IoU, confusion matrices, and intervals.

Every figure of a data set comes from sums over photos, so a bootstrap over photos (Efron, Tibshirani, 1993) gives
intervals: photos are drawn with replacement, their confusion matrices summed, and the figure computed again.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.core.metrics import Counts, confusion
from pocketseg.core.types import ModelSpec
from pocketseg.data.photos import PhotoSet, Pixels
from pocketseg.inference import predict
from pocketseg.training.evaluate import read_ahead
from pocketseg.training.signal_inputs import SignalInputs

BOUNDARY_SHARE = 0.02  # of the diagonal: the band's width (Cheng et al., "Boundary IoU", CVPR 2021, section 4)
ROUNDS = 2000
SEED = 1
CONFIDENCE = 0.95
Ratios = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoScore:
    """The counts of one photo.

    confusion: pixels by label (rows) and prediction (columns), (C, C). boundary: intersection and union of each class's
    boundary band, (C, 2).
    """

    id: str
    confusion: Counts
    boundary: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The scores of one network on some photos."""

    classes: tuple[str, ...]
    photos: tuple[PhotoScore, ...]

    def confusions(self) -> Counts:
        """Return the photos' confusion matrices, (N, C, C)."""
        return np.stack([p.confusion for p in self.photos])

    def miou(self) -> float:
        """Return the mean IoU over the classes that the labels hold."""
        return _mean(iou(self.confusions().sum(0)))

    def photo_mious(self) -> list[float]:
        """Return each photo's own mean IoU, in order."""
        return [_mean(iou(p.confusion)) for p in self.photos]

    def summary(self, split: str, split_hash: str) -> dict[str, Any]:
        """Return everything as plain values: the JSON output of `pocketseg evaluate`."""
        matrices = self.confusions()
        ious = iou(matrices.sum(0))
        drawn = bootstrap(matrices)
        bands = np.stack([p.boundary for p in self.photos]).sum(0)
        per_photo = self.photo_mious()
        return {
            "miou": _mean(ious),
            "iou": self._named(ious),
            "photos": len(self.photos),
            "split_hash": split_hash or None,
            "split": split,
            "miou_interval": interval(np.array([_mean(row) for row in drawn])),
            "iou_interval": {n: interval(drawn[:, k]) for k, n in enumerate(self.classes)},
            "boundary_iou": self._named(np.where(np.isnan(ious), np.nan, bands[:, 0] / np.maximum(bands[:, 1], 1))),
            "pixel_accuracy": float(np.trace(matrices.sum(0)) / max(1, matrices.sum())),
            "photo_miou": {
                "mean": float(np.mean(per_photo)),
                **{f"p{q}": float(np.quantile(per_photo, q / 100)) for q in (5, 25, 50, 75, 95)},
            },
            "confusion": matrices.sum(0).tolist(),
            "bootstrap": {"rounds": ROUNDS, "seed": SEED, "confidence": CONFIDENCE},
        }

    def table(self) -> str:
        """Return a CSV with one row a photo: id, mIoU, then IoU and boundary
        IoU of each class, empty where it is absent.
        """
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(
            ["id", "miou", *(f"iou_{c}" for c in self.classes), *(f"boundary_iou_{c}" for c in self.classes)]
        )
        for photo in self.photos:
            found = iou(photo.confusion)
            pairs = zip(found.tolist(), photo.boundary.tolist(), strict=True)
            bands = [math.nan if math.isnan(value) else i / max(u, 1) for value, (i, u) in pairs]
            writer.writerow([photo.id, *(_text(v) for v in (_mean(found), *found.tolist(), *bands))])
        return stream.getvalue()

    def _named(self, values: Ratios) -> dict[str, float | None]:
        return {n: None if math.isnan(v) else float(v) for n, v in zip(self.classes, values.tolist(), strict=True)}


def iou(confusion: Counts | Ratios) -> Ratios:
    """Return each class's IoU from confusion matrices, (..., C, C) to
    (..., C); NaN where the labels have no pixel of it.

    Which classes count depends on the photos alone, so it is the same for every network. A resampling has no classes
    but those of all photos.
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    union = confusion.sum(-1) + confusion.sum(-2) - hits
    return np.where(confusion.sum(-1) > 0, hits / np.maximum(union, 1), np.nan)


def mious(confusion: Counts | Ratios) -> Ratios:
    """Return the mean IoU over the classes that the labels hold, (..., C, C) to (...); 0 where they hold none."""
    found = iou(confusion)
    known = ~np.isnan(found)
    return np.asarray(np.where(known, found, 0.0).sum(-1) / np.maximum(known.sum(-1), 1))


def draws(count: int, rounds: int, generator: np.random.Generator) -> Counts:
    """Return how often each of `count` photos is drawn in each resampling, (rounds, count)."""
    drawn: Counts = generator.multinomial(count, np.full(count, 1 / count), size=rounds)
    return drawn


def bootstrap(matrices: Counts, rounds: int = ROUNDS, seed: int = SEED) -> Ratios:
    """Return the class IoUs of `rounds` resamplings of the photos, (rounds, C), from their matrices (N, C, C)."""
    return iou(_resampled(matrices, rounds, seed))


def paired_bootstrap(first: Counts, second: Counts, rounds: int = ROUNDS, seed: int = SEED) -> Ratios:
    """Return the mIoU of the second network minus that of the first on the same resampled photos, (rounds,)."""
    return np.array(
        [
            _mean(b) - _mean(a)
            for a, b in zip(bootstrap(first, rounds, seed), bootstrap(second, rounds, seed), strict=True)
        ]
    )


def interval(values: Ratios) -> list[float] | None:
    """Return the 95 % percentile interval, low and high; None where no value is a number."""
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    tail = (1 - CONFIDENCE) / 2
    return [float(np.quantile(known, tail)), float(np.quantile(known, 1 - tail))]


def _resampled(matrices: Counts, rounds: int, seed: int) -> Counts:
    count, classes = matrices.shape[0], matrices.shape[1]
    drawn = draws(count, rounds, np.random.default_rng(seed))
    return (drawn @ matrices.reshape(count, -1)).reshape(rounds, classes, classes)


def _mean(values: Ratios) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else 0.0


def _text(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6f}"


def band(mask: npt.NDArray[np.bool_], width_px: int) -> npt.NDArray[np.bool_]:
    """Return the pixels of a mask that lie within width_px of its contour; the photo's border counts as contour."""
    height, width = mask.shape
    side = 2 * width_px + 1
    padded = np.zeros((height + side, width + side), np.int32)
    padded[width_px + 1 : width_px + 1 + height, width_px + 1 : width_px + 1 + width] = mask
    sums = padded.cumsum(0).cumsum(1)  # the mask's area up to each pixel
    inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return mask & (inside < side * side)


def boundary(predicted: Pixels, label: Pixels, class_count: int) -> Counts:
    """Return intersection and union of each class's boundary bands, (C, 2)."""
    width_px = max(1, round(BOUNDARY_SHARE * math.hypot(*label.shape)))
    counted = label != IGNORE_INDEX
    found = np.zeros((class_count, 2), np.int64)
    for k in range(class_count):
        a, b = band(label == k, width_px) & counted, band((predicted == k) & counted, width_px)
        found[k] = int((a & b).sum()), int((a | b).sum())
    return found


def score(
    network: nn.Module,
    spec: ModelSpec,
    photos: PhotoSet,
    ids: Sequence[str],
    progress: Callable[[int, int], None] = lambda done, total: None,
    signals: SignalInputs | None = None,
) -> Scores:
    """Score a network in eval mode on photos, each at its own resolution. signals: what it takes beside the photo."""
    count, found = len(spec.classes), []
    for photo_id, (image, label) in zip(ids, read_ahead(photos, ids), strict=True):
        more = None if signals is None else signals.maps(photo_id, spec.height_px, spec.width_px)
        predicted = predict(network, spec, image, more)
        found.append(
            PhotoScore(
                id=photo_id,
                confusion=confusion(predicted, label, count),
                boundary=boundary(predicted, label, count),
            )
        )
        progress(len(found), len(ids))
    return Scores(classes=spec.classes, photos=tuple(found))
