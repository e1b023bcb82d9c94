"""Scores a run's last averaged weights on the photos that its fold holds out, each at its own size."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from pocketseg.core.metrics import Counts, confusion
from pocketseg.core.types import ModelSpec
from pocketseg.data.photos import PhotoSet, Pixels, read_pair
from pocketseg.inference import class_map, network_input
from pocketseg.training.signal_arrays import SignalArrays, place_signals, unmoved
from pocketseg.training.signal_maps import input_maps, joined

GIVEN, ABSENT, MISPLACED = "given", "absent", "misplaced"  # how an input arm's signals are at scoring


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """Scores and class maps of a run.

    confusions: by the state of the signals, then by photo: pixels by label and prediction, C,C. maps: N,h,w class maps
    at the input's size, signals as given, in the order of the photos.
    """

    confusions: Mapping[str, Mapping[str, Counts]]
    maps: Pixels


def score_all(
    network: nn.Module, spec: ModelSpec, photos: PhotoSet, ids: Sequence[str], inputs: Mapping[str, Tensor]
) -> Scored:
    """Score photos with each kind of further inputs, or once without any.

    inputs: by the state of the signals, N,channels,h,w in the order of ids.
    """
    network.eval()
    found: dict[str, dict[str, Counts]] = {kind: {} for kind in (inputs or (GIVEN,))}
    maps = np.zeros((len(ids), spec.height_px, spec.width_px), np.uint8)
    for place, photo_id in enumerate(ids):
        image, label = read_pair(photos, photo_id)
        photo = network_input([image], spec)
        for kind in found:
            batch = torch.cat((photo, inputs[kind][place : place + 1]), 1) if inputs else photo
            with torch.inference_mode():
                output = network(batch.contiguous(memory_format=torch.channels_last))[0].float().numpy()
            found[kind][photo_id] = confusion(class_map(output, *label.shape), label, len(spec.classes))
            if kind == GIVEN:
                maps[place] = output.argmax(0)
    return Scored(confusions=found, maps=maps)


def inputs_at_scoring(
    signals: SignalArrays, names: Sequence[str], spec: ModelSpec, elsewhere: Sequence[int]
) -> dict[str, Tensor]:
    """Return the further inputs of photos in three states: as given, absent, and misplaced (those of another photo).

    elsewhere: for each photo, the index of the one whose signals it is given instead.
    """
    size = spec.height_px, spec.width_px
    placed = place_signals(signals, unmoved(len(signals.points)), *size)
    given = joined(input_maps(placed, names, *size))
    return {GIVEN: given, ABSENT: torch.zeros_like(given), MISPLACED: given[list(elsewhere)]}


def others(ids: Sequence[str], groups: Sequence[Sequence[str]]) -> list[int]:
    """Return for each photo the index of another, from another group: the next in a ring ordered by hash."""
    group_of = {i: g for g, group in enumerate(groups) for i in group}
    ring = sorted(range(len(ids)), key=lambda k: hashlib.sha256(ids[k].encode()).hexdigest())
    found = [0] * len(ids)
    for at, place in enumerate(ring):
        after = [*ring[at + 1 :], *ring[:at]] or [place]
        found[place] = next((k for k in after if group_of[ids[k]] != group_of[ids[place]]), after[0])
    return found
