"""Rebuilds a network with fewer channels: pruning leaves the same network, only narrower.

A file of a pruned network holds only its tensors; their shapes say how many channels each convolution and batch norm
has. A family's module may hold settle(module), which adapts numbers that its forward pass reads (heads, splits), and
without(module, entries), which removes whole branches that the file has no entries for.
"""

from __future__ import annotations

import copy
import importlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

import models
from models._checkpoints import read_metadata, read_state_dict
from models._more_inputs import input_channels
from pocketseg.core.errors import CheckpointError


def narrow_to(module: nn.Module, name: str, state: Mapping[str, Tensor]) -> nn.Module:
    """Give every convolution and batch norm of `module` the channels that `state` has for it, in place.

    The weights are not copied. Raises CheckpointError where the shapes cannot be those of a narrower `name`.
    """
    family = _family(name)
    if hasattr(family, "without"):
        family.without(module, state.keys())
    for path, part in module.named_modules():
        weight = state.get(f"{path}.weight")
        if weight is None:
            continue
        if isinstance(part, nn.Conv2d):
            if weight.ndim != 4 or weight.shape[2:] != part.weight.shape[2:]:
                raise _unfit(path, weight)
            _narrow_conv(part, path, weight)
        elif isinstance(part, nn.BatchNorm2d):
            if weight.ndim != 1 or not 0 < len(weight) <= part.num_features:
                raise _unfit(path, weight)
            _narrow_norm(part, len(weight))
    settle(module, name)
    _fits(module, name)
    return module


def _fits(module: nn.Module, name: str) -> None:
    """Run a copy without numbers: each layer may be valid by itself and yet not fit the output of the one before."""
    shell = copy.deepcopy(module).to("meta").eval()
    try:
        shell(torch.empty(1, input_channels(shell), 64, 64, device="meta"))
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"the layers of this narrower {name} do not fit together: {reason}", hint="save the pruned network again"
        ) from error


def narrow_like(module: nn.Module, name: str, path: Path) -> None:
    """Narrow a new network to the channels of a pruned network's file, in place; other files leave it unchanged."""
    metadata = read_metadata(path)
    if metadata.get("network") == name and metadata.get("narrow") == "true":
        narrow_to(module, name, read_state_dict(path))


def settle(module: nn.Module, name: str) -> None:
    """Adapt what the forward pass reads besides weights to their shapes, in place."""
    family = _family(name)
    if hasattr(family, "settle"):
        family.settle(module)


def _family(name: str) -> ModuleType:
    return importlib.import_module(f"models.{models.family(name)}")


def _narrow_conv(conv: nn.Conv2d, path: str, weight: Tensor) -> None:
    outputs, per_group = int(weight.shape[0]), int(weight.shape[1])
    depthwise = conv.groups > 1
    if depthwise and (per_group != 1 or conv.groups != conv.in_channels):
        raise _unfit(path, weight)
    inputs = outputs if depthwise else per_group
    if not (0 < outputs <= conv.out_channels and 0 < inputs <= conv.in_channels):
        raise _unfit(path, weight)
    conv.out_channels, conv.in_channels, conv.groups = outputs, inputs, outputs if depthwise else 1
    conv.weight = nn.Parameter(torch.empty_like(weight, dtype=conv.weight.dtype))
    if conv.bias is not None:
        conv.bias = nn.Parameter(torch.empty(outputs, dtype=conv.weight.dtype))


def _narrow_norm(norm: nn.BatchNorm2d, features: int) -> None:
    norm.num_features = features
    for name in ("weight", "bias"):
        setattr(norm, name, nn.Parameter(getattr(norm, name).detach()[:features].clone()))
    for name in ("running_mean", "running_var"):
        norm.register_buffer(name, getattr(norm, name)[:features].clone())


def _unfit(path: str, weight: Tensor) -> CheckpointError:
    return CheckpointError(
        f"{path} of shape {'x'.join(map(str, weight.shape))} is not that of a narrower network",
        hint="save the pruned network again",
    )
