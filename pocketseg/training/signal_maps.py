"""Signals as pictures of 0 to 1: heat maps of joints, a drawn skeleton, silhouette, body parts. Where absent, 0.

So a network sees the same where a data set has no signal, where nobody was found, and where training drops it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from pocketseg.data.signals.dense_parts import PARTS
from pocketseg.data.signals.joints import JOINTS, LIMBS
from pocketseg.training.signal_arrays import DENSE_POSE, PlacedSignals

SPREAD = 0.015  # of the input's height: the deviation of a joint's spot and of a bone's profile
_COARSE = 2  # spots and bones are drawn at this part of the size, and enlarged: they are smooth


def input_maps(signals: PlacedSignals, names: Sequence[str], height_px: int, width_px: int) -> list[Tensor]:
    """Return each named signal as N,channels,height,width of 0 to 1."""
    drawn = {"keypoints": _spots, "skeleton": _bones}
    maps = []
    for name in names:
        if name == "silhouette":
            maps.append(signals.persons * signals.found[:, None, None, None])
            continue
        if name == DENSE_POSE:
            maps.append(_part_maps(signals, height_px, width_px))
            continue
        coarse = drawn[name](signals.points, height_px // _COARSE, width_px // _COARSE)
        maps.append(functional.interpolate(coarse, (height_px, width_px), mode="bilinear", align_corners=False))
    return maps


def joined(maps: Sequence[Tensor], kept: Tensor | None = None) -> Tensor:
    """Return maps as one tensor. kept: N,len(maps) of 0 and 1, which photos keep which signal; None: all."""
    if kept is not None:
        maps = [m * kept[:, place, None, None, None] for place, m in enumerate(maps)]
    return torch.cat(list(maps), 1)


def spots(points: Tensor, height: int, width: int, deviation: float) -> Tensor:
    """Return a Gaussian spot of height 1 at each point, N,J,height,width; 0 where a point is not found.

    points: N,J,2 shares. deviation: in cells.
    """
    places = _cells(points, height, width)
    rows, columns = _middle(height, points.device), _middle(width, points.device)
    across = torch.exp(-((columns - places[..., 0, None]) ** 2) / (2 * deviation**2))  # N,J,width
    down = torch.exp(-((rows - places[..., 1, None]) ** 2) / (2 * deviation**2))
    return (down[..., None] * across[..., None, :]).nan_to_num(0.0)


def _part_maps(signals: PlacedSignals, height_px: int, width_px: int) -> Tensor:
    """Return a channel for each body part, 1 where it is; N,24,height,width."""
    if signals.parts is None:
        return torch.zeros(len(signals.points), len(PARTS), height_px, width_px)
    numbers = torch.arange(1, 1 + len(PARTS), device=signals.parts.device)
    return (signals.parts[:, None] == numbers[:, None, None]).float()


def _spots(points: Tensor, height: int, width: int) -> Tensor:
    return spots(points, height, width, SPREAD * height)


def _bones(points: Tensor, height: int, width: int) -> Tensor:
    """Draw each limb's bones into a channel; a bone of which one end is not found is not there."""
    shoulders = (points[:, JOINTS.index("left_shoulder")] + points[:, JOINTS.index("right_shoulder")]) / 2
    places = _cells(torch.cat((points, shoulders[:, None]), 1), height, width)
    y, x = torch.meshgrid(_middle(height, points.device), _middle(width, points.device), indexing="ij")
    cells = torch.stack((x, y), -1)  # height,width,2
    drawn = []
    for bones in LIMBS.values():
        ends = places[:, [list(b) for b in bones]]  # N,B,2,2
        first, along = ends[:, :, 0, None, None], (ends[:, :, 1] - ends[:, :, 0])[:, :, None, None]
        away = cells - first  # N,B,height,width,2
        share = ((away * along).sum(-1) / (along**2).sum(-1).clamp(min=1e-6)).clamp(0, 1)
        distance = ((away - share[..., None] * along) ** 2).sum(-1)
        profile = torch.exp(-distance / (2 * (SPREAD * height) ** 2)).nan_to_num(0.0)
        drawn.append(profile.amax(1))
    return torch.stack(drawn, 1)


def _cells(points: Tensor, height: int, width: int) -> Tensor:
    return points * torch.tensor([width, height], device=points.device)


def _middle(count: int, device: torch.device) -> Tensor:
    return torch.arange(count, device=device) + 0.5
