"""Which layers suffer most from int8: each is rounded alone, and the output is compared with that in floats.

Then the most harmful layers stay float, as few as keep the mean IoU of the whole network within a stated drop. Rounding
is simulated (pocketseg/training/fake_quant.py). Ranges come from calibration photos, which are training photos; harm is
measured on validation photos.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from compress._measure import half
from pocketseg.core.metrics import ClassMap, IouMeter
from pocketseg.core.types import ModelSpec
from pocketseg.data.photos import Pixels
from pocketseg.inference import class_map, network_input
from pocketseg.training.fake_quant import FakeQuantized, calibrated

Pair = tuple[Pixels, ClassMap]
Show = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """What rounding one layer alone does.

    Attributes:
        layer: its convolution's path.
        weights: how many.
        divergence: mean Kullback-Leibler divergence over pixels, in nats, of the output from that in floats.
        miou_drop: mIoU in floats minus that with the layer rounded.
    """

    layer: str
    weights: int
    divergence: float
    miou_drop: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The whole network with its most harmful layers in floats. float_layers: how many of them."""

    float_layers: int
    divergence: float
    miou: float
    miou_drop: float


class Judge:
    """Photos with masks, and the network's outputs for them in floats, with which rounding is compared."""

    def __init__(self, network: nn.Module, spec: ModelSpec, calibration: Sequence[Pixels], pairs: Sequence[Pair]):
        self.spec, self.pairs = spec, pairs
        self.rounded: FakeQuantized = calibrated(
            copy.deepcopy(network).eval(), (network_input([photo], spec) for photo in calibration)
        )
        self.rounded.round_only(())
        self._inputs = [network_input([image], spec) for image, _ in pairs]
        self._floats: list[Tensor] = []
        self.miou = self._score(lambda said: self._floats.append(said))

    def trial(self, names: Collection[str]) -> tuple[float, float]:
        """Round only these layers; return the mean divergence in nats and the mIoU."""
        self.rounded.round_only(names)
        before = iter(self._floats)
        found: list[float] = []

        def compare(said: Tensor) -> None:
            floats = next(before)
            found.append(float((floats.exp() * (floats - said)).sum(1).mean()))

        miou = self._score(compare)
        return max(0.0, sum(found) / len(found)), miou

    def _score(self, hear: Callable[[Tensor], None]) -> float:
        meter = IouMeter(self.spec.classes)
        for (image, mask), batch in zip(self.pairs, self._inputs, strict=True):
            with torch.inference_mode():
                logits = self.rounded(batch)  # 1,C,H,W
            hear(logits.log_softmax(1))
            meter.add(class_map(logits[0].numpy(), *image.shape[:2]), mask)
        return meter.miou()


def sensitivities(judge: Judge, show: Show) -> list[Sensitivity]:
    """Round each layer alone; return the results, the most harmful first."""
    found = []
    layers = judge.rounded.layers
    for number, layer in enumerate(layers):
        divergence, miou = judge.trial((layer.name,))
        weights = judge.rounded.network.get_parameter(f"{layer.name}.weight").numel()
        drop = judge.miou - miou
        found.append(Sensitivity(layer=layer.name, weights=weights, divergence=divergence, miou_drop=drop))
        show("rounding each layer alone", number + 1, len(layers))
    return sorted(found, key=lambda s: -s.divergence)


def fewest_floats(judge: Judge, order: Sequence[str], max_drop: float, show: Show) -> tuple[list[Trial], int]:
    """Return how many of the first layers of `order` must stay float so that the whole loses at most max_drop mIoU.

    It is found by bisection: the returned number keeps the limit, and one layer fewer was tried and does not, although
    where mIoU does not fall evenly a smaller number may keep it too. All trials are returned with it.
    """
    tried: dict[int, Trial] = {}

    def holds(count: int) -> bool:
        divergence, miou = judge.trial(order[count:])
        drop = judge.miou - miou
        tried[count] = Trial(float_layers=count, divergence=divergence, miou=miou, miou_drop=drop)
        show("trying how many layers must stay float", len(tried), len(order).bit_length() + 1)
        return drop <= max_drop

    if holds(0):
        return list(tried.values()), 0
    low, high = 0, len(order)  # with all layers in floats nothing is lost
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return sorted(tried.values(), key=lambda t: t.float_layers), high


def smaller(spec: ModelSpec) -> ModelSpec:
    """Return half the input size, rounded to sizes that networks accept: for networks too slow to run at their own."""
    return dataclasses.replace(spec, height_px=half(spec.height_px), width_px=half(spec.width_px))
