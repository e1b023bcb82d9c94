"""Made-up weights and inputs in closed form, and the numbers that the original networks return for them."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

SAMPLES = 256
BLOCK_PX = 24
Words = npt.NDArray[np.uint64]


def read() -> dict[str, Any]:
    """Return golden/networks.json."""
    content: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "networks.json").read_text())
    return content


def words(name: str, count: int) -> Words:
    """Return count pseudo-random 64-bit words for a name: splitmix64's finaliser over a counter seeded by its CRC."""
    step = np.uint64(0x9E3779B97F4A7C15)
    first = (zlib.crc32(name.encode()) << 32) + 1
    mixed = np.arange(first, first + count, dtype=np.uint64) * step
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))


def unit(name: str, count: int) -> npt.NDArray[np.float64]:
    """Return count values in [-1, 1), each exact in float32."""
    return (words(name, count) >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1.0


def weights(network: nn.Module, norms: Mapping[str, tuple[float, float]], prefix: str = "") -> dict[str, Tensor]:
    """Return a full state dict for network, each entry made from its own name with prefix before it."""
    return {name: _entry(prefix + name, tensor, norms) for name, tensor in network.state_dict().items()}


def _entry(name: str, like: Tensor, norms: Mapping[str, tuple[float, float]]) -> Tensor:
    layer, _, kind = name.rpartition(".")
    if kind == "num_batches_tracked":
        return torch.zeros_like(like)
    values = unit(name, like.numel())
    mean, deviation = norms.get(layer, (0.0, 1.0))
    if kind == "running_mean":
        values = mean + 0.25 * deviation * values
    elif kind == "running_var":
        values = deviation**2 * (1 + 0.5 * values)
    elif kind == "bias":
        values = 0.25 * values
    elif like.dim() == 1:  # a batch norm's gain
        values = 1 + 0.25 * values
    else:
        filters = values.reshape(like.shape[0], -1)
        if like.shape[1] >= 8:
            filters = filters - filters.mean(axis=1, keepdims=True)
        values = filters * math.sqrt(6 / filters.shape[1])
    return torch.from_numpy(values.reshape(like.shape).astype(np.float32))


def photo(batch: int, height_px: int, width_px: int) -> Tensor:
    """Return N,3,H,W in about [-2, 2): blocks of one colour with noise over them."""
    size = f"{height_px}x{width_px}"
    rows, columns = math.ceil(height_px / BLOCK_PX), math.ceil(width_px / BLOCK_PX)
    planes = []
    for index in range(batch):
        for channel in range(3):
            blocks = unit(f"block/{index}/{channel}/{size}", rows * columns).reshape(rows, columns)
            colour = np.kron(blocks, np.ones((BLOCK_PX, BLOCK_PX)))[:height_px, :width_px]
            noise = unit(f"noise/{index}/{channel}/{size}", height_px * width_px).reshape(height_px, width_px)
            planes.append(1.5 * colour + 0.5 * noise)
    stacked = np.stack(planes).reshape(batch, 3, height_px, width_px)
    return torch.from_numpy(stacked.astype(np.float32))


def sampled(output: Tensor) -> npt.NDArray[np.float64]:
    """Return SAMPLES values of N,C,H,W: whole pixels where there are at most 8 channels, else single elements."""
    n, channels, height, width = output.shape
    if channels <= 8:
        rows = output.double().permute(0, 2, 3, 1).reshape(-1, channels)
        chosen = words(f"pixels/{n}x{height}x{width}", SAMPLES // channels) % np.uint64(len(rows))
    else:
        rows = output.double().reshape(-1)
        chosen = words(f"elements/{n}x{channels}x{height}x{width}", SAMPLES) % np.uint64(len(rows))
    return rows[torch.from_numpy(chosen.astype(np.int64))].reshape(-1).numpy()


def names_sha256(network: nn.Module) -> str:
    """Return a hash of the state dict's names and shapes, order aside."""
    state = sorted(network.state_dict().items())
    lines = (f"{name} {'x'.join(str(size) for size in tensor.shape)}\n" for name, tensor in state)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
