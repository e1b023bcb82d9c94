"""From a photo to its class map: one rule for networks and for exported files.

An upright RGB photo is stretched to the input's size. A network takes it normalised, a file takes it as the first input
in its manifest says. Scores are resized to the photo's own size before the argmax. docs/preprocessing.md gives the rule
bit for bit, for apps that must do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from pocketseg.core.classes import IGNORE_INDEX
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.tensors import decode_output, encode_inputs
from pocketseg.core.types import Artifact, ModelSpec
from pocketseg.data.photos import Pixels, read_image

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    import models
    from pocketseg.data.calibration import Calibration
    from pocketseg.data.decode import Photo
    from pocketseg.data.photos import PhotoSet

Array = npt.NDArray[Any]
# a loaded file: takes the arrays of its inputs, returns the array of its first output
Run = Callable[..., Array]
TOOLS = ("numpy", "pillow", "torch")  # distributions whose versions decide a class map
MOST_SCORES_BYTES = 1 << 30  # scores at a photo's size, held at once; larger photos are computed in strips
_STRIP_BYTES = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmenter:
    """A network or a loaded file that segments photos.

    Attributes:
        output: from an RGB photo of any size, H,W,3 uint8, to scores C,h,w or a class map h,w at the input's size.
        assumed: what neither its file nor the caller says about its network, as in models.Loaded.
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


def of_network(loaded: models.Loaded) -> Segmenter:
    """Return a segmenter that runs an opened network in torch."""
    return Segmenter(
        name=loaded.name,
        classes=loaded.spec.classes,
        output=lambda image: network_output(loaded.module, loaded.spec, image),
        assumed=loaded.assumed,
    )


def of_file(run: Run, artifact: Artifact) -> Segmenter:
    """Return a segmenter that runs a loaded file. run: that of its session."""
    return Segmenter(
        name=artifact.file,
        classes=artifact.classes,
        output=lambda image: _finite(file_output(run, artifact, image), artifact.file),
        assumed=artifact.facts.get("assumed", {}),
    )


def class_maps(
    loaded: models.Loaded,
    photos: PhotoSet,
    ids: Sequence[str],
    more: Callable[[str], Tensor | None] = lambda photo_id: None,
) -> Iterator[Pixels]:
    """Yield a network's class map of each photo at the photo's own size, H,W uint8.

    more: what the network takes beside each photo, as in network_output.
    """
    for photo_id in ids:
        image = read_image(photos.image_path(photo_id))
        yield predict(loaded.module, loaded.spec, image, more(photo_id))


# ---- in --------------------------------------------------------------------------------------------------------------


def model_input(image: Pixels, height_px: int, width_px: int) -> Pixels:
    """Return an RGB photo (H,W,3 uint8) stretched to the input size, bilinear with antialiasing; still 0..255."""
    if image.shape[:2] == (height_px, width_px):
        return image
    return np.asarray(Image.fromarray(image).resize((width_px, height_px), Image.Resampling.BILINEAR))


def calibration_inputs(calibration: Calibration, height_px: int, width_px: int) -> list[Pixels]:
    """Return calibration photos at an input size, each H,W,3 uint8. Raises DataError for one whose bytes have
    changed."""
    return [model_input(image, height_px, width_px) for image in calibration.images()]


def network_input(images: Sequence[Pixels], spec: ModelSpec, device: torch.device | None = None) -> Tensor:
    """Return N,3,H,W normalised floats from photos of any size."""
    import torch

    stack = [torch.from_numpy(model_input(i, spec.height_px, spec.width_px).copy()) for i in images]
    batch = torch.stack(stack).permute(0, 3, 1, 2).to(device=device, dtype=torch.float32)
    return normalise(batch, spec).contiguous(memory_format=torch.channels_last)


def normalise(batch: Tensor, spec: ModelSpec) -> Tensor:
    """Return N,3,H,W of 0..255 scaled to 0..1, minus the mean, divided by the standard deviation."""
    import torch

    mean = torch.tensor(spec.mean_rgb, device=batch.device).view(1, 3, 1, 1)
    std = torch.tensor(spec.std_rgb, device=batch.device).view(1, 3, 1, 1)
    return (batch / 255 - mean) / std


# ---- through ---------------------------------------------------------------------------------------------------------


def network_output(
    network: nn.Module, spec: ModelSpec, image: Pixels, more: Tensor | None = None
) -> npt.NDArray[np.float32]:
    """Return an eval-mode network's scores of one photo (H,W,3 uint8) at the input's size, C,h,w.

    more: 1,channels,H,W, the signals that the network takes beside the photo.
    """
    import torch

    with torch.inference_mode():
        batch = network_input([image], spec, next(network.parameters()).device)
        if more is not None:
            batch = torch.cat((batch, more.to(batch.device)), 1).contiguous(memory_format=torch.channels_last)
        scores: npt.NDArray[np.float32] = network(batch)[0].float().cpu().numpy()
    return scores


