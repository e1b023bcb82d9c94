"""Segment single photos with a network or an exported file, and paint what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

import export
import models
from benchmark import runtimes
from pocketseg.core import manifest
from pocketseg.core.classes import colors
from pocketseg.core.errors import RefusedError, UsageError
from pocketseg.core.files import atomic_file
from pocketseg.core.native import native_chatter_hidden
from pocketseg.core.tensors import decode_output, encode_input
from pocketseg.data.inputs import class_map, model_input
from pocketseg.data.photos import Pixels

_NOTHING = models.Given()
_OPACITY = 0.55


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmenter:
    """A loaded model: `segment` gives the class map, H,W uint8, of a photo of any size, H,W,3 uint8.

    assumed: what neither its file nor the caller says of its network, as in models.Loaded.
    """

    name: str
    classes: tuple[str, ...]
    segment: Callable[[Pixels], Pixels]
    assumed: Mapping[str, str] = field(default_factory=dict)


def open_segmenter(ref: str, threads: int, given: models.Given = _NOTHING) -> Segmenter:
    """Open an exported file, its folder, a released name or a checkpoint.

    given: what a checkpoint does not say itself. Raises UsageError where an exported file is told what it is.
    """
    path = Path(ref)
    suffixes = {export.facts(t, "SUFFIX") for t in export.targets()}
    if path.suffix in suffixes or (path.is_dir() and (path / manifest.NAME).is_file()):
        if given != _NOTHING:
            raise UsageError(
                f"{ref} is an exported file, which says itself what it is",
                hint="--network, --classes, --mean, --std and --size are for weights files: leave them out",
            )
        return _of_artifact(path, threads)
    return _of_network(ref, threads, given)


def _of_artifact(path: Path, threads: int) -> Segmenter:
    artifact, file = manifest.read_manifest(path)
    engine = runtimes.runtime(export.facts(artifact.target, "RUNTIME"))
    reason = engine.refusal()
    if reason:
        raise RefusedError(f"{file} cannot run here: {reason}", hint="segment with the model it was made from")
    with native_chatter_hidden():
        session = engine.open_session(file, artifact, threads)

    def segment(image: Pixels) -> Pixels:
        small = encode_input(model_input(image, artifact.input_height_px, artifact.input_width_px), artifact.inputs[0])
        with native_chatter_hidden():
            raw = session.run(small)
        return class_map(decode_output(raw, artifact.outputs[0]), *image.shape[:2])

    return Segmenter(
        name=file.name, classes=artifact.classes, segment=segment, assumed=artifact.facts.get("assumed", {})
    )


def _of_network(ref: str, threads: int, given: models.Given) -> Segmenter:
    import torch

    from pocketseg.training.evaluate import network_input

    torch.set_num_threads(threads)
    loaded = models.open_model(ref, given)

    def segment(image: Pixels) -> Pixels:
        with torch.inference_mode():
            scores = loaded.module(network_input([image], loaded.spec))[0].numpy()
        return class_map(scores, *image.shape[:2])

    return Segmenter(name=loaded.name, classes=loaded.spec.classes, segment=segment, assumed=loaded.assumed)


def shares(mask: Pixels, classes: tuple[str, ...]) -> dict[str, float]:
    """Give the share of the photo that each class but the first, the background, covers."""
    counts = np.bincount(mask.reshape(-1), minlength=len(classes))
    return {name: float(counts[i]) / mask.size for i, name in enumerate(classes) if i > 0}


def write_masks(out: Path, stem: str, image: Pixels, mask: Pixels, classes: tuple[str, ...]) -> Path:
    """Write STEM-mask.png (palette, class indices) and STEM-overlay.jpg; return the mask's path."""
    table = np.array(colors(len(classes)), np.uint8)
    path = out / f"{stem}-mask.png"
    picture = Image.fromarray(mask, mode="P")
    picture.putpalette(table.reshape(-1).tolist())
    with atomic_file(path) as temporary:
        picture.save(temporary, format="PNG")
    blend = image.astype(np.float32)
    found = mask > 0
    blend[found] = (1 - _OPACITY) * blend[found] + _OPACITY * table[mask[found]]
    with atomic_file(out / f"{stem}-overlay.jpg") as temporary:
        Image.fromarray(blend.round().astype(np.uint8)).save(temporary, format="JPEG", quality=90)
    return path
