"""Structured pruning: which channels to cut so that a share of the multiply-adds goes and the masks suffer least.

Each group of channels is tried alone: half of it is cut, and what the network then says of some training photos is
compared with what it said before. Groups that hurt less for the multiply-adds they save give more (sensitivity, Li et
al., arXiv:1608.08710, section 3.2); within a group the channels of the smallest norm go.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

import models
from compress._channels import Group, keep, rebound
from compress._multiply_adds import losses, multiply_adds, places
from pocketseg.core.errors import UsageError
from pocketseg.core.types import ModelSpec

_MOST = 0.8  # of a group: more leaves too little to learn with
_COSTLY = 2e9  # multiply-adds a photo
_TRIED = 0.5  # of a group, when its harm is measured
_LEAST_HARM = 1e-5  # nats: below it the measurement says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """What cutting half of one group does: mean Kullback-Leibler divergence over pixels, in nats."""

    group: str
    units: int
    divergence: float


def channel_groups(network: nn.Module, spec: ModelSpec) -> list[Group]:
    """List a network's groups of channels; the classifier's outputs are in none."""
    if models.family(spec.name) == "topformer":
        from compress import _topformer

        return _topformer.groups(network)
    from compress import _traced

    untouched = [
        m for n, m in network.named_modules() if n.startswith(("side", "outconv")) and isinstance(m, nn.Conv2d)
    ]
    return _traced.groups(network, 64, 64, tuple(untouched))


def harms(
    network: nn.Module,
    spec: ModelSpec,
    batch: Tensor,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Harm]:
    """Measure each group's harm on a batch of normalised photos, N,3,H,W; the network is left as it is.

    Costly networks are asked at half the size: what matters is which group hurts more.
    """
    network.eval()
    if multiply_adds(places(network, *batch.shape[-2:])) > _COSTLY:
        batch = functional.interpolate(batch, size=[_half(n) for n in batch.shape[-2:]], mode="area")
    groups = channel_groups(network, spec)
    with torch.no_grad():
        before = network(batch).log_softmax(1)
        found = []
        for number, original in enumerate(groups):
            tried = copy.deepcopy(network)
            group = rebound(original, network, tried)
            units = max(group.least, round(group.units * (1 - _TRIED)))
            keep([(group, _strongest(group, units))])
            models.settle(tried, spec.name)
            after = tried(batch).log_softmax(1)
            divergence = float((before.exp() * (before - after)).sum(1).mean())
            found.append(Harm(group=group.name, units=group.units, divergence=max(0.0, divergence)))
            progress(number + 1, len(groups))
    return found


def allocate(
    network: nn.Module, spec: ModelSpec, found: Sequence[Harm], share: float, whole: int
) -> list[tuple[Group, list[int]]]:
    """Choose what each group keeps so that all but `1 - share` of `whole` multiply-adds goes. Raises UsageError."""
    groups = channel_groups(network, spec)
    pixels = places(network, spec.height_px, spec.width_px)
    worth = [_worth(group, harm, pixels) for group, harm in zip(groups, found, strict=True)]

    def kept(level: float) -> list[int]:
        return [_even(g, g.units * (1 - min(_MOST, level * w))) for g, w in zip(groups, worth, strict=True)]

    def left(level: float) -> float:
        return multiply_adds(pixels, losses(groups, kept(level))) / whole

    low, high = 0.0, _MOST / min(worth)
    if left(high) > 1 - share:
        raise UsageError(
            f"prune:{share:g} cannot be reached: {left(high):.0%} of {spec.name}'s multiply-adds are beyond cutting",
            hint=f"give at most prune:{1 - left(high):.2f}",
        )
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if left(middle) <= 1 - share else (middle, high)
    chosen = kept(high)
    for place in sorted(range(len(groups)), key=worth.__getitem__):  # rounding took too much: the dearest get it back
        more = list(chosen)
        more[place] = min(groups[place].units, chosen[place] + _multiple(groups[place]))
        if multiply_adds(pixels, losses(groups, more)) / whole <= 1 - share:
            chosen = more
    return [(g, _strongest(g, units)) for g, units in zip(groups, chosen, strict=True)]


def _multiple(group: Group) -> int:
    """Give what kernels fill their registers with: multiples of 8 in wide groups, of 4 in narrower ones."""
    return 8 if group.units >= 64 else 4 if group.units >= 16 else 1


def _even(group: Group, units: float) -> int:
    multiple = _multiple(group)
    return min(group.units, max(group.least, round(units / multiple) * multiple))


def _worth(group: Group, harm: Harm, pixels: Mapping[nn.Conv2d, int]) -> float:
    """Give how large a share of a group should go, in relation to the others.

    Where harm grows with the cube of the share, the least harm for a number of multiply-adds has shares in proportion
    to the root of multiply-adds saved over harm done.
    """
    gain = multiply_adds(pixels) - multiply_adds(pixels, losses([group], [round(group.units * (1 - _TRIED))]))
    return float((max(1, gain) / max(harm.divergence, _LEAST_HARM)) ** 0.5)


def _half(size_px: int) -> int:
    return max(64, size_px // 2 // 32 * 32)


def _strongest(group: Group, units: int) -> list[int]:
    return sorted(group.importance().topk(units).indices.tolist())


def prune_(
    network: nn.Module, spec: ModelSpec, found: Sequence[Harm], share: float, of: nn.Module | None = None
) -> nn.Module:
    """Cut channels out of a network in place until `share` of its multiply-adds, or of those of `of`, is gone."""
    whole = multiply_adds(places(of or network, spec.height_px, spec.width_px))
    keep(allocate(network, spec, found, share, whole))
    models.settle(network, spec.name)
    return network


def measure_norms_(network: nn.Module, batches: Iterable[Tensor]) -> nn.Module:
    """Measure the statistics of a cut network's batch norms anew, in place, as the mean over batches N,3,H,W.

    They are those of the wider network, and short training would hardly move them.
    """
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    network.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
        norm.train()
    with torch.no_grad():
        for batch in batches:
            network(batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return network.eval()
