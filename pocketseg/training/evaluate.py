"""Score a network on photos at each photo's own resolution."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from pocketseg.core.metrics import IouMeter
from pocketseg.core.types import ModelSpec
from pocketseg.data.inputs import class_map, model_input
from pocketseg.data.photos import PhotoSet, Pixels, read_pair


def network_input(images: Sequence[Pixels], spec: ModelSpec, device: torch.device | None = None) -> torch.Tensor:
    """Give N,3,H,W normalised floats from photos of any size."""
    stack = [torch.from_numpy(model_input(i, spec.height_px, spec.width_px).copy()) for i in images]
    batch = torch.stack(stack).permute(0, 3, 1, 2).to(device=device, dtype=torch.float32)
    return normalise(batch, spec).contiguous(memory_format=torch.channels_last)


def normalise(batch: torch.Tensor, spec: ModelSpec) -> torch.Tensor:
    """Scale N,3,H,W of 0..255 to 0..1, subtract the mean and divide by the deviation."""
    mean = torch.tensor(spec.mean_rgb, device=batch.device).view(1, 3, 1, 1)
    std = torch.tensor(spec.std_rgb, device=batch.device).view(1, 3, 1, 1)
    return (batch / 255 - mean) / std


def predict(network: nn.Module, spec: ModelSpec, image: Pixels) -> Pixels:
    """Give an eval-mode network's class map of one photo (H,W,3 uint8) at the photo's own size, H,W uint8."""
    with torch.inference_mode():
        batch = network_input([image], spec, next(network.parameters()).device)
        output = network(batch)[0].float().cpu().numpy()
    return class_map(output, *image.shape[:2])


def evaluate(
    network: nn.Module,
    spec: ModelSpec,
    photos: PhotoSet,
    ids: Sequence[str],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> IouMeter:
    """Run an eval-mode network over photos, one at a time, and count them all into one meter."""
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
