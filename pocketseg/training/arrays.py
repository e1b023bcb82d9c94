"""Training photos in memory, at a little over the input size, so that a step never waits for decoding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.core.errors import DataError
from pocketseg.data.photos import PhotoSet, Pixels, read_image, read_pair
from pocketseg.inference import model_input
from pocketseg.training.signal_arrays import SignalArrays

MARGIN = 1.2  # stored size over input size: zooming in still finds detail


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoArrays:
    """Training photos with their labels.

    images: N,h,w,3 uint8. masks: N,1,h,w uint8 classes, or N,2,h,w with the data's own labels second. Only the first
    `labelled` photos have masks; those of the others are ignored throughout. soft: N,C,h/2,w/2 uint8, the teachers'
    probabilities; None without a teacher. signals: of the same photos; None where the recipe asks for none.
    """

    images: torch.Tensor
    masks: torch.Tensor
    labelled: int
    soft: torch.Tensor | None = None
    signals: SignalArrays | None = None


def load_arrays(
    photos: PhotoSet,
    ids: Sequence[str],
    height_px: int,
    width_px: int,
    *,
    with_labels: bool = False,
    unlabelled: Sequence[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PhotoArrays:
    """Return photos, masks and, if asked for, the data's own labels, shrunk and stacked.

    Masks and labels are resampled by nearest neighbour. Raises DataError where there is nothing to train on.
    """
    if not ids:
        raise DataError(f"no photos to train on in {photos.root}")
    height, width = round(height_px * MARGIN), round(width_px * MARGIN)

    blank = frozenset(unlabelled)
    everything = [*ids, *unlabelled]

    def one(photo_id: str) -> tuple[Pixels, Pixels]:
        if photo_id in blank:
            image = read_image(photos.image_path(photo_id))
            ignored = np.full((1 + with_labels, height, width), IGNORE_INDEX, np.uint8)
            return model_input(image, height, width), ignored
        image, mask = read_pair(photos, photo_id)
        maps = [mask, photos.labels(photo_id)] if with_labels else [mask]
        small = [Image.fromarray(m).resize((width, height), Image.Resampling.NEAREST) for m in maps]
        return model_input(image, height, width), np.stack([np.asarray(s) for s in small])

    images, masks = [], []
    with ThreadPoolExecutor(2) as pool:
        for done, (image, mask) in enumerate(pool.map(one, everything)):
            images.append(image)
            masks.append(mask)
            progress(done + 1, len(everything))
    return PhotoArrays(
        images=torch.from_numpy(np.stack(images)), masks=torch.from_numpy(np.stack(masks)), labelled=len(ids)
    )


def absent_classes(arrays: PhotoArrays, classes: Sequence[str]) -> list[str]:
    """Return a sentence for each class of which the training masks hold no pixel: it cannot be learnt."""
    counts = torch.bincount(arrays.masks[: arrays.labelled, 0].flatten(), minlength=256)
    return [
        f"no training photo has a pixel of {name}, so the network cannot learn it; see `pocketseg data check`"
        for index, name in enumerate(classes)
        if counts[index] == 0
    ]
