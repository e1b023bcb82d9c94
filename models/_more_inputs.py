"""Additional input channels for a network of any family: its first convolution is widened.

The new weights start at zero, so that at first the network computes what it did, whatever the new channels hold. A
weights file says in its metadata which signals the channels are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import nn

from pocketseg.core.errors import CheckpointError
from pocketseg.core.outside import parse_json
from pocketseg.data.signals.channels import INPUTS, channels

PHOTO_CHANNELS = 3
SIGNALS = "input_signals"  # metadata: names of signals in the order of their channels, JSON


def widen_input(network: nn.Module, channels: int) -> None:
    """Make a network take N,3+channels,H,W, in place. Raises ValueError where its first convolution is not a
    photo's."""
    first = _first(network)
    if first is None or first.in_channels != PHOTO_CHANNELS or first.groups != 1:
        raise ValueError("the network does not begin with a convolution over a photo's three channels")
    weight = first.weight
    more = torch.zeros(weight.shape[0], channels, *weight.shape[2:], dtype=weight.dtype, device=weight.device)
    first.weight = nn.Parameter(torch.cat((weight.detach(), more), 1))
    first.in_channels = PHOTO_CHANNELS + channels


def widen_for(network: nn.Module, signals: Sequence[str]) -> None:
    """Make a network take the channels of these signals beside the photo, in place; without signals it stays as it
    is."""
    if signals:
        widen_input(network, channels(signals))


def input_channels(network: nn.Module) -> int:
    """Return the channels that a network takes: a photo's three, and those of its signals."""
    first = _first(network)
    return PHOTO_CHANNELS if first is None else max(PHOTO_CHANNELS, first.in_channels)


def signals_in(metadata: Mapping[str, str], source: str | Path) -> tuple[str, ...]:
    """Return the signals that a file's network takes beside the photo; empty where it takes the photo alone.

    source: the file's name for messages. Raises CheckpointError for names that this version does not know.
    """
    try:
        found = parse_json(metadata.get(SIGNALS, "[]"))
        if not isinstance(found, list) or not all(isinstance(name, str) and name in INPUTS for name in found):
            raise ValueError(f"{SIGNALS} is not a list of {', '.join(INPUTS)}")
        if len(set(found)) < len(found):
            raise ValueError(f"{SIGNALS} lists a signal twice")
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"the metadata of {source} is damaged: {error}", hint="save it again") from error
    return tuple(found)


def signals_entry(signals: Sequence[str]) -> dict[str, str]:
    """Return the metadata that says which signals a network takes; empty where it takes none."""
    return {SIGNALS: json.dumps(list(signals))} if signals else {}


def _first(network: nn.Module) -> nn.Conv2d | None:
    return next((m for m in network.modules() if isinstance(m, nn.Conv2d)), None)
