"""Heads that learn to predict signals from a network's last feature map; dropped before anything is saved.

A joint is a choice among the map's positions: its loss is KL(spot, softmax over positions), over joints that lie in the
crop. The silhouette's loss is binary cross-entropy at each position, the dense pose's is cross-entropy over 24 parts
and none. What is not known of a photo is left out of the loss: nobody found, a joint not found, or outside the crop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from pocketseg.data.signals.channels import TARGETS
from pocketseg.training.fake_quant import FakeQuantized
from pocketseg.training.fine_head import FineHead, LastFeatures, nearest
from pocketseg.training.losses import of_all
from pocketseg.training.signal_arrays import DENSE_POSE, PlacedSignals
from pocketseg.training.signal_maps import spots

if TYPE_CHECKING:
    from lightning_fabric import Fabric

SPREAD_CELLS = 1.0  # deviation of a joint's spot on the feature map


class SignalHeads(nn.Module):
    """A network with 1x1 convolutions over its last feature map; returns
    (its outputs, N,channels,h,w of each target).
    """

    def __init__(self, network: nn.Module, name: str, targets: Sequence[str]) -> None:
        super().__init__()
        self.network = network
        inner = network
        while isinstance(inner, FineHead | FakeQuantized):
            inner = inner.network
        self.features = LastFeatures(inner, name)
        self.heads = nn.ModuleDict({t: nn.Conv2d(self.features.width, TARGETS[t], 1) for t in targets})
        for head in self.heads.values():
            nn.init.normal_(head.get_parameter("weight"), 0.0, 0.01)

    def forward(self, x: Tensor) -> tuple[Any, dict[str, Tensor]]:
        outputs = self.network(x)
        features = self.features.take()
        return outputs, {name: head(features) for name, head in self.heads.items()}


def signal_loss(said: dict[str, Tensor], wanted: PlacedSignals, fabric: Fabric) -> Tensor:
    """Return this process's part of the sum of all heads' losses."""
    total = torch.zeros((), device=wanted.points.device)
    if "keypoints" in said:
        loss, counted = keypoint_loss(said["keypoints"], wanted.points)
        total = total + of_all(loss, counted, fabric)
    if "silhouette" in said:
        loss = silhouette_loss(said["silhouette"], wanted.persons, wanted.found)
        total = total + of_all(loss, wanted.found, fabric)
    if DENSE_POSE in said and wanted.parts is not None and wanted.dense is not None:
        loss = dense_loss(said[DENSE_POSE], wanted.parts, wanted.dense)
        total = total + of_all(loss, wanted.dense, fabric)
    return total


def keypoint_loss(logits: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean loss over the joints inside the crop, and a mask N,J of those joints.

    logits: N,J,h,w. points: N,J,2 as shares of the crop.
    """
    counted = ((points >= 0) & (points < 1)).all(-1)  # NaN is neither
    if not bool(counted.any()):
        return logits.float().sum() * 0, counted
    height, width = logits.shape[-2:]
    wanted = spots(points, height, width, SPREAD_CELLS).flatten(2)[counted]
    wanted = wanted / wanted.sum(1, keepdim=True)
    said = logits.float().flatten(2)[counted].log_softmax(1)
    return functional.kl_div(said, wanted, reduction="batchmean"), counted


def silhouette_loss(logits: Tensor, persons: Tensor, found: Tensor) -> Tensor:
    """Return the mean over the positions of the photos that have a silhouette. logits: N,1,h,w. persons: N,1,H,W."""
    if not bool(found.any()):
        return logits.float().sum() * 0
    wanted = functional.interpolate(persons[found], logits.shape[-2:], mode="area")
    return functional.binary_cross_entropy_with_logits(logits[found].float(), wanted)


def dense_loss(logits: Tensor, parts: Tensor, dense: Tensor) -> Tensor:
    """Return the mean over the positions of the photos that have a dense pose. logits: N,25,h,w. parts: N,H,W."""
    if not bool(dense.any()):
        return logits.float().sum() * 0
    return functional.cross_entropy(logits[dense].float(), nearest(parts[dense], logits.shape[-2:]))
