"""Augmentation of a whole batch at once: zoom, shift, mirroring and colour, decided by one seed for each step."""

from __future__ import annotations

import torch
from torch.nn import functional

from pocketseg.core.classes import IGNORE_INDEX


def augment(
    images: torch.Tensor,
    masks: torch.Tensor,
    soft: torch.Tensor | None = None,
    *,
    height_px: int,
    width_px: int,
    scale: tuple[float, float],
    flip: float,
    color: float,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """Return augmented crops of a batch: photos as N,3,height,width floats of 0 to 255, masks as N,K,height,width.

    Pixels that the zoom brings in from outside the photo are grey, and labelled 255 (ignored).

    Args:
        images: N,h,w,3 uint8.
        masks: N,K,h,w uint8.
        soft: N,C,h,w uint8 probabilities, returned as N,C,height/2,width/2 floats of 0 to 1, 0 outside the photo.
    """
    placed = placements(images.shape[0], scale, flip, generator)
    return moved(images, masks, soft, placed, height_px=height_px, width_px=width_px, color=color, generator=generator)


def placements(count: int, scale: tuple[float, float], flip: float, generator: torch.Generator) -> torch.Tensor:
    """Draw where each photo's crop lies: N,2,3 affine matrices from crop to photo coordinates, both from -1 to 1."""
    zoom = torch.empty(count).uniform_(*scale, generator=generator)
    shift = torch.empty(count, 2).uniform_(-1, 1, generator=generator) * (1 - 1 / zoom).abs()[:, None]
    mirror = torch.where(torch.rand(count, generator=generator) < flip, -1.0, 1.0)
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0] = mirror / zoom
    theta[:, 1, 1] = 1 / zoom
    theta[:, :, 2] = shift
    return theta


def moved(
    images: torch.Tensor,
    masks: torch.Tensor,
    soft: torch.Tensor | None,
    theta: torch.Tensor,
    *,
    height_px: int,
    width_px: int,
    color: float,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """Return what `augment` returns, for crops that are already drawn.

    Works in place wherever it can: most of its time is memory that is touched for the first time.
    """
    count = images.shape[0]
    grid = functional.affine_grid(theta, [count, 3, height_px, width_px], align_corners=False)
    floats = images.permute(0, 3, 1, 2).float().sub_(127.5)
    out = functional.grid_sample(floats, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    labels = functional.grid_sample(
        masks.float().sub_(IGNORE_INDEX), grid, mode="nearest", padding_mode="zeros", align_corners=False
    )
    targets = None
    if soft is not None:
        half = functional.affine_grid(theta, [count, 1, height_px // 2, width_px // 2], align_corners=False)
        targets = functional.grid_sample(soft.float() / 255, half, padding_mode="zeros", align_corners=False)
    return _recolor(out, color, generator).add_(127.5), labels.add_(IGNORE_INDEX).long(), targets


def _recolor(images: torch.Tensor, color: float, generator: torch.Generator) -> torch.Tensor:
    """Change brightness, contrast and saturation of centred images, N,3,H,W, in place, each photo by itself."""
    if color <= 0:
        return images

    def draw() -> torch.Tensor:
        return torch.empty(images.shape[0], 1, 1, 1).uniform_(-color, color, generator=generator)

    grey = images.mean(1, keepdim=True)
    images.sub_(grey).mul_(1 + draw()).add_(grey)
    center = images.mean((1, 2, 3), keepdim=True)
    images.sub_(center).mul_(1 + draw()).add_(center).add_(127.5 * draw() * 0.6)
    return images.clamp_(-127.5, 127.5)
