"""A head for the data's own, finer labels: extra supervision in training, dropped before anything is saved.

A network that must tell 59 kinds of garment apart learns features that four classes alone do not call for (auxiliary
targets: Caruana, "Multitask Learning", Machine Learning 28, 1997).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

import models
from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.training.fake_quant import FakeQuantized


class LastFeatures:
    """Captures the last feature map of a network, N,F,h,w, whenever it runs. width: its channels F."""

    def __init__(self, network: nn.Module, name: str) -> None:
        listened = network.get_submodule(models.classifier(name))
        self.width = int(listened.in_channels)  # type: ignore[arg-type]
        self._heard: Tensor | None = None
        listened.register_forward_pre_hook(self._listen)

    def _listen(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        self._heard = inputs[0]

    def take(self) -> Tensor:
        """Return the feature map captured last, and let go of it."""
        heard, self._heard = self._heard, None
        assert heard is not None
        return heard


class FineHead(nn.Module):
    """A network with a 1x1 convolution over its last feature map; returns (its outputs, N,labels,h,w logits)."""

    def __init__(self, network: nn.Module, name: str, label_count: int) -> None:
        super().__init__()
        self.network = network
        inner = network.network if isinstance(network, FakeQuantized) else network
        self.features = LastFeatures(inner, name)
        self.fine = nn.Conv2d(self.features.width, label_count, 1)
        nn.init.normal_(self.fine.weight, 0.0, 0.01)

    def forward(self, x: Tensor) -> tuple[Any, Tensor]:
        outputs = self.network(x)
        return outputs, self.fine(self.features.take())


def nearest(labels: Tensor, size: torch.Size) -> Tensor:
    """Return labels N,H,W at a feature map's size N,h,w, by nearest neighbour."""
    return functional.interpolate(labels[:, None].float(), size=size, mode="nearest")[:, 0].long()


def fine_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the cross-entropy at the feature map's size. logits: N,L,h,w. labels: N,h,w; 255 is ignored."""
    if not bool((labels != IGNORE_INDEX).any()):
        return logits.float().sum() * 0
    return functional.cross_entropy(logits.float(), labels, ignore_index=IGNORE_INDEX)
