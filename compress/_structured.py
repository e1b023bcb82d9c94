"""Structured pruning: which channels to cut so that a share of the multiply-adds goes and the masks suffer least.

Each group of channels is tried alone: half of it is cut, and the network's outputs for some training photos are
compared with those before. Groups that do less harm for the multiply-adds and weights they save are cut more
(sensitivity, Li et al., arXiv:1608.08710, section 3.2); within a group the channels with the smallest norm go. Savings
include numbers read and written: a phone waits for memory as well.
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
from compress._measure import COSTLY, half
from compress._multiply_adds import cost, losses, multiply_adds, places
from pocketseg.core.errors import UsageError
from pocketseg.core.types import ModelSpec

_MOST = 0.8  # of a group: cutting more leaves too little to train
_TRIED = 0.5  # of a group, when its harm is measured
# Share at which a group of one unit goes. Elsewhere a share s harms 8h s^3 and gains 2g s (h, g: of half), so the next
# unit harms 12h s^2 / g for what it gains, the single one h / g. As s^2 goes with g / h, these meet at s^2 = 1 / 12.
_ONE = 12**-0.5
_LEAST_HARM = 1e-5  # nats: a smaller harm is below what can be measured
_LEAST_GAIN = 1e-9
_TOO_MUCH = 0.02  # of the multiply-adds, beyond what was asked for
# weights that saving parameters may have beside multiply-adds
_WEIGHTS_COUNT = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """What cutting half of one group does (or all of a single head or row).

    divergence: mean Kullback-Leibler divergence of pixels, nats; saved: the share of the network's cost that goes.
    """

    group: str
    units: int
    divergence: float
    saved: float


def channel_groups(network: nn.Module, spec: ModelSpec) -> list[Group]:
    """Return a network's groups of channels; the classifier's outputs are in none."""
    if models.family(spec.name) == "topformer":
        from compress import _topformer

        return _topformer.groups(network)
    from compress import _traced

    last = ("side", "outconv", models.classifier(spec.name))
    untouched = [m for n, m in network.named_modules() if n.startswith(last) and isinstance(m, nn.Conv2d)]
    return _traced.groups(network, 64, 64, tuple(untouched))


def harms(
    network: nn.Module,
    spec: ModelSpec,
    batch: Tensor,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Harm]:
    """Return each group's harm on a batch of normalised photos, N,3,H,W; the network is left unchanged.

    Costly networks run at half the size: only the order of the groups matters.
    """
    network.eval()
    if multiply_adds(places(network, *batch.shape[-2:])) > COSTLY:
        batch = functional.interpolate(batch, size=[half(n) for n in batch.shape[-2:]], mode="area")
    groups = channel_groups(network, spec)
    size = (int(batch.shape[-2]), int(batch.shape[-1]))
    whole = cost(network, *size)
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
            saved = 1 - cost(tried, *size) / whole
            found.append(Harm(group=group.name, units=group.units, divergence=max(0.0, divergence), saved=saved))
            progress(number + 1, len(groups))
    return found


def allocate(
    network: nn.Module, spec: ModelSpec, found: Sequence[Harm], share: float, of: nn.Module | None = None
) -> list[tuple[Group, list[int]]]:
    """Return what each group keeps so that `share` of the multiply-adds of `network`, or of `of`, is gone.

    As large a share of its weights goes too where that is possible: saving weights counts as little as suffices for it.
    Raises UsageError where so many multiply-adds cannot be cut.
    """
    groups = channel_groups(network, spec)
    pixels = places(network, spec.height_px, spec.width_px)
    first = places(of or network, spec.height_px, spec.width_px)
    once = dict.fromkeys(pixels, 1)  # a convolution's multiply-adds for one pixel are as many as its weights
    whole, weights = multiply_adds(first), multiply_adds(dict.fromkeys(first, 1))
    tried: list[tuple[float, list[int]]] = []

    def gone(units: Sequence[int]) -> float:
        return 1 - multiply_adds(pixels, losses(groups, units)) / whole

    for importance in _WEIGHTS_COUNT:
        worth = [_worth(group, harm, once, importance) for group, harm in zip(groups, found, strict=True)]
        kept = _fill(groups, worth, pixels, whole, share)
        if kept is not None and gone(kept) > share + _TOO_MUCH:  # a single row is already more than was asked for
            narrower = [0.0 if group.units == 1 else w for group, w in zip(groups, worth, strict=True)]
            kept = _fill(groups, narrower, pixels, whole, share) or kept
        if kept is None:
            least = multiply_adds(pixels, losses(groups, [_cut(g, 1.0) for g in groups])) / whole
            raise UsageError(
                f"prune:{share:g} cannot be reached: {least:.0%} of {spec.name}'s multiply-adds cannot be cut",
                hint=f"use at most prune:{1 - least:.2f}",
            )
        left = multiply_adds(once, losses(groups, kept)) / weights
        tried.append((left, kept))
        if left <= 1 - share:
            break
    kept = min(tried, key=lambda pair: pair[0])[1]
    return [(g, _strongest(g, units)) for g, units in zip(groups, kept, strict=True)]


def _fill(
    groups: Sequence[Group], worth: Sequence[float], pixels: Mapping[nn.Conv2d, int], whole: int, share: float
) -> list[int] | None:
    """Return cuts of all groups in proportion to their worth, no more than needed; None where even all of them are too
    few."""

    def kept(level: float) -> list[int]:
        return [_cut(g, level * w) for g, w in zip(groups, worth, strict=True)]

    def enough(units: Sequence[int]) -> bool:
        return multiply_adds(pixels, losses(groups, units)) / whole <= 1 - share

    low, high = 0.0, 1.0 / min(w for w in worth if w > 0)
    if not enough(kept(high)):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if enough(kept(middle)) else (middle, high)
    chosen = kept(high)
    before: list[int] = []
    # rounding, or a row that was cut as a whole, took too much: the most harmful cuts are undone
    while chosen != before:
        before = chosen
        for place in sorted(range(len(groups)), key=worth.__getitem__):
            more = list(chosen)
            multiple = _multiple(groups[place])
            more[place] = min(groups[place].units, (chosen[place] // multiple + 1) * multiple)
            if enough(more):
                chosen = more
    return chosen


def _cut(group: Group, share: float) -> int:
    """Return how many units stay where about a share of them goes, rounded to what kernels prefer."""
    if share <= 0:
        return group.units
    if group.units == 1 and group.least == 0:
        return 0 if share > _ONE else 1
    most = 1.0 if group.least == 0 else _MOST  # a branch that is cut completely costs nothing
    multiple = _multiple(group)
    units = round(group.units * (1 - min(most, share)) / multiple) * multiple
    return min(group.units, max(group.least, multiple if group.least else 0, units))


def _multiple(group: Group) -> int:
    """Return the multiple that fills kernels' registers: 16 in wide groups, 8 in narrower ones."""
    return 16 if group.units >= 32 else 8 if group.units >= 8 else 1


