"""Accuracy: each file's class maps on labelled photos, at the photos' resolution, against labels and a reference."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmark.photos import ScoredPhotos
from benchmark.timing import Run, drops_out
from pocketseg.core.errors import PocketSegError, RuntimeFailedError
from pocketseg.core.files import sha256_path
from pocketseg.core.metrics import IouMeter, agreement
from pocketseg.core.npy import read_npy, write_npy
from pocketseg.core.tensors import decode_output
from pocketseg.core.types import Artifact
from pocketseg.data.photos import Pixels, read_pair
from pocketseg.inference import class_map, model_input

BATCH_PHOTOS = 8  # outputs of one batch lie on disk: 8 float maps of 512 x 512 x 4 are 34 MB

# Gives the fp32 network's class maps, H,W uint8, in the order of the ids; None where the network is not to be found.
Reference = Callable[[Artifact], Iterator[Pixels] | None]


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

    meter: IouMeter
    equal: int = 0
    compared: int = 0
    photos: list[ScoredPhoto] = field(default_factory=list)

    @property
    def argmax_agreement(self) -> float | None:
        """Return the share of pixels that equal the reference's; None without a reference."""
        return self.equal / self.compared if self.compared else None

    def add(self, predicted: Pixels, mask: Pixels, wanted: Pixels | None, digests: tuple[str, str]) -> None:
        """Count one photo. digests: hashes of the photo's file and of its label."""
        if predicted.max() >= len(self.meter.classes):
            raise RuntimeFailedError(
                f"its output has class {int(predicted.max())}, but it has only {len(self.meter.classes)} classes"
            )
        before = self.meter.confusion.clone()
        self.meter.add(predicted, mask)
        added = (self.meter.confusion - before).tolist()
        self.photos.append(ScoredPhoto(photo_sha256=digests[0], label_sha256=digests[1], confusion=added))
        if wanted is not None:
            self.compare(predicted, wanted)

    def compare(self, predicted: Pixels, wanted: Pixels) -> None:
        """Count the pixels of one photo that equal the reference's."""
        equal, compared, _, _ = agreement(predicted, wanted)
        self.equal += equal
        self.compared += compared


def score_all(
    runs: Sequence[Run],
    data: ScoredPhotos,
    reference: Reference,
    folder: Path,
    pool: ThreadPoolExecutor,
    timeout_s: float,
    progress: Callable[[int, int], None],
) -> list[Score]:
    """Score every file, photos in batches; `pool` decides how many predict at a time. A run that fails is left out.

    Each photo is decoded once for all files, and each reference network runs once on it.
    """
    scores = [Score(IouMeter(data.photos.classes)) for _ in runs]
    references = {reference_key(run.artifact): run.artifact for run in reversed(runs)}
    maps = {key: reference(artifact) for key, artifact in references.items()}
    for start in range(0, len(data.ids), BATCH_PHOTOS):
        ids = data.ids[start : start + BATCH_PHOTOS]
        pairs = [read_pair(data.photos, photo_id) for photo_id in ids]
        batch = _Batch(
            pairs=pairs,
            digests=[
                (sha256_path(data.photos.image_path(photo_id)), label_digest(mask))
                for photo_id, (_, mask) in zip(ids, pairs, strict=True)
            ],
            wanted={key: None if found is None else list(islice(found, len(ids))) for key, found in maps.items()},
            folder=folder,
        )
        batch.write_inputs({_input_size(run.artifact) for run in runs})
        working = [
            (run, pool.submit(batch.score, run, score, timeout_s))
            for run, score in zip(runs, scores, strict=True)
            if not run.failure
        ]
        for run, future in working:
            with drops_out(run):
                future.result()
        progress(min(start + BATCH_PHOTOS, len(data.ids)), len(data.ids))
    return scores


def reference_key(artifact: Artifact) -> str:
    """Return a key of a file's original network and input size: files with equal keys share a reference."""
    return f"{artifact.checkpoint_sha256}@{artifact.input_height_px}x{artifact.input_width_px}"


def label_digest(mask: Pixels) -> str:
    """Return a hash of a label's content, H,W uint8, that does not depend on its file format."""
    height_px, width_px = mask.shape
    return hashlib.sha256(f"{height_px}x{width_px}:".encode() + np.ascontiguousarray(mask).tobytes()).hexdigest()


def _input_size(artifact: Artifact) -> tuple[int, int]:
    return artifact.input_height_px, artifact.input_width_px


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Some photos with their labels, and the reference's class maps by reference key."""

    pairs: Sequence[tuple[Pixels, Pixels]]
    digests: Sequence[tuple[str, str]]
    wanted: dict[str, list[Pixels] | None]
    folder: Path

    def write_inputs(self, sizes: Iterable[tuple[int, int]]) -> None:
        """Save the photos (N,H,W,3 uint8), once for each input size."""
        for height_px, width_px in sizes:
            images = np.stack([model_input(image, height_px, width_px) for image, _ in self.pairs])
            write_npy(self._images(height_px, width_px), images)

    def score(self, run: Run, score: Score, timeout_s: float) -> None:
        """Let one file predict the photos, and count the result."""
        artifact = run.artifact
        path = self.folder / f"outputs-{run.worker.process.pid}.npy"
        images = self._images(*_input_size(artifact))
        run.worker.ask({"do": "predict", "images": str(images), "outputs": str(path)}, timeout_s)
        outputs = read_outputs(path)
        wanted = self.wanted[reference_key(artifact)]
        for place, (image, mask) in enumerate(self.pairs):
            try:
                predicted = class_map(decode_output(outputs[place], artifact.outputs[0]), *image.shape[:2])
            except (PocketSegError, ValueError, IndexError) as error:
                raise RuntimeFailedError(
                    f"its output {outputs.shape[1:]} is not what its manifest says: {error}"
                ) from error
            score.add(predicted, mask, None if wanted is None else wanted[place], self.digests[place])

    def _images(self, height_px: int, width_px: int) -> Path:
        return self.folder / f"images-{height_px}x{width_px}.npy"


def read_outputs(path: Path) -> npt.NDArray[np.generic]:
    """Return a batch of raw outputs, N,..., and remove its file."""
    try:
        with path.open("rb") as stream:
            outputs = read_npy(stream)
    except (OSError, ValueError, EOFError) as error:
        raise RuntimeFailedError(f"its outputs cannot be read ({error})") from error
    path.unlink()
    if outputs.dtype.kind == "f" and not np.isfinite(outputs).all():
        raise RuntimeFailedError("its output has values that are not finite")
    return outputs
