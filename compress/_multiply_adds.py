"""What a network costs, and how many of its multiply-adds a cut would leave, without cutting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from compress._channels import Group

_MOVED = 8  # multiply-adds that take as long as reading or writing one number
_FREE = ("batch_norm", "relu", "hardtanh", "dropout")  # done in the convolution before, or not at all


def places(network: nn.Module, height_px: int, width_px: int) -> dict[nn.Conv2d, int]:
    """Return each convolution's output pixels for one photo of that size; cutting channels does not change them."""
    found: dict[nn.Conv2d, int] = {}

    def note(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        assert isinstance(module, nn.Conv2d)
        found[module] = found.get(module, 0) + int(output.shape[-2] * output.shape[-1])

    hooks = [m.register_forward_hook(note) for m in network.modules() if isinstance(m, nn.Conv2d)]
    training = network.training
    network.eval()
    try:
        with torch.inference_mode():
            network(torch.zeros(1, 3, height_px, width_px))
    finally:
        for hook in hooks:
            hook.remove()
        network.train(training)
    return found


class _Moved(TorchDispatchMode):
    """Counts the numbers that operations read and write, weights included."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = func(*args, **(kwargs or {}))
        aliases = (returned.alias_info for returned in func._schema.returns)
        view = any(alias is not None and not alias.is_write for alias in aliases)
        if not view and not any(part in func.name() for part in _FREE):
            self.count += sum(leaf.numel() for leaf in tree_leaves((args, output)) if isinstance(leaf, Tensor))
        return output


def cost(network: nn.Module, height_px: int, width_px: int) -> int:
    """Return what decides a network's time for one photo: multiply-adds, plus some for each number read or written.

    Wide features at a high resolution, and all that is done to them between convolutions, take longer than their
    multiply-adds suggest (Ma et al., arXiv:1807.11164, section 2).
    """
    with _Moved() as moved:
        pixels = places(network, height_px, width_px)
    return multiply_adds(pixels) + _MOVED * moved.count


def multiply_adds(pixels: Mapping[nn.Conv2d, int], lost: Mapping[tuple[nn.Module, str], int] | None = None) -> int:
    """Return the convolutions' multiply-adds. lost: channels that a cut would take from each side of each module."""
    lost, total = lost or {}, 0
    for conv, count in pixels.items():
        outputs = conv.out_channels - lost.get((conv, "out"), 0)
        inputs = 1 if conv.groups > 1 else conv.in_channels - lost.get((conv, "in"), 0)
        total += outputs * inputs * conv.kernel_size[0] * conv.kernel_size[1] * count
    return total


def losses(groups: Sequence[Group], kept: Sequence[int]) -> dict[tuple[nn.Module, str], int]:
    """Return how many channels each side of each module would lose if each group kept that many units."""
    lost: dict[tuple[nn.Module, str], int] = {}
    for group, units in zip(groups, kept, strict=True):
        for cut in group.cuts:
            depthwise = isinstance(cut.module, nn.Conv2d) and cut.module.groups > 1
            place = (cut.module, "out" if depthwise else cut.side)
            lost[place] = lost.get(place, 0) + (group.units - units) * cut.channels.shape[1]
    return lost
