"""A network as a file calls it that takes signals beside the photo: two inputs, joined inside."""

from __future__ import annotations

import torch
from torch import nn

from export._deploy import Deployed
from pocketseg.core.types import ModelSpec, OutputKind


class DeployedWithSignals(Deployed):
    """Takes the photo as Deployed does, and signals in the same layout, N,H,W,C or N,C,H,W, 0 to 1, as they are."""

    def forward(self, image: torch.Tensor, signals: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        """Normalise the photo, join both, run, and return what `output` says."""
        photo = self.normalised(image)
        more = signals.permute(0, 3, 1, 2) if self.channels_last else signals
        return self.answered(torch.cat((photo, more), 1))


def deployed_with_signals(network: nn.Module, spec: ModelSpec, output: OutputKind, layout: str) -> DeployedWithSignals:
    """Return a copy of a widened network in eval mode, wrapped for a target; layout is NCHW or NHWC."""
    return DeployedWithSignals(network, spec, output, layout, torch.uint8).eval()
