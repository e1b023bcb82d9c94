"""Photos as they are kept, and their augmentation."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from _training import Data
from torch import nn
from torch.nn import functional

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.data.photos import open_photos
from pocketseg.training.arrays import MARGIN, load_arrays
from pocketseg.training.augment import augment, moved, placements


def test_photos_are_kept_a_little_larger_than_the_input_with_masks_of_class_indices(data: Data) -> None:
    arrays = load_arrays(open_photos(data.spec), data.split.ids("train"), 64, 32)
    assert arrays.images.shape == (5, round(64 * MARGIN), round(32 * MARGIN), 3)
    assert arrays.masks[:, 0].shape == arrays.images.shape[:3] and set(arrays.masks.unique().tolist()) <= {0, 1, 2, 3}


def _coded(count: int = 6, size: int = 96) -> tuple[torch.Tensor, torch.Tensor]:
    """Photos whose grey says the class: 20, 80, 140, 200, in blocks."""
    blocks = torch.randint(0, 4, (count, size // 16, size // 16), generator=torch.Generator().manual_seed(5))
    masks = blocks.repeat_interleave(16, 1).repeat_interleave(16, 2).to(torch.uint8)
    return (masks * 60 + 20)[..., None].expand(-1, -1, -1, 3).contiguous(), masks


def _augmented(**changes: Any) -> tuple[torch.Tensor, torch.Tensor]:
    options: dict[str, Any] = {"height_px": 80, "width_px": 64, "scale": (0.5, 2.0), "flip": 0.5, "color": 0.0}
    images, masks = _coded()
    seed = changes.pop("seed", 1)
    generator = torch.Generator().manual_seed(seed)
    moved, labels, _ = augment(images, masks[:, None], **{**options, **changes}, generator=generator)
    return moved, labels[:, 0]


@pytest.mark.parametrize("seed", range(4))
def test_photo_and_mask_are_moved_alike(seed: int) -> None:
    images, labels = _augmented(seed=seed)
    assert images.shape == (6, 3, 80, 64) and labels.shape == (6, 80, 64)
    grey = images[:, 0]
    flat = ((grey - 20) % 60 < 1e-2) | ((grey - 20) % 60 > 60 - 1e-2)  # away from the blocks' edges
    inside = flat & (labels != IGNORE_INDEX)
    assert inside.float().mean() > 0.3
    assert torch.equal(((grey[inside] - 20) / 60).round().long(), labels[inside])
    assert set(labels.unique().tolist()) <= {0, 1, 2, 3, IGNORE_INDEX}


def test_what_lies_outside_the_photo_is_grey_and_ignored() -> None:
    images, labels = _augmented(scale=(0.5, 0.5), height_px=96, width_px=96)
    outside = labels == IGNORE_INDEX
    assert outside.flatten(1).float().mean(1).sub(0.75).abs().max() < 0.02, "half as high and wide: a quarter is photo"
    deep = nn.MaxPool2d(5, 1, 2)((~outside).float()[:, None])[:, 0] == 0  # two pixels from the photo
    assert deep.any() and (images.permute(0, 2, 3, 1)[deep] - 127.5).abs().max() < 1e-3


def test_zooming_in_never_leaves_the_photo() -> None:
    assert (_augmented(scale=(1.0, 2.0))[1] != IGNORE_INDEX).all()


def test_a_mirrored_batch_is_the_batch_mirrored() -> None:
    images, masks = _coded()
    same = {"scale": (1.0, 1.0), "height_px": 96, "width_px": 96}
    for flip, wanted in ((0.0, lambda t: t), (1.0, lambda t: t.flip(-1))):
        got, labels = _augmented(flip=flip, **same)
        assert torch.equal(labels, wanted(masks.long()))
        assert torch.allclose(got, wanted(images.permute(0, 3, 1, 2).float()), atol=0.1)


def test_colour_changes_leave_masks_alone_and_stay_in_range() -> None:
    plain, labels = _augmented()
    colored, same = _augmented(color=0.9)
    assert torch.equal(labels, same) and not torch.allclose(plain, colored, atol=1)
    assert colored.min() >= 0 and colored.max() <= 255


@pytest.mark.parametrize("color", [0.0, 0.5])
def test_augmentation_is_its_formulas_to_the_last_bit_and_leaves_the_photos_as_they_were(color: float) -> None:
    images = torch.randint(0, 256, (3, 77, 46, 3), generator=torch.Generator().manual_seed(2)).to(torch.uint8)
    masks = torch.randint(0, 4, (3, 2, 77, 46), generator=torch.Generator().manual_seed(3)).to(torch.uint8)
    kept = images.clone(), masks.clone()
    theta = placements(3, (0.5, 2.0), 0.5, torch.Generator().manual_seed(1))
    drawing, generator = torch.Generator().manual_seed(6), torch.Generator().manual_seed(6)

    def draw() -> torch.Tensor:
        return torch.empty(3, 1, 1, 1).uniform_(-color, color, generator=drawing)

    grid = functional.affine_grid(theta, [3, 3, 64, 32], align_corners=False)
    want = functional.grid_sample(images.permute(0, 3, 1, 2).float() - 127.5, grid, align_corners=False)
    if color:
        grey = want.mean(1, keepdim=True)
        want = grey + (want - grey) * (1 + draw())
        center = want.mean((1, 2, 3), keepdim=True)
        want = center + (want - center) * (1 + draw()) + 127.5 * draw() * 0.6
        want = want.clamp(-127.5, 127.5)
    labels = functional.grid_sample(masks.float() - IGNORE_INDEX, grid, mode="nearest", align_corners=False)
    got = moved(images, masks, None, theta, height_px=64, width_px=32, color=color, generator=generator)
    assert torch.equal(got[0], want + 127.5) and torch.equal(got[1], (labels + IGNORE_INDEX).long())
    assert torch.equal(images, kept[0]) and torch.equal(masks, kept[1])


def test_augmentation_is_decided_by_its_seed() -> None:
    assert torch.equal(_augmented(color=0.4)[0], _augmented(color=0.4)[0])
    assert not torch.equal(_augmented()[0], _augmented(seed=2)[0])
