"""The whole loss of a step: classes, finer labels, stored soft labels, and teachers that run beside the student."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.training.distil import Guide, guided
from pocketseg.training.fine_head import fine_loss, nearest
from pocketseg.training.losses import loss_of, of_all, pixel_weights
from pocketseg.training.recipe import TrainingRecipe
from pocketseg.training.signal_arrays import PlacedSignals
from pocketseg.training.signal_heads import signal_loss
from pocketseg.training.teacher import resized, teacher_loss

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def objective(
    outputs: Any,
    images: Tensor,
    masks: Tensor,
    soft: Tensor | None,
    recipe: TrainingRecipe,
    guides: Sequence[Guide],
    fabric: Fabric,
    signals: PlacedSignals | None = None,
) -> Tensor:
    """Return this process's part of the loss.

    Args:
        outputs: of the network in training, with those of its finer head, signal heads and adapters where it has them.
        images: N,3,H,W of 0..255, augmented.
        masks: N,1,H,W classes, or N,2,H,W with the finer labels second.
        soft: N,C,h,w stored soft labels.
        signals: those of the crops, where heads learn to predict them.
    """
    adapted: Sequence[Tensor] = ()
    if guides and recipe.distil_feature > 0:
        outputs, adapted = outputs
    labels = masks[:, 0]
    loss = torch.zeros((), device=images.device)
    if signals is not None:
        outputs, said_signals = outputs
        loss = loss + recipe.target_weight * signal_loss(said_signals, signals, fabric)
    if masks.shape[1] > 1:
        outputs, fine = outputs
        finer = nearest(masks[:, 1], fine.shape[-2:])
        loss = loss + recipe.fine_weight * of_all(fine_loss(fine, finer), finer != IGNORE_INDEX, fabric)
    loss = loss + of_all(loss_of(outputs, labels, recipe), pixel_weights(labels, recipe), fabric)
    if soft is not None:
        tensors = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
        targets = resized(soft, tensors[0].shape[-2:])
        for weight, logits in zip(recipe.output_weights, tensors, strict=False):
            said = of_all(teacher_loss(logits, targets), targets.sum(1), fabric)
            loss = loss + recipe.teacher_weight * weight * said
    if guides:
        loss = loss + guided(guides, images, outputs, adapted, recipe, fabric)
    return loss
