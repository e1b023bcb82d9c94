"""Channel groups found by tracing: torch-pruning's dependency graph (Fang et al., "DepGraph", CVPR 2023)."""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import nn

from compress._channels import Cut, Group


def groups(network: nn.Module, height_px: int, width_px: int, untouched: tuple[nn.Module, ...]) -> list[Group]:
    """Return the groups of every convolution's outputs, except those of modules whose outputs must stay.

    The network is traced at one photo's size in eval mode; a channel that several convolutions share is in one group.
    """
    import torch_pruning

    training = network.training
    network.eval()
    with torch.enable_grad():  # it follows autograd's graph
        graph = torch_pruning.DependencyGraph().build_dependency(network, torch.zeros(1, 3, height_px, width_px))
    names = {module: name for name, module in network.named_modules()}
    found, seen = [], set(untouched)
    for module in network.modules():
        if not isinstance(module, nn.Conv2d) or module in seen:
            continue
        traced = graph.get_pruning_group(
            module, torch_pruning.prune_conv_out_channels, list(range(module.out_channels))
        )
        members = {item.dep.target.module for item in traced if "out_channels" in item.dep.handler.__name__}
        if members & set(untouched):
            continue
        seen |= {m for m in members if isinstance(m, nn.Conv2d)}
        found.append(_group(names[module], module.out_channels, traced))
    network.train(training)
    return found


def _group(name: str, units: int, traced: object) -> Group:
    """Return torch-pruning's list of (dependency, indices) as cuts by unit."""
    places: dict[tuple[nn.Module, str], list[tuple[int, int]]] = defaultdict(list)
    for item in traced:  # type: ignore[attr-defined]
        module, handler = item.dep.target.module, item.dep.handler.__name__
        if not isinstance(module, nn.Conv2d | nn.BatchNorm2d):
            continue
        side = "in" if "in_channels" in handler and isinstance(module, nn.Conv2d) else "out"
        for root, channel in zip(item.root_idxs, item.idxs, strict=True):
            places[module, side].append((int(root), int(channel)))
    cuts = []
    for (module, side), pairs in places.items():
        by_unit: dict[int, set[int]] = defaultdict(set)
        for root, channel in pairs:
            by_unit[root].add(channel)
        cuts.append(
            Cut(module=module, side=side, channels=torch.tensor([sorted(by_unit[unit]) for unit in range(units)]))
        )
    return Group(name=name, units=units, cuts=tuple(cuts))
