"""The network as a phone calls it: RGB 0..255 in, normalisation inside, logits or a class map out."""

from __future__ import annotations

import torch
from torch import nn

import models
from pocketseg.core.types import ModelSpec, OutputKind


class Deployed(nn.Module):
    """Takes N,H,W,3 (NHWC) or N,3,H,W (NCHW) floats 0..255 and returns logits in the same layout, or class maps N,H,W.

    NHWC accepts only the spec's width.
    """

    scale: torch.Tensor
    offset: torch.Tensor

    def __init__(
        self, network: nn.Module, spec: ModelSpec, output: OutputKind, layout: str, map_dtype: torch.dtype
    ) -> None:
        super().__init__()
        self.network = models.exportable(network, spec.height_px, spec.width_px)
        self.channels_last = layout == "NHWC"
        self.output = output
        self.map_dtype = map_dtype
        deviation = torch.tensor(spec.std_rgb)
        scale = 1 / (255 * deviation)
        offset = -torch.tensor(spec.mean_rgb) / deviation
        # Channels last, a row of pixels at a time: kernels that repeat three numbers restart at every pixel.
        shape, times = ((1, 1, -1), spec.width_px) if self.channels_last else ((1, 3, 1, 1), 1)
        self.register_buffer("scale", scale.repeat(times).view(shape))
        self.register_buffer("offset", offset.repeat(times).view(shape))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Normalise, run, and return what `output` says."""
        return self.answered(self.normalised(image))

    def normalised(self, image: torch.Tensor) -> torch.Tensor:
        """Return a photo in the target's layout as the network takes it, N,3,H,W."""
        shape = image.shape
        if self.channels_last:
            image = image.flatten(2)  # N,H,W*3
        image = image * self.scale + self.offset
        if self.channels_last:
            image = image.view(shape).permute(0, 3, 1, 2)
        return image

    def answered(self, image: torch.Tensor) -> torch.Tensor:
        """Run the network on its input, and return what `output` says."""
        logits = self.network(image)  # N,C,H,W
        if self.output is OutputKind.CLASSMAP:
            return torch.argmax(logits, dim=1).to(self.map_dtype)
        return logits.permute(0, 2, 3, 1) if self.channels_last else logits


def deployed(
    network: nn.Module, spec: ModelSpec, output: OutputKind, layout: str, map_dtype: torch.dtype = torch.uint8
) -> Deployed:
    """Return a copy of `network` in eval mode, wrapped for a target; layout is NCHW or NHWC."""
    return Deployed(network, spec, output, layout, map_dtype).eval()
