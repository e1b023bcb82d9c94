"""Accuracy: a file's class maps on labelled photos, at the photos' resolution, against labels and a reference."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark import intervals
from benchmark.photos import ScoredPhotos
from benchmark.worker import Worker
from pocketseg.core.errors import PocketSegError, RuntimeFailedError
from pocketseg.core.files import sha256_path
from pocketseg.core.metrics import confusion
from pocketseg.core.tensors import decode_output
from pocketseg.core.types import Artifact
from pocketseg.data.photos import Pixels, read_pair
from pocketseg.inference import class_map, model_input

BATCH_PHOTOS = 8  # outputs of one batch lie on disk: 8 float maps of 512 x 512 x 4 are 34 MB

# Gives the fp32 network's class maps, H,W uint8, in the order of the ids; None where the network is not to be found.
Reference = Callable[[Artifact], Iterator[Pixels] | None]


# ---- counts ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPhoto:
    """The counts of one photo.

    Attributes:
        confusion: pixels by label (rows) and prediction (columns), C,C.
        photo_sha256: hash of the photo's file.
        label_sha256: hash of the upright label's height, width and pixels.
    """

    photo_sha256: str
    label_sha256: str
    confusion: list[list[int]]


@dataclass(slots=True)
class Score:
    """The counts of one file's class maps so far. equal, compared: numbers of pixels compared with the reference."""

    classes: tuple[str, ...]
    equal: int = 0
    compared: int = 0
    photos: list[ScoredPhoto] = field(default_factory=list)

    @property
    def argmax_agreement(self) -> float | None:
        """Return the share of pixels that equal the reference's; None without a reference."""
        return self.equal / self.compared if self.compared else None

    @property
    def confusion(self) -> intervals.Counts:
        """Return the confusion matrix over all photos, C,C."""
        none = np.zeros((len(self.classes), len(self.classes)), np.int64)
        return sum((np.array(photo.confusion, np.int64) for photo in self.photos), none)

    def iou(self) -> dict[str, float | None]:
        """Return each class's IoU; None for a class without label pixels."""
        return dict(zip(self.classes, intervals.iou(self.confusion), strict=True))

    def miou(self) -> float | None:
        """Return the mean IoU over the classes that occur in labels; None where no pixel has a label."""
        matrix = self.confusion
        return intervals.miou(matrix) if matrix.any() else None

    def add(self, predicted: Pixels, mask: Pixels, wanted: Pixels | None, digests: tuple[str, str]) -> None:
        """Count one photo. digests: hashes of the photo's file and of its label."""
        if predicted.max() >= len(self.classes):
            raise RuntimeFailedError(
                f"its output has class {int(predicted.max())}, but it has only {len(self.classes)} classes"
            )
        counts = confusion(predicted, mask, len(self.classes)).tolist()
        self.photos.append(ScoredPhoto(photo_sha256=digests[0], label_sha256=digests[1], confusion=counts))
        if wanted is not None:
            self.compare(predicted, wanted)

    def compare(self, predicted: Pixels, wanted: Pixels) -> None:
        """Count the pixels of one photo that equal the reference's."""
        self.equal += int(np.count_nonzero(predicted == wanted))
        self.compared += predicted.size

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Score:
        """Return the score that to_json described. Raises KeyError, TypeError, ValueError for anything else."""
        photos = [ScoredPhoto(**photo) for photo in content["photos"]]
        classes = tuple(str(name) for name in content["classes"])
        if any(np.array(photo.confusion, np.int64).shape != (len(classes),) * 2 for photo in photos):
            raise ValueError("a photo's confusion matrix has another size")
        return cls(classes, int(content["equal"]), int(content["compared"]), photos)


# ---- photos ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some photos with their labels, and the hashes of each photo's file and label."""

    ids: Sequence[str]
    pairs: Sequence[tuple[Pixels, Pixels]]
    digests: Sequence[tuple[str, str]]

    def inputs(self, height_px: int, width_px: int) -> Pixels:
        """Return the photos at an input's size, N,H,W,3."""
        return np.stack([model_input(image, height_px, width_px) for image, _ in self.pairs])


def read_batches(data: ScoredPhotos) -> Iterator[Batch]:
    """Yield all photos in their order, BATCH_PHOTOS at a time. Raises DataError."""
    for start in range(0, len(data.ids), BATCH_PHOTOS):
        ids = data.ids[start : start + BATCH_PHOTOS]
        pairs = [read_pair(data.photos, photo_id) for photo_id in ids]
        digests = [
            (sha256_path(data.photos.image_path(photo_id)), label_digest(mask))
            for photo_id, (_, mask) in zip(ids, pairs, strict=True)
        ]
        yield Batch(ids=ids, pairs=pairs, digests=digests)


def reference_key(artifact: Artifact) -> str:
    """Return a key of a file's original network and input size: files with equal keys share a reference."""
    return f"{artifact.checkpoint_sha256}@{artifact.input_height_px}x{artifact.input_width_px}"


def input_size(artifact: Artifact) -> tuple[int, int]:
    """Return a file's input height and width."""
    return artifact.input_height_px, artifact.input_width_px


def label_digest(mask: Pixels) -> str:
    """Return a hash of a label's content, H,W uint8, that does not depend on its file format."""
    height_px, width_px = mask.shape
    return hashlib.sha256(f"{height_px}x{width_px}:".encode() + np.ascontiguousarray(mask).tobytes()).hexdigest()


# ---- a file on photos ------------------------------------------------------------------------------------------------


def class_maps(
    worker: Worker,
    artifact: Artifact,
    images: Path,
    sizes_px: Sequence[tuple[int, ...]],
    folder: Path,
    timeout_s: float,
    signals: Path | None = None,
) -> Iterator[Pixels]:
    """Let a file predict photos, and yield its class map of each at the photo's own size. Raises RuntimeFailedError.

    Args:
        images: a file of the photos at the input's size, N,H,W,3 uint8.
        sizes_px: height and width of each photo.
        folder: for the outputs on their way.
        signals: a file of the photos' signals, N,C,H,W, for a file that takes them.
    """
    outputs, _ = worker.predict(images, folder, timeout_s, signals)
    for output, size_px in zip(outputs, sizes_px, strict=True):
        yield map_of(output, artifact, size_px)


def map_of(output: npt.NDArray[np.generic], artifact: Artifact, size_px: tuple[int, ...]) -> Pixels:
    """Return the class map of a raw output at a photo's height and width. Raises RuntimeFailedError."""
    try:
        return class_map(decode_output(output, artifact.outputs[0]), size_px[0], size_px[1])
    except (PocketSegError, ValueError, IndexError) as error:
        raise RuntimeFailedError(f"its output {output.shape} is not what its manifest says: {error}") from error
