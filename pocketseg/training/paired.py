"""Two networks on the same photos: how much they differ, and whether the difference is significant.

Both are resampled with the same photos (a paired bootstrap), so a photo that is hard for both does not widen the
interval of their difference (Efron, Tibshirani, "An Introduction to the Bootstrap", 1993).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pocketseg.core.errors import UsageError
from pocketseg.training.scores import Scores, bootstrap, interval, iou, paired_bootstrap

LEAST_PHOTOS = 10  # fewer photos give no interval worth a claim: that of one photo has no width at all


def difference(first: Scores, second: Scores) -> dict[str, Any]:
    """Return the first network's scores minus the second's with 95 %
    intervals, and on which share of photos each is better.

    told_apart: the interval excludes zero, and there are at least LEAST_PHOTOS photos. Raises UsageError where the
    photos differ.
    """
    if [p.id for p in first.photos] != [p.id for p in second.photos]:
        raise UsageError("the two networks were scored on different photos", hint="score both on the same photos")
    a, b = first.confusions(), second.confusions()
    drawn = bootstrap(a) - bootstrap(b)  # rounds,C; the same photos in each round
    by_class = iou(a.sum(0)) - iou(b.sum(0))
    each = np.array(first.photo_mious()) - np.array(second.photo_mious())
    count = len(first.photos)
    return {
        "miou": _claim(first.miou() - second.miou(), interval(paired_bootstrap(b, a)), count),
        "iou": {name: _claim(float(by_class[k]), interval(drawn[:, k]), count) for k, name in enumerate(first.classes)},
        "first_better": float((each > 0).mean()),
        "second_better": float((each < 0).mean()),
        "equal": float((each == 0).mean()),
    }


def _claim(value: float, between: list[float] | None, photos: int) -> dict[str, Any]:
    """Return a difference with its interval; None where a class does not occur."""
    excludes = between is not None and (between[0] > 0 or between[1] < 0)
    return {
        "difference": None if math.isnan(value) else value,
        "interval": between,
        "excludes_zero": excludes,
        "told_apart": excludes and photos >= LEAST_PHOTOS,
    }


def most_different(scores: list[Scores], count: int) -> list[str]:
    """Return the ids of at most `count` photos on which the networks
    differ most, taking turns over pairs and directions.
    """
    ids = [p.id for p in scores[0].photos]
    mious = np.array([s.photo_mious() for s in scores])  # networks,N
    queues = []
    for first in range(len(scores)):
        for second in range(len(scores)):
            apart = mious[first] - mious[second]
            queues.append([int(k) for k in np.argsort(-apart, kind="stable") if apart[k] > 0])
    chosen: dict[int, None] = {}
    while len(chosen) < count and any(queues):
        for queue in queues:
            while queue and queue[0] in chosen:
                queue.pop(0)
            if queue and len(chosen) < count:
                chosen[queue.pop(0)] = None
    return [ids[k] for k in chosen]
