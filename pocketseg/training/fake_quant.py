"""Fake quantization: a float network that computes as its int8 file will.

The weights, input and result of every convolution are rounded. Weights are symmetric per output channel, activations
affine per tensor, and gradients pass straight through (Jacob et al., "Quantization and Training of Neural Networks for
Efficient Integer-Arithmetic-Only Inference", arXiv:1712.05877). A batch norm scales whole channels, so rounding a
channel's weights before it is folded is the same as rounding them afterwards. The trained floats are what every
target's own quantizer is given.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.ao.quantization.fake_quantize import FakeQuantize
from torch.ao.quantization.observer import (
    MinMaxObserver,
    MovingAverageMinMaxObserver,
    MovingAveragePerChannelMinMaxObserver,
)
from torch.func import functional_call
from torch.nn import functional

from pocketseg.core.types import ModelSpec
from pocketseg.inference import normalise

_FIRST_PHOTOS = 8  # that give activations their first ranges
_LEAST_PX = 64  # of the dry run that finds what belongs together


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The names of a convolution, of the batch norm that reads its result,
    and of the module whose result a file stores.
    """

    name: str
    norm: str | None
    last: str


def layers(network: nn.Module) -> list[Layer]:
    """Return a network's convolutions in the order in which they run, each with its batch norm and ReLU."""
    dry = copy.deepcopy(network).to("meta").eval()
    made: dict[int, str] = {}  # result's id: the convolution whose it is
    found: dict[str, Layer] = {}
    held: list[Tensor] = []  # ids must not be used again

    def hear(name: str) -> Any:
        def listen(module: nn.Module, inputs: tuple[Tensor, ...], result: Tensor) -> None:
            held.append(result)
            if isinstance(module, nn.Conv2d):
                found[name] = Layer(name=name, norm=None, last=name)
                made[id(result)] = name
            elif (owner := made.get(id(inputs[0]))) is not None:
                norm = name if isinstance(module, nn.BatchNorm2d) else found[owner].norm
                found[owner] = Layer(name=owner, norm=norm, last=name)
                made[id(result)] = owner

        return listen

    for name, module in dry.named_modules():
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d | nn.ReLU | nn.ReLU6):
            module.register_forward_hook(hear(name))
    with torch.no_grad():
        dry(torch.empty(1, 3, _LEAST_PX, _LEAST_PX, device="meta"))
    return list(found.values())


def folded_weight(network: nn.Module, layer: Layer) -> Tensor:
    """Return a convolution's weights O,I,kh,kw as a file holds them, with its batch norm folded in."""
    weight = network.get_parameter(f"{layer.name}.weight").detach()
    if layer.norm is None:
        return weight
    norm = network.get_submodule(layer.norm)
    assert isinstance(norm, nn.BatchNorm2d) and norm.running_var is not None
    return weight * (norm.weight.detach() / (norm.running_var + norm.eps).sqrt()).view(-1, 1, 1, 1)


class Rounding(nn.Module):
    """The quantizers of one layer, for its input, weights and result; `observer` finds the ranges of activations."""

    def __init__(self, observer: type[nn.Module]) -> None:
        super().__init__()
        self.taken = FakeQuantize(observer, 0, 255, dtype=torch.quint8, qscheme=torch.per_tensor_affine)
        self.given = FakeQuantize(observer, 0, 255, dtype=torch.quint8, qscheme=torch.per_tensor_affine)
        self.weight = FakeQuantize(
            MovingAveragePerChannelMinMaxObserver,
            -127,
            127,
            dtype=torch.qint8,
            qscheme=torch.per_channel_symmetric,
            averaging_constant=1.0,  # the range that the weights have now
        )

    def observe(self, observing: bool) -> None:
        """Update the ranges of activations, or keep them fixed."""
        self.taken.enable_observer(observing)
        self.given.enable_observer(observing)

    def round(self, rounding: bool) -> None:
        """Round, or let everything pass unchanged."""
        for part in (self.taken, self.given, self.weight):
            part.enable_fake_quant(rounding)


class FakeQuantized(nn.Module):
    """A network N,3,H,W -> its outputs, with every convolution rounded to int8 by hooks in `network`.

    observer: MovingAverageMinMaxObserver for training, MinMaxObserver for calibration on photos. Ranges are updated in
    train mode and fixed in eval mode.
    """

    def __init__(self, network: nn.Module, observer: type[nn.Module] = MovingAverageMinMaxObserver) -> None:
        super().__init__()
        self.network = network
        self.layers = layers(network)
        self.roundings = nn.ModuleList(Rounding(observer) for _ in self.layers)
        for layer, rounding in zip(self.layers, self.roundings, strict=True):
            network.get_submodule(layer.name).register_forward_pre_hook(_before(rounding.taken))  # type: ignore[arg-type]
            network.get_submodule(layer.last).register_forward_hook(_after(rounding.given))  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Any:
        rounded = {}
        for layer, rounding in zip(self.layers, self.roundings, strict=True):
            name = f"{layer.name}.weight"
            rounded[name] = rounding.weight(self.network.get_parameter(name))  # type: ignore[operator]
        return functional_call(self.network, rounded, (x,))

    def train(self, mode: bool = True) -> FakeQuantized:
        """Set train or eval mode, in place, which also updates or fixes the ranges."""
        super().train(mode)
        self._observe(mode)
        return self

    def calibrate(self, batches: Iterable[Tensor]) -> FakeQuantized:
        """Set the ranges of activations, in place, from the float network
        on batches N,3,H,W; return it in eval mode.
        """
        self.eval()
        self.round_only(())
        self._observe(True)
        with torch.no_grad():
            for batch in batches:
                self(batch)
        self._observe(False)
        self.round_only([layer.name for layer in self.layers])
        return self

    def round_only(self, names: Collection[str]) -> None:
        """Round only these layers, in place."""
        for layer, rounding in zip(self.layers, self.roundings, strict=True):
            assert isinstance(rounding, Rounding)
            rounding.round(layer.name in names)

    def _observe(self, observing: bool) -> None:
        for rounding in self.roundings:
            assert isinstance(rounding, Rounding)
            rounding.observe(observing)


def _before(rounding: FakeQuantize) -> Any:
    def hook(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (_rounded(rounding, inputs[0]), *inputs[1:])

    return hook


def _after(rounding: FakeQuantize) -> Any:
    def hook(module: nn.Module, inputs: tuple[Tensor, ...], result: Tensor) -> Tensor:
        return _rounded(rounding, result)

    return hook


def _rounded(rounding: FakeQuantize, values: Tensor) -> Tensor:
    """Round in 32 bits, whatever precision the run computes in."""
    return rounding(values.float()).to(values.dtype)


def for_training(network: nn.Module, spec: ModelSpec, images: Tensor) -> FakeQuantized:
    """Return a network wrapped for training.

    images: training photos N,H,W,3 of 0..255, the first of which set the initial ranges.
    """
    batch = images[:_FIRST_PHOTOS].permute(0, 3, 1, 2).float()
    batch = functional.interpolate(batch, size=(spec.height_px, spec.width_px), mode="area")
    return FakeQuantized(network).calibrate(normalise(batch, spec).split(1))


def calibrated(network: nn.Module, batches: Iterable[Tensor]) -> FakeQuantized:
    """Return a network as a file's static quantizer sees it, with ranges from batches N,3,H,W."""
    return FakeQuantized(network, MinMaxObserver).calibrate(batches)
