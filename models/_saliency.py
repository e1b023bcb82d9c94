"""How a published ONNX file of saliency weights (_published.py) becomes this project's network.

Batch norms are folded into the file's 119 convolutions, which are in the order of the network's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

import models
from models._released import sorted_header
from pocketseg.core.errors import CheckpointError
from pocketseg.core.files import write_bytes


def read_folded(path: Path, name: str) -> tuple[nn.Module, Any]:
    """Return a network with one output channel, its batch norms neutral, and the ONNX model that its weights are from.

    name: the network, e.g. `u2net`. Convolutions are matched by their order; each must have the shape of its place.
    Raises CheckpointError.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(path))
    numbers = {tensor.name: tensor for tensor in model.graph.initializer}
    found = [
        tuple(torch.from_numpy(numpy_helper.to_array(numbers[name]).copy()) for name in node.input[1:])
        for node in model.graph.node
        if node.op_type == "Conv"
    ]
    network = models.build(name, 1).eval()
    places = [(where, m) for where, m in network.named_modules() if isinstance(m, nn.Conv2d)]
    if len(found) != len(places):
        raise CheckpointError(f"{path} has {len(found)} convolutions; {name} has {len(places)}")
    with torch.no_grad():
        for (where, place), tensors in zip(places, found, strict=True):
            if place.bias is None or [t.shape for t in tensors] != [place.weight.shape, place.bias.shape]:
                shapes = " and ".join(str(tuple(t.shape)) for t in tensors)
                raise CheckpointError(f"{path} has weights {shapes} where {name} has {where}")
            weight, bias = tensors
            place.weight.copy_(weight)
            place.bias.copy_(bias)
        for norm in norms(network):
            norm.weight.fill_(1.0)
            norm.bias.zero_()
            _variance(norm).fill_(1.0 - norm.eps)
    return network, model


def norms(network: nn.Module) -> list[nn.BatchNorm2d]:
    """Return a network's batch norms in the order of its modules."""
    return [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]


def give_statistics(norm: nn.BatchNorm2d, mean: Tensor, variance: Tensor) -> None:
    """Give a neutral batch norm the statistics of what passes it, in place, without changing what it returns."""
    with torch.no_grad():
        if norm.running_mean is None:
            raise CheckpointError("a batch norm keeps no statistics")
        norm.running_mean.copy_(mean)
        _variance(norm).copy_(variance)
        norm.weight.copy_((variance.float() + norm.eps).sqrt())
        norm.bias.copy_(mean)


def _variance(norm: nn.BatchNorm2d) -> Tensor:
    if norm.running_var is None:
        raise CheckpointError("a batch norm keeps no statistics")
    return norm.running_var


def save_start(network: nn.Module, path: Path, metadata: Mapping[str, str]) -> None:
    """Write weights that only `train --init` takes, as safetensors, whole or not at all. Raises StorageError."""
    state = {name: tensor.detach().contiguous().clone() for name, tensor in network.state_dict().items()}
    write_bytes(path, sorted_header(safetensors.torch.save(state, metadata=dict(metadata))))
