"""The losses over the classes, and how processes share them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.training.recipe import TrainingRecipe

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def loss_of(outputs: Any, labels: torch.Tensor, recipe: TrainingRecipe) -> torch.Tensor:
    """Return the cross-entropy of one logits tensor, or the weighted sum over the outputs of deep supervision."""
    tensors = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    if not bool((labels != IGNORE_INDEX).any()):  # a batch of ignored pixels teaches nothing
        return sum((t.float().sum() * 0 for t in tensors), start=torch.zeros((), device=labels.device))
    weights = torch.tensor(recipe.class_weights, device=labels.device) if recipe.class_weights else None
    total = torch.zeros((), device=labels.device)
    for weight, logits in zip(recipe.output_weights, tensors, strict=False):
        total = total + weight * functional.cross_entropy(logits.float(), labels, weights, ignore_index=IGNORE_INDEX)
        if recipe.dice_weight > 0:
            total = total + weight * recipe.dice_weight * dice_loss(logits, labels)
    return total


def dice_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return one minus the mean soft Dice of the classes in the batch (Milletari et al., "V-Net", 3DV 2016)."""
    counted = (labels != IGNORE_INDEX)[:, None]
    truth = functional.one_hot(labels.where(labels != IGNORE_INDEX, 0), logits.shape[1]).movedim(-1, 1) * counted
    chance = logits.float().softmax(1) * counted
    hit, both = (chance * truth).sum((0, 2, 3)), (chance + truth).sum((0, 2, 3))
    present = truth.sum((0, 2, 3)) > 0
    return 1 - (2 * hit[present] / both[present].clamp(min=1e-6)).mean()


def pixel_weights(labels: torch.Tensor, recipe: TrainingRecipe) -> torch.Tensor:
    """Return each pixel's weight in the loss: its class's weight, or 0 where it is ignored."""
    counted = labels != IGNORE_INDEX
    if not recipe.class_weights:
        return counted
    return torch.tensor(recipe.class_weights, device=labels.device)[labels.where(counted, 0)] * counted


def of_all(mean: torch.Tensor, weights: torch.Tensor, fabric: Fabric) -> torch.Tensor:
    """Turn a mean over this process's pixels into its part of the mean over all processes' pixels.

    Gradients are averaged over processes. Without this correction a process with few counted pixels would weigh as much
    as one with many.
    """
    if fabric.world_size == 1:
        return mean
    own = weights.float().sum()
    everything = fabric.all_reduce(own.clone(), reduce_op="sum")
    return mean * own * fabric.world_size / everything.clamp(min=1e-9)
