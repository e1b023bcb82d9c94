"""What a network costs, counted on the network itself: parameters, multiply-adds, zeros."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn

import models
from pocketseg.core.types import ModelSpec

COSTLY = 2e9  # multiply-adds per photo: for costlier networks, comparisons are made at half the size


def measured(network: nn.Module, spec: ModelSpec) -> dict[str, Any]:
    """Return parameters, multiply-adds for one photo, and the share of convolution weights that are 0 (0 to 1)."""
    weights = [m.weight for m in network.modules() if isinstance(m, nn.Conv2d)]
    zeros = sum(int((w == 0).sum()) for w in weights)
    return {
        "parameters": sum(p.numel() for p in network.parameters()),
        "multiply_adds": multiply_adds(network, spec),
        "sparsity": zeros / max(1, sum(w.numel() for w in weights)),
    }


def multiply_adds(network: nn.Module, spec: ModelSpec) -> int:
    """Return the multiply-adds of convolutions and matrix products in eval mode, for one photo at the input size."""
    from torch.utils.flop_counter import FlopCounterMode

    dry = copy.deepcopy(network).to("meta").eval()  # computes shapes only
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        dry(torch.empty(1, models.input_channels(dry), spec.height_px, spec.width_px, device="meta"))
    return int(counter.get_total_flops()) // 2


def half(size_px: int) -> int:
    """Return half a side of the input, rounded to a size that networks accept."""
    return max(64, size_px // 2 // 32 * 32)