def file_output(run: Run, artifact: Artifact, image: Pixels, more: Array | None = None) -> Array:
    """Return the output of a loaded file for one photo (H,W,3 uint8): scores C,h,w float32 or a class map h,w.

    more: channels,H,W float32, of a file that takes signals beside the photo.

    Raises RuntimeFailedError where the file does not run, ManifestError where its tensors are not what the manifest
    says.
    """
    small = model_input(image, artifact.input_height_px, artifact.input_width_px)
    return decode_output(run(*encode_inputs(small, more, artifact.inputs)), artifact.outputs[0])


def _finite(output: Array, file: str) -> Array:
    if output.dtype.kind == "f" and not np.isfinite(output).all():
        raise RuntimeFailedError(f"{file} gives values that are not finite", hint="export it in another precision")
    return output


def predict(network: nn.Module, spec: ModelSpec, image: Pixels, more: Tensor | None = None) -> Pixels:
    """Return an eval-mode network's class map of one photo (H,W,3 uint8) at the photo's own size, H,W uint8.

    more: as in network_output.
    """
    return class_map(network_output(network, spec, image, more), *image.shape[:2])


# ---- back to the photo -----------------------------------------------------------------------------------------------


def class_map(output: npt.NDArray[np.generic], height_px: int, width_px: int) -> Pixels:
    """Return the class map at a photo's own size.

    output: C,H,W float scores, resized bilinearly before the argmax, where NaN counts as least and never wins; or H,W
    integer classes, resized to the nearest. Raises RuntimeFailedError for a class that does not fit a byte.
    """
    import torch
    from torch.nn import functional

    if output.ndim == 2:
        if output.dtype != np.uint8 and output.size and not 0 <= output.min() <= output.max() <= IGNORE_INDEX:
            wrong = output.min() if output.min() < 0 else output.max()
            raise RuntimeFailedError(f"it gives class {int(wrong)}; a class is 0 to {IGNORE_INDEX - 1}")
        if output.shape == (height_px, width_px):
            return output.astype(np.uint8)
        wide = output.astype(np.uint8).take(_nearest(output.shape[1], width_px), axis=1)
        return wide.take(_nearest(output.shape[0], height_px), axis=0)
    scores = torch.from_numpy(np.ascontiguousarray(output, dtype=np.float32))[None]
    if not torch.isfinite(scores).all():  # torch takes NaN for the highest, and zero times infinity is NaN
        least = torch.finfo(torch.float32).min
        scores = scores.nan_to_num(nan=least, posinf=-least, neginf=least)
    if 4 * output.shape[0] * height_px * width_px > MOST_SCORES_BYTES:
        return _class_map_in_strips(scores[0], height_px, width_px)
    scores = functional.interpolate(scores, size=(height_px, width_px), mode="bilinear", align_corners=False)
    return _first_highest(scores[0]).numpy()


def _class_map_in_strips(scores: Tensor, height_px: int, width_px: int) -> Pixels:
    """Return the same class map from scores C,H,W, some rows at a time: full-size scores are never held as a whole.

    Rows and columns are weighted as torch's bilinear kernel does, so that only ties of rounding may differ.
    """

    left, right, from_right = _neighbours(scores.shape[2], width_px)
    wide = scores[:, :, left] * (1 - from_right) + scores[:, :, right] * from_right  # C,H,width_px
    above, below, from_below = _neighbours(scores.shape[1], height_px)
    found = np.empty((height_px, width_px), np.uint8)
    rows = max(1, _STRIP_BYTES // (4 * scores.shape[0] * width_px))
    for start in range(0, height_px, rows):
        strip = slice(start, start + rows)
        weight = from_below[strip, None]
        part = wide[:, above[strip]] * (1 - weight) + wide[:, below[strip]] * weight  # C,rows,width_px
        found[strip] = _first_highest(part).numpy()
    return found


def _first_highest(scores: Tensor) -> Tensor:
    """Return the argmax over the first axis of C,H,W scores without NaN, H,W uint8; the first class wins a tie.

    It equals torch's argmax, which is far slower over the first axis.
    """
    import torch

    best, classes = scores[0], torch.zeros(scores.shape[1:], dtype=torch.uint8)
    for place in range(1, len(scores)):
        classes.masked_fill_(scores[place] > best, place)
        best = torch.maximum(best, scores[place])
    return classes


def _nearest(count: int, wanted: int) -> npt.NDArray[np.int64]:
    """Return the source index of each target index along an axis, in whole numbers, where Pillow adds up rounded
    steps."""
    return (2 * np.arange(wanted) + 1) * count // (2 * wanted)


def _neighbours(count: int, wanted: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the two source indices of each target index along an axis, and the weight of the second, 0 to 1."""
    import torch

    scale = torch.tensor(count, dtype=torch.float32) / wanted
    place = (scale * (torch.arange(wanted, dtype=torch.float32) + 0.5) - 0.5).clamp(min=0)
    first = place.long().clamp(max=count - 1)
    return first, (first + 1).clamp(max=count - 1), place - first
