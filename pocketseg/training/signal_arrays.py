"""Signals of the training photos in memory, and where a step's zoom, shift and mirroring take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from pocketseg.data.signals.joints import JOINTS, MIRRORED
from pocketseg.data.signals.source import SignalSource


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalArrays:
    """Signals of photos.

    points: N,17,2 as shares of width and height, NaN where not found. persons: N,h,w uint8. found: N, whether a photo
    has a silhouette at all.
    """

    points: torch.Tensor
    persons: torch.Tensor
    found: torch.Tensor

    def of(self, places: torch.Tensor | slice) -> SignalArrays:
        """Return those of some photos."""
        return SignalArrays(points=self.points[places], persons=self.persons[places], found=self.found[places])


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedSignals:
    """The signals of a batch, moved to its crops.

    points: N,17,2 as shares of the crop, NaN where not found. persons: N,1,H,W of 0 to 1. found: N.
    """

    points: torch.Tensor
    persons: torch.Tensor
    found: torch.Tensor

    def of(self, places: slice, device: torch.device) -> PlacedSignals:
        """Return one process's share, on its device."""
        return PlacedSignals(
            points=self.points[places].to(device),
            persons=self.persons[places].to(device),
            found=self.found[places].to(device),
        )


def load_signals(source: SignalSource, ids: Sequence[str], height_px: int, width_px: int) -> SignalArrays:
    """Return the signals of photos, silhouettes at a size in px. The masks are not read."""
    points = np.stack([source.points(i) for i in ids]) if ids else np.zeros((0, len(JOINTS), 2), np.float32)
    persons = np.zeros((len(ids), height_px, width_px), np.uint8)
    found = np.zeros(len(ids), bool)
    for place, photo_id in enumerate(ids):
        if (person := source.person(photo_id)) is not None:
            small = Image.fromarray(person).resize((width_px, height_px), Image.Resampling.BILINEAR)
            persons[place], found[place] = np.asarray(small), True
    return SignalArrays(
        points=torch.from_numpy(points), persons=torch.from_numpy(persons), found=torch.from_numpy(found)
    )


def unmoved(count: int) -> torch.Tensor:
    """Return the placements, N,2,3, that leave photos as they are."""
    return torch.eye(2, 3).expand(count, 2, 3)


def place_signals(arrays: SignalArrays, placements: torch.Tensor, height_px: int, width_px: int) -> PlacedSignals:
    """Move signals as augment.py moves their photos; where a photo is mirrored, left and right joints swap names.

    placements: N,2,3 affine matrices from crop to photo coordinates, both from -1 to 1.
    """
    zoom = torch.stack((placements[:, 0, 0], placements[:, 1, 1]), 1)[:, None]
    moved = ((2 * arrays.points - 1 - placements[:, None, :, 2]) / zoom + 1) / 2
    mirrored = (placements[:, 0, 0] < 0)[:, None, None]
    moved = torch.where(mirrored, moved[:, list(MIRRORED)], moved)
    grid = functional.affine_grid(placements, [len(moved), 1, height_px, width_px], align_corners=False)
    persons = functional.grid_sample(arrays.persons[:, None].float() / 255, grid, align_corners=False)
    return PlacedSignals(points=moved, persons=persons, found=arrays.found)