def _worth(group: Group, harm: Harm, once: Mapping[nn.Conv2d, int], importance: float) -> float:
    """Return how large a share of a group should go, relative to the others.

    Where harm grows with the cube of the share, the total harm is least if shares are proportional to the root of gain
    over harm. The gain is the share of the network's cost, plus `importance` times the share of its weights.
    """
    lost = losses([group], [round(group.units * (1 - _TRIED))])
    lighter = 1 - multiply_adds(once, lost) / multiply_adds(once)
    gain = max(_LEAST_GAIN, harm.saved + importance * lighter)
    return float((gain / max(harm.divergence, _LEAST_HARM)) ** 0.5)


def _strongest(group: Group, units: int) -> list[int]:
    return sorted(group.importance().topk(units).indices.tolist())


def prune_(
    network: nn.Module, spec: ModelSpec, found: Sequence[Harm], share: float, of: nn.Module | None = None
) -> nn.Module:
    """Cut channels out of a network in place until `share` of its multiply-adds, or of those of `of`, is gone.

    The same share of the weights goes too, as far as possible.
    """
    keep(allocate(network, spec, found, share, of))
    models.settle(network, spec.name)
    return network


def measure_norms_(network: nn.Module, batches: Iterable[Tensor]) -> nn.Module:
    """Recompute the statistics of a cut network's batch norms in place, as the mean over batches N,3,H,W.

    They are those of the wider network, and short training would hardly change them.
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
