"""Runs a file on its desktop runtime, in a separate process, and returns class maps of photos at the input's size."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmark import accuracy, runtimes
from benchmark.accuracy import BATCH_PHOTOS
from benchmark.entry import Entry
from benchmark.worker import Worker
from pocketseg.core.errors import RefusedError, RuntimeFailedError
from pocketseg.core.npy import write_npy
from pocketseg.core.types import Artifact
from pocketseg.data.photos import Pixels
from pocketseg.inference import Array

_TIMEOUT_S = 600.0


def class_maps(entry: Entry, images: Pixels, sizes_px: Sequence[tuple[int, int]], threads: int) -> Iterator[Pixels]:
    """Yield a file's class map of each photo at the photo's own size, H,W uint8.

    Raises RefusedError where its runtime cannot run on this host, RuntimeFailedError where it does not run the file.

    Args:
        images: N,H,W,3 uint8 at the input's size.
        sizes_px: height and width of each photo.
    """
    reason = runtimes.runtime(entry.runtime).refusal()
    if reason:
        raise RefusedError(
            f"{entry.path} cannot run here: {reason}",
            hint="a bundle contains the outputs of its files on this computer",
        )
    with tempfile.TemporaryDirectory(prefix="pocketseg-bundle-") as work:
        folder = Path(work)
        worker = Worker(folder / "log.txt", threads)
        try:
            worker.prepare(entry.path, f"benchmark.runtimes.{entry.runtime}", threads, _TIMEOUT_S)
            worker.load(_TIMEOUT_S)
            for start in range(0, len(images), BATCH_PHOTOS):
                batch = write_npy(folder / "images.npy", images[start : start + BATCH_PHOTOS])
                sizes = sizes_px[start : start + BATCH_PHOTOS]
                for found in accuracy.class_maps(worker, entry.artifact, batch, sizes, folder, _TIMEOUT_S):
                    yield _of_its_classes(found, entry.artifact)
        except RuntimeFailedError as error:
            raise RuntimeFailedError(f"{entry.path}: {error.message}", hint=error.hint) from error
        finally:
            worker.kill()
            worker.close()


def map_of(output: Array, artifact: Artifact, size_px: tuple[int, int]) -> Pixels:
    """Return the class map of a raw output at a photo's height and width. Raises RuntimeFailedError."""
    return _of_its_classes(accuracy.map_of(output, artifact, size_px), artifact)


def _of_its_classes(found: Pixels, artifact: Artifact) -> Pixels:
    if int(found.max()) >= len(artifact.classes):
        raise RuntimeFailedError(
            f"its output has class {int(found.max())}, but it has only {len(artifact.classes)} classes"
        )
    return found
