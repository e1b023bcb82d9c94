"""Score a network on photos at each photo's own resolution."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import nn

from pocketseg.core.metrics import IouMeter
from pocketseg.core.types import ModelSpec
from pocketseg.data.photos import PhotoSet, read_pair
from pocketseg.inference import predict


def evaluate(
    network: nn.Module,
    spec: ModelSpec,
    photos: PhotoSet,
    ids: Sequence[str],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> IouMeter:
    """Run a network in eval mode over photos, one at a time, and count all of them in one meter."""
    meter = IouMeter(spec.classes)
    was_training = network.training
    network.eval()
    try:
        for done, photo_id in enumerate(ids):
            image, mask = read_pair(photos, photo_id)
            meter.add(predict(network, spec, image), mask)
            progress(done + 1, len(ids))
    finally:
        network.train(was_training)
    return meter
