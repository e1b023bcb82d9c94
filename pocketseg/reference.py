"""The fp32 network that an artifact was made from, run on photos: what argmax agreement is measured against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

import models
from pocketseg.core.files import sha256_file
from pocketseg.core.types import Artifact
from pocketseg.data.inputs import class_map
from pocketseg.data.photos import PhotoSet, Pixels, read_image
from pocketseg.training.evaluate import network_input


def find_reference(artifact: Artifact, model: str | None = None) -> models.Loaded | None:
    """Give the network whose weights the manifest names: `model` if given, else a released one; None where neither."""
    candidates = [model] if model else [n for n in models.released() if _sha_of(n) == artifact.checkpoint_sha256]
    for name in candidates:
        loaded = models.open_model(
            name,
            height_px=artifact.input_height_px,
            width_px=artifact.input_width_px,
        )
        if loaded.sha256 == artifact.checkpoint_sha256:
            return loaded
    return None


def reference_maps(loaded: models.Loaded, photos: PhotoSet, ids: Sequence[str]) -> Iterator[Pixels]:
    """Yield the network's class map of each photo at the photo's own size, H,W uint8."""
    for photo_id in ids:
        image = read_image(photos.image_path(photo_id))
        with torch.inference_mode():
            scores = loaded.module(network_input([image], loaded.spec))[0].numpy()
        yield class_map(scores, *image.shape[:2])


def _sha_of(name: str) -> str:
    return sha256_file(models.RELEASED_FOLDER / f"{name}.safetensors")
