"""Sparse networks in training: weights that are 0 stay 0."""

from __future__ import annotations

import torch
from torch import nn

from pocketseg.training.distil import unwrapped


def zero_places(network: nn.Module) -> dict[str, torch.Tensor]:
    """Return where the weights of convolutions are 0, by parameter name; only for those that have zeros."""
    found = {f"{n}.weight": m.weight.detach() == 0 for n, m in network.named_modules() if isinstance(m, nn.Conv2d)}
    return {name: places for name, places in found.items() if bool(places.any())}


def within(network: nn.Module, zeros: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the zeros under the parameter names of the network in training, wrapped or not."""
    depth = 0
    while network is not unwrapped(network):
        network, depth = network.get_submodule("network"), depth + 1
    return {"network." * depth + name: places for name, places in zeros.items()}
