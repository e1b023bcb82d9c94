"""Signals of the training photos in memory, and where a step's zoom, shift and mirroring take them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from pocketseg.data.signals.dense_parts import MIRRORED_PARTS
from pocketseg.data.signals.joints import JOINTS, MIRRORED
from pocketseg.data.signals.source import SignalSource

DENSE_POSE = "dense_pose"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalArrays:
    """Signals of photos.

    points: N,17,2 as shares of width and height, NaN where not found. persons: N,h,w uint8. found: N, whether a photo
    has a silhouette at all. parts: N,h,w uint8, those of the dense pose, 0 to 24; None where it was not read.
    """

    points: torch.Tensor
    persons: torch.Tensor
    found: torch.Tensor
    parts: torch.Tensor | None = None

    def of(self, places: torch.Tensor | slice) -> SignalArrays:
        """Return those of some photos."""
        return SignalArrays(
            points=self.points[places],
            persons=self.persons[places],
            found=self.found[places],
            parts=None if self.parts is None else self.parts[places],
        )

    def shown(self, signal: str) -> torch.Tensor:
        """Return N, whether a photo has anything of a signal."""
        if signal in ("keypoints", "skeleton"):
            return ~self.points.isnan().all(-1).all(-1)
        if signal == "silhouette":
            return self.found
        return _in_sight(self.parts, len(self.points))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedSignals:
    """The signals of a batch, moved to its crops.

    points: N,17,2 as shares of the crop, NaN where not found. persons: N,1,H,W of 0 to 1. found: N. parts: N,H,W of 0
    to 24. dense: N, whether the photo has a dense pose.
    """

    points: torch.Tensor
    persons: torch.Tensor
    found: torch.Tensor
    parts: torch.Tensor | None = None
    dense: torch.Tensor | None = None

    def of(self, places: slice, device: torch.device) -> PlacedSignals:
        """Return one process's share, on its device."""
        return PlacedSignals(
            points=self.points[places].to(device),
            persons=self.persons[places].to(device),
            found=self.found[places].to(device),
            parts=None if self.parts is None else self.parts[places].to(device),
            dense=None if self.dense is None else self.dense[places].to(device),
        )


def load_signals(
    source: SignalSource, ids: Sequence[str], height_px: int, width_px: int, names: Collection[str] = ()
) -> SignalArrays:
    """Return the signals of photos, silhouettes at a size in px. The masks are not read.

    names: dense pose, which takes as much memory as the photos' masks, is read only where it is among them.
    """
    points = np.stack([source.points(i) for i in ids]) if ids else np.zeros((0, len(JOINTS), 2), np.float32)
    persons = np.zeros((len(ids), height_px, width_px), np.uint8)
    found = np.zeros(len(ids), bool)
    for place, photo_id in enumerate(ids):
        if (person := source.person(photo_id)) is not None:
            small = Image.fromarray(person).resize((width_px, height_px), Image.Resampling.BILINEAR)
            persons[place], found[place] = np.asarray(small), True
    return SignalArrays(
        points=torch.from_numpy(points),
        persons=torch.from_numpy(persons),
        found=torch.from_numpy(found),
        parts=_load_parts(source, ids, height_px, width_px) if DENSE_POSE in names else None,
    )


def _load_parts(source: SignalSource, ids: Sequence[str], height_px: int, width_px: int) -> torch.Tensor:
    parts = np.zeros((len(ids), height_px, width_px), np.uint8)
    for place, photo_id in enumerate(ids):
        if (found := source.parts(photo_id)) is not None:
            parts[place] = np.asarray(Image.fromarray(found).resize((width_px, height_px), Image.Resampling.NEAREST))
    return torch.from_numpy(parts)


def _in_sight(parts: torch.Tensor | None, count: int) -> torch.Tensor:
    """Return N, whether a photo shows any part of a person."""
    return torch.zeros(count, dtype=torch.bool) if parts is None else (parts > 0).flatten(1).any(1)


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
    if arrays.parts is None:
        return PlacedSignals(points=moved, persons=persons, found=arrays.found)
    parts = functional.grid_sample(arrays.parts[:, None].float(), grid, mode="nearest", align_corners=False)
    numbers = parts[:, 0].long()
    numbers = torch.where(mirrored, torch.tensor(MIRRORED_PARTS)[numbers], numbers)
    dense = _in_sight(arrays.parts, len(numbers))
    return PlacedSignals(points=moved, persons=persons, found=arrays.found, parts=numbers, dense=dense)
