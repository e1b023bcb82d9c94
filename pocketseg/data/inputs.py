"""From a photo to a network's input and from its scores back to the photo: one way, used everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from pocketseg.data.photos import Pixels

if TYPE_CHECKING:
    from torch import Tensor

Floats = npt.NDArray[np.float32]
MOST_SCORES_BYTES = 1 << 30  # of scores at a photo's size, held at once; larger photos are done in strips
_STRIP_BYTES = 32 << 20


def model_input(image: Pixels, height_px: int, width_px: int) -> Pixels:
    """Stretch an RGB photo (H,W,3 uint8) to the input size, bilinear with antialiasing; still 0..255."""
    if image.shape[:2] == (height_px, width_px):
        return image
    return np.asarray(Image.fromarray(image).resize((width_px, height_px), Image.Resampling.BILINEAR))


def class_map(output: npt.NDArray[np.generic], height_px: int, width_px: int) -> Pixels:
    """Give the class map at a photo's own size.

    output: C,H,W float scores, resized bilinearly before the argmax; or H,W integer classes, resized to the
    nearest.
    """
    import torch
    from torch.nn import functional

    if output.ndim == 2:
        if output.shape == (height_px, width_px):
            return output.astype(np.uint8)
        resized = Image.fromarray(output.astype(np.uint8)).resize((width_px, height_px), Image.Resampling.NEAREST)
        return np.asarray(resized)
    scores = torch.from_numpy(np.ascontiguousarray(output, dtype=np.float32))[None]
    if 4 * output.shape[0] * height_px * width_px > MOST_SCORES_BYTES:
        return _class_map_in_strips(scores[0], height_px, width_px)
    scores = functional.interpolate(scores, size=(height_px, width_px), mode="bilinear", align_corners=False)
    return scores[0].argmax(0).to(torch.uint8).numpy()


def _class_map_in_strips(scores: Tensor, height_px: int, width_px: int) -> Pixels:
    """Give the same class map from scores C,H,W, some rows at a time: the scores at the photo's size are never whole.

    Rows and columns are weighed as torch's bilinear kernel does, so that only ties of rounding may differ.
    """
    import torch

    left, right, from_right = _neighbours(scores.shape[2], width_px)
    wide = scores[:, :, left] * (1 - from_right) + scores[:, :, right] * from_right  # C,H,width_px
    above, below, from_below = _neighbours(scores.shape[1], height_px)
    found = np.empty((height_px, width_px), np.uint8)
    rows = max(1, _STRIP_BYTES // (4 * scores.shape[0] * width_px))
    for start in range(0, height_px, rows):
        strip = slice(start, start + rows)
        weight = from_below[strip, None]
        part = wide[:, above[strip]] * (1 - weight) + wide[:, below[strip]] * weight  # C,rows,width_px
        best, classes = part[0], torch.zeros(part.shape[1:], dtype=torch.uint8)
        for place in range(1, len(part)):  # far faster than an argmax over the first axis
            classes.masked_fill_(part[place] > best, place)
            best = torch.maximum(best, part[place])
        found[strip] = classes.numpy()
    return found


def _neighbours(count: int, wanted: int) -> tuple[Tensor, Tensor, Tensor]:
    """Give the two source places of each wanted one along an axis, and the share of the second, 0 to 1."""
    import torch

    scale = torch.tensor(count, dtype=torch.float32) / wanted
    place = (scale * (torch.arange(wanted, dtype=torch.float32) + 0.5) - 0.5).clamp(min=0)
    first = place.long().clamp(max=count - 1)
    return first, (first + 1).clamp(max=count - 1), place - first
