"""Segment single photos with a network or an exported file, and paint what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

import export
import models
from benchmark import runtimes
from pocketseg.core import manifest
from pocketseg.core.classes import colors
from pocketseg.core.errors import RefusedError, UsageError
from pocketseg.core.files import write_encoded
from pocketseg.core.native import native_chatter_hidden
from pocketseg.core.tensors import decode_output, encode_input
from pocketseg.data.decode import Photo
from pocketseg.data.inputs import class_map, model_input
from pocketseg.data.photos import Pixels

MASK_END, OVERLAY_END = "-mask.png", "-overlay.jpg"
_NOTHING = models.Given()
_OPACITY = 0.55
_STRIP_PIXELS = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmenter:
    """A loaded model; output: of an RGB photo of any size, H,W,3, the raw scores C,h,w or the class map h,w.

    assumed: what neither its file nor the caller says of its network, as in models.Loaded.
    """

    name: str
    classes: tuple[str, ...]
    output: Callable[[Pixels], npt.NDArray[np.generic]]
    assumed: Mapping[str, str] = field(default_factory=dict)

    def segment(self, image: Pixels) -> Pixels:
        """Return the class map of a photo at its size, H,W uint8."""
        return class_map(self.output(image), *image.shape[:2])

    def segment_photo(self, photo: Photo) -> Pixels:
        """Return the class map at a photo's own size, whatever the size it was decoded at."""
        return class_map(self.output(photo.pixels), photo.height_px, photo.width_px)


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

    def output(image: Pixels) -> npt.NDArray[np.generic]:
        small = encode_input(model_input(image, artifact.input_height_px, artifact.input_width_px), artifact.inputs[0])
        with native_chatter_hidden():
            raw = session.run(small)
        return decode_output(raw, artifact.outputs[0])

    return Segmenter(name=file.name, classes=artifact.classes, output=output, assumed=artifact.facts.get("assumed", {}))


def _of_network(ref: str, threads: int, given: models.Given) -> Segmenter:
    import torch

    from pocketseg.training.evaluate import network_input

    torch.set_num_threads(threads)
    loaded = models.open_model(ref, given)

    def output(image: Pixels) -> npt.NDArray[np.generic]:
        with torch.inference_mode():
            scores: npt.NDArray[np.float32] = loaded.module(network_input([image], loaded.spec))[0].numpy()
        return scores

    return Segmenter(name=loaded.name, classes=loaded.spec.classes, output=output, assumed=loaded.assumed)


def shares(mask: Pixels, classes: tuple[str, ...]) -> dict[str, float]:
    """Return the share of the photo that each class but the first, the background, covers."""
    counts = np.zeros(max(len(classes), 256), np.int64)
    for strip in _strips(mask):  # counting takes eight bytes a pixel
        counts += np.bincount(mask[strip].reshape(-1), minlength=len(counts))
    return {name: float(counts[i]) / mask.size for i, name in enumerate(classes) if i > 0}


def write_masks(out: Path, stem: str, image: Pixels, mask: Pixels, classes: tuple[str, ...]) -> Path:
    """Write STEM-mask.png (palette, class indices) and STEM-overlay.jpg of the image's size; return the mask's path."""
    table = np.array(colors(len(classes)), np.uint8)
    path = out / f"{stem}{MASK_END}"
    picture = Image.fromarray(mask, mode="P")
    picture.putpalette(table.reshape(-1).tolist())
    write_encoded(path, lambda stream: picture.save(stream, format="PNG"))
    small = mask
    if mask.shape != image.shape[:2]:
        size = (image.shape[1], image.shape[0])
        small = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST))
    painted = Image.fromarray(_painted(image, small, table))
    write_encoded(out / f"{stem}{OVERLAY_END}", lambda stream: painted.save(stream, format="JPEG", quality=90))
    return path


def _painted(image: Pixels, mask: Pixels, table: Pixels) -> Pixels:
    """Lay the classes' colours over a photo."""
    painted = np.empty_like(image)
    for strip in _strips(mask):
        blend, part = image[strip].astype(np.float32), mask[strip]
        garment = part > 0
        blend[garment] = (1 - _OPACITY) * blend[garment] + _OPACITY * table[part[garment]]
        painted[strip] = blend.round().astype(np.uint8)
    return painted


def _strips(mask: Pixels) -> list[slice]:
    """Cut rows into parts of about _STRIP_PIXELS."""
    rows = max(1, _STRIP_PIXELS // mask.shape[1])
    return [slice(start, start + rows) for start in range(0, mask.shape[0], rows)]
