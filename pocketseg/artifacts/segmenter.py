"""Opens whatever segments photos: an exported file, a released name or a checkpoint."""

from __future__ import annotations

from pathlib import Path

import export
import models
from benchmark import runtimes
from pocketseg import inference
from pocketseg.core import manifest
from pocketseg.core.errors import RefusedError, UsageError
from pocketseg.core.native import native_chatter_hidden
from pocketseg.inference import Array, Segmenter

_NOTHING = models.Given()


def open_segmenter(ref: str, threads: int, given: models.Given = _NOTHING) -> Segmenter:
    """Return a segmenter for an exported file, its folder, a released name or a checkpoint.

    given: what a checkpoint does not say itself. Raises UsageError where it is given for an exported file.
    """
    path = Path(ref)
    suffixes = {export.facts(t, "SUFFIX") for t in export.targets()}
    if path.suffix in suffixes or (path.is_dir() and (path / manifest.NAME).is_file()):
        if given != _NOTHING:
            raise UsageError(
                f"{ref} is an exported file, and its manifest already describes it",
                hint="--network, --classes, --mean, --std and --size apply to weights files: leave them out",
            )
        return _of_artifact(path, threads)
    return _of_network(ref, threads, given)


def _of_artifact(path: Path, threads: int) -> Segmenter:
    artifact, file = manifest.read_manifest(path)
    engine = runtimes.runtime(export.facts(artifact.target, "RUNTIME"))
    reason = engine.refusal()
    if reason:
        raise RefusedError(f"{file} cannot run here: {reason}", hint="segment with the model that it was made from")
    with native_chatter_hidden():
        session = engine.open_session(file, artifact, threads)

    def run(value: Array) -> Array:
        with native_chatter_hidden():
            return session.run(value)

    return inference.of_file(run, artifact)


def _of_network(ref: str, threads: int, given: models.Given) -> Segmenter:
    import torch

    torch.set_num_threads(threads)
    return inference.of_network(models.open_model(ref, given))
