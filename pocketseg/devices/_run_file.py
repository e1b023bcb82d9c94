"""Runs a file on its desktop runtime, in a separate process, and returns class maps of photos at the input's size."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmark import runtimes
from benchmark.accuracy import BATCH_PHOTOS, read_outputs
from benchmark.engine import Entry
from benchmark.worker import Worker
from pocketseg.core.errors import PocketSegError, RefusedError, RuntimeFailedError
from pocketseg.core.npy import write_npy
from pocketseg.core.tensors import decode_output
from pocketseg.core.types import Artifact
from pocketseg.data.photos import Pixels
from pocketseg.inference import Array, class_map

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
                write_npy(folder / "images.npy", images[start : start + BATCH_PHOTOS])
                asked = {"images": str(folder / "images.npy"), "outputs": str(folder / "outputs.npy")}
                worker.ask({"do": "predict", **asked}, _TIMEOUT_S)
                for output, size_px in zip(
                    read_outputs(folder / "outputs.npy"), sizes_px[start : start + BATCH_PHOTOS], strict=True
                ):
                    yield map_of(output, entry.artifact, size_px)
        except RuntimeFailedError as error:
            raise RuntimeFailedError(f"{entry.path}: {error.message}", hint=error.hint) from error
        finally:
            worker.kill()
            worker.close()


def map_of(output: Array, artifact: Artifact, size_px: tuple[int, int]) -> Pixels:
    """Return the class map of a raw output at a photo's height and width. Raises RuntimeFailedError."""
    try:
        found = class_map(decode_output(output, artifact.outputs[0]), *size_px)
    except (PocketSegError, ValueError, IndexError) as error:
        raise RuntimeFailedError(f"its output {output.shape} is not what its manifest says: {error}") from error
    if int(found.max()) >= len(artifact.classes):
        raise RuntimeFailedError(
            f"its output has class {int(found.max())}, but it has only {len(artifact.classes)} classes"
        )
    return found
