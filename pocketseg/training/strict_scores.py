"""The score of a network on the strict subset of the test photos, from its scores photo by photo."""

from __future__ import annotations

from typing import Any

from pocketseg.data.split import Split
from pocketseg.data.strict import strict_ids
from pocketseg.training.scores import Scores

_KEPT = ("photos", "miou", "miou_interval", "iou")


def on_strict_subset(test: Scores, split: Split) -> dict[str, Any] | None:
    """Return photos, mIoU, its interval and each class's IoU over the strict subset; None where the split has none.

    test: of all the split's test photos.
    """
    kept = set(strict_ids(split))
    photos = tuple(p for p in test.photos if p.id in kept)
    if not photos:
        return None
    summary = Scores(classes=test.classes, photos=photos).summary("test", split.hash)
    return {key: summary[key] for key in _KEPT}
