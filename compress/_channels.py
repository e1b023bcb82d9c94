"""Channels that must be cut together: an output of a convolution, with the inputs, norms and depthwise filters after
it.

For U2Net torch-pruning traces the network and finds the groups. TopFormer's concatenation, split and attention are
beyond its index arithmetic, so its groups are listed in `_topformer.py`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One side of one module, and which of its channels belong to each unit of the group, (units, per unit)."""

    module: nn.Module = field(repr=False)
    side: str  # out or in
    channels: Tensor = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Units that can be cut one by one: a channel, or a head's channels. `least`: how many must stay; 0: all may go."""

    name: str
    units: int
    cuts: tuple[Cut, ...]
    least: int = 4

    def importance(self) -> Tensor:
        """Return each unit's L2 norm over all weights that would go with it, relative to the group's mean, (units,)."""
        total = torch.zeros(self.units)
        for cut in self.cuts:
            squares = _squares(cut)
            if squares is not None:
                total += squares[cut.channels].sum(1)
        norm = total.sqrt()
        return norm / norm.mean().clamp(min=1e-12)


def rebound(group: Group, network: nn.Module, other: nn.Module) -> Group:
    """Return the same group for a copy of the network."""
    names = {module: name for name, module in network.named_modules()}
    cuts = tuple(dataclasses.replace(cut, module=other.get_submodule(names[cut.module])) for cut in group.cuts)
    return dataclasses.replace(group, cuts=cuts)


def keep(kept: Sequence[tuple[Group, Sequence[int]]]) -> None:
    """Cut all other units of these groups out of every module, in place and all at once.

    All at once, because groups that meet in a concatenation index the channels of the same convolution.
    """
    gone: dict[tuple[nn.Module, str], set[int]] = {}
    for group, units in kept:
        lost = sorted(set(range(group.units)) - set(units))
        for cut in group.cuts:
            depthwise = isinstance(cut.module, nn.Conv2d) and cut.module.groups > 1
            place = (cut.module, "out" if depthwise else cut.side)
            gone.setdefault(place, set()).update(cut.channels[lost].flatten().tolist())
    for (module, side), channels in gone.items():
        rest = [c for c in range(_count(module, side)) if c not in channels]
        _keep(module, side, torch.tensor(rest, dtype=torch.long))


def _count(module: nn.Module, side: str) -> int:
    if isinstance(module, nn.BatchNorm2d):
        return module.num_features
    assert isinstance(module, nn.Conv2d)
    return module.out_channels if side == "out" else module.in_channels


def _squares(cut: Cut) -> Tensor | None:
    """Return the summed squares of a module's weights by channel on one side; None for norms, whose scale says
    little."""
    if not isinstance(cut.module, nn.Conv2d):
        return None
    weight = cut.module.weight.detach().float().square()
    if cut.side == "out" or cut.module.groups > 1:
        return weight.sum((1, 2, 3))
    return weight.sum((0, 2, 3))


def _keep(module: nn.Module, side: str, channels: Tensor) -> None:
    if isinstance(module, nn.BatchNorm2d):
        module.num_features = len(channels)
        module.weight = nn.Parameter(module.weight.detach()[channels].clone())
        module.bias = nn.Parameter(module.bias.detach()[channels].clone())
        for name in ("running_mean", "running_var"):
            module.register_buffer(name, getattr(module, name)[channels].clone())
        return
    if not isinstance(module, nn.Conv2d):
        raise TypeError(f"{type(module).__name__} has no channels to cut")
    weight = module.weight.detach()
    if module.groups > 1:  # depthwise: inputs and outputs are the same channels
        module.groups = module.in_channels = module.out_channels = len(channels)
        module.weight = nn.Parameter(weight[channels].clone())
    elif side == "out":
        module.out_channels = len(channels)
        module.weight = nn.Parameter(weight[channels].clone())
    else:
        module.in_channels = len(channels)
        module.weight = nn.Parameter(weight[:, channels].clone())
    if module.bias is not None and (side == "out" or module.groups > 1):
        module.bias = nn.Parameter(module.bias.detach()[channels].clone())


def each(count: int, per_unit: int = 1, offset: int = 0) -> Tensor:
    """Return the channels of `count` consecutive units, (count, per_unit)."""
    return torch.arange(count * per_unit).reshape(count, per_unit) + offset
