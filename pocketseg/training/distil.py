"""Teachers that run beside the student at every step, on the same crops; the student learns to follow them.

Unlike the stored soft labels of `teacher.py`, this makes the teachers' logits and features available.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

import models
from pocketseg.core.types import ModelSpec
from pocketseg.inference import normalise
from pocketseg.training.fake_quant import FakeQuantized
from pocketseg.training.fine_head import FineHead, LastFeatures
from pocketseg.training.losses import of_all
from pocketseg.training.signal_heads import SignalHeads
from pocketseg.training.teacher import resized

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from pocketseg.training.recipe import TrainingRecipe

_MULTIPLE_PX = 32  # what every network takes


def logit_loss(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Return the mean over pixels of KL(teacher, student) over the classes at a temperature T, times T squared.

    Both are N,C,H,W. Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", arXiv:1503.02531, section
    2.
    """
    said = (teacher.float() / temperature).log_softmax(1)
    own = (student.float() / temperature).log_softmax(1)
    return (said.exp() * (said - own)).sum(1).mean() * temperature**2


def channel_loss(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Return the mean over photos and channels of KL(teacher, student)
    over the positions of a channel, times T squared.

    Both are N,C,H,W. Shu et al., "Channel-wise Knowledge Distillation for Dense Prediction", ICCV 2021, equations 3 and
    4.
    """
    said = (teacher.float().flatten(2) / temperature).log_softmax(2)
    own = (student.float().flatten(2) / temperature).log_softmax(2)
    return (said.exp() * (said - own)).sum(2).mean() * temperature**2


def feature_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Return the mean squared distance of two feature maps N,C,H,W, each channel standardised over its positions.

    Romero et al., "FitNets", arXiv:1412.6550, equation 3. Channels are standardised because the scale of features
    differs from network to network.
    """
    return (_standard(student) - _standard(teacher)).square().mean()


def _standard(features: Tensor) -> Tensor:
    flat = features.float()
    mean = flat.mean((2, 3), keepdim=True)
    deviation = flat.var((2, 3), keepdim=True, unbiased=False).add(1e-6).sqrt()
    return (flat - mean) / deviation


class Adapted(nn.Module):
    """A student with a 1x1 adapter for each teacher over its last feature map; returns (its outputs, adapted features).

    The adapters are dropped before anything is saved: `unwrapped` returns the student.
    """

    def __init__(self, network: nn.Module, name: str, widths: Sequence[int]) -> None:
        super().__init__()
        self.network = network
        self.features = LastFeatures(unwrapped(network), name)
        self.adapters = nn.ModuleList(nn.Conv2d(self.features.width, width, 1) for width in widths)

    def forward(self, x: Tensor) -> tuple[Any, list[Tensor]]:
        outputs = self.network(x)
        features = self.features.take()
        return outputs, [adapter(features) for adapter in self.adapters]


def unwrapped(network: nn.Module) -> nn.Module:
    """Return the network that is saved, without adapters, heads and fake quantization."""
    network = scored(network)
    return network.network if isinstance(network, FakeQuantized) else network


def scored(network: nn.Module) -> nn.Module:
    """Return the network that is validated: without adapters and heads, but
    with fake quantization where training uses it.
    """
    while isinstance(network, Adapted | FineHead | SignalHeads):
        network = network.network
    return network


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A teacher's answer for a batch: logits N,C,h,w and its last feature map N,F,h',w'."""

    logits: Tensor
    features: Tensor


class Guide:
    """One teacher, frozen, on the training device.

    scale: its input size divided by the student's, height and width.
    """

    def __init__(self, teacher: models.Loaded, spec: ModelSpec, device: torch.device) -> None:
        self.spec = teacher.spec
        self.scale = (teacher.spec.height_px / spec.height_px, teacher.spec.width_px / spec.width_px)
        self._network = teacher.module.to(device).eval().requires_grad_(False)
        self._features = LastFeatures(self._network, teacher.spec.name)
        self.width = self._features.width

    def ask(self, images: Tensor) -> Said:
        """Return the teacher's answer for photos N,3,H,W of 0..255, at its own input size."""
        size = [
            max(_MULTIPLE_PX, round(n * s / _MULTIPLE_PX) * _MULTIPLE_PX)
            for n, s in zip(images.shape[-2:], self.scale, strict=True)
        ]
        if size != list(images.shape[-2:]):
            images = functional.interpolate(images, size=size, mode="bilinear", align_corners=False)
        with torch.no_grad():
            logits = self._network(normalise(images, self.spec).contiguous(memory_format=torch.channels_last))
        return Said(logits=logits, features=self._features.take())


def guided(
    guides: Sequence[Guide],
    images: Tensor,
    outputs: Any,
    adapted: Sequence[Tensor],
    recipe: TrainingRecipe,
    fabric: Fabric,
) -> Tensor:
    """Return the recipe's distillation losses, averaged over the teachers.

    images: photos N,3,H,W of 0..255. All outputs of deep supervision follow the teacher, with the weights they have in
    the loss. Ignored pixels and unlabelled photos count like any other.
    """
    tensors = outputs if isinstance(outputs, (tuple, list)) else (outputs,)
    total = torch.zeros((), device=images.device)
    for number, guide in enumerate(guides):
        said = guide.ask(images)
        for weight, logits in zip(recipe.output_weights, tensors, strict=False):
            target = resized(said.logits.float(), logits.shape[-2:])
            if recipe.distil_logit > 0:
                total = total + weight * recipe.distil_logit * logit_loss(logits, target, recipe.temperature)
            if recipe.distil_channel > 0:
                total = total + weight * recipe.distil_channel * channel_loss(logits, target, recipe.temperature)
        if recipe.distil_feature > 0:
            own = adapted[number]
            total = total + recipe.distil_feature * feature_loss(own, resized(said.features.float(), own.shape[-2:]))
    photos = torch.ones(len(images), device=images.device)
    return of_all(total / len(guides), photos, fabric)
