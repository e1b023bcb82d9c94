"""From a photo to a network's input and from its scores back to the photo: one way, used everywhere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from pocketseg.data.photos import Pixels

Floats = npt.NDArray[np.float32]


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
    scores = functional.interpolate(scores, size=(height_px, width_px), mode="bilinear", align_corners=False)
    return scores[0].argmax(0).to(torch.uint8).numpy()
