"""Additional input channels for a network of any family: its first convolution is widened, and both inputs are joined
inside.

The new weights start at zero, so that at first the network computes what it did, whatever the new channels hold.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

PHOTO_CHANNELS = 3


def widen_input(network: nn.Module, channels: int) -> None:
    """Make a network take N,3+channels,H,W, in place. Raises ValueError where its first convolution is not a
    photo's."""
    first = next((m for m in network.modules() if isinstance(m, nn.Conv2d)), None)
    if first is None or first.in_channels != PHOTO_CHANNELS or first.groups != 1:
        raise ValueError("the network does not begin with a convolution over a photo's three channels")
    weight = first.weight
    more = torch.zeros(weight.shape[0], channels, *weight.shape[2:], dtype=weight.dtype, device=weight.device)
    first.weight = nn.Parameter(torch.cat((weight.detach(), more), 1))
    first.in_channels = PHOTO_CHANNELS + channels


class TwoInputs(nn.Module):
    """A widened network with the photo and the additional channels as two inputs, joined inside, as in a file."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, photo: Tensor, signals: Tensor) -> Tensor:
        out: Tensor = self.network(torch.cat((photo, signals), 1))
        return out
