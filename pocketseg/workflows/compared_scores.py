"""A network's scores photo by photo, kept beside a comparison by what they depend on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import models
from benchmark.photos import ScoredPhotos
from pocketseg.core.cache import host, versions
from pocketseg.core.files import make_folder, sha256_json, write_encoded
from pocketseg.core.keys import Code, code_hash
from pocketseg.core.npy import read_npz
from pocketseg.inference import TOOLS
from pocketseg.training.scores import PhotoScore, Scores, score
from pocketseg.training.signal_inputs import inputs_for, signals_hash

SCORED_WITH = (*TOOLS, "torchmetrics")
_BLOCK = 16  # photos that are scored between two savings


def score_missing(
    name: str, loaded: models.Loaded, data: ScoredPhotos, folder: Path, of_photos: str,
    progress: Callable[[str, int, int], None],
) -> Scores:  # fmt: skip
    """Score the photos of which FOLDER has no scores, a block at a time, keeping each block when it is done.

    of_photos: the data's hash, from benchmark.photos.photos_hash.
    """
    spec, title = loaded.spec, f"scoring {name}"
    inputs = inputs_for(name, loaded.input_signals, data.signals)
    scored_with = [code_hash(code(loaded, data)), versions(SCORED_WITH), host()]
    if inputs is not None:
        scored_with.append(signals_hash(inputs.source, data.ids, inputs.names))
    network = sha256_json([loaded.sha256, dataclasses.asdict(spec), scored_with])[:16]
    path = make_folder(folder) / f"{network}-{data.hash or 'all'}-{of_photos}.npz"
    done = _kept(path, data.ids, len(spec.classes))
    while len(done) < len(data.ids):
        block, before = data.ids[len(done) : len(done) + _BLOCK], len(done)
        more = score(
            loaded.module, spec, data.photos, block,
            lambda now, _, before=before: progress(title, before + now, len(data.ids)),  # type: ignore[misc]
            signals=inputs,
        )  # fmt: skip
        done += more.photos
        _keep(path, done)
    return Scores(classes=spec.classes, photos=tuple(done))


def code(loaded: models.Loaded, data: ScoredPhotos) -> Code:
    """Return the code that a network's scores depend on."""
    return Code(
        modules=("models._released", "pocketseg.training.scores"),
        used={
            "models": models.families(loaded.metadata.get("network", "")),
            "models/released": (),  # the weights' hash is in the name
            "pocketseg/data/formats": (data.photos.format,),
            "pocketseg/data/splits": (),  # so is that of the photos
        },
    )


def _keep(path: Path, photos: Sequence[PhotoScore]) -> None:
    arrays = {
        "ids": np.array([p.id for p in photos]),
        "confusion": np.stack([p.confusion for p in photos]),
        "boundary": np.stack([p.boundary for p in photos]),
    }
    write_encoded(path, lambda stream: np.savez_compressed(stream, allow_pickle=False, **arrays))


def _kept(path: Path, ids: Sequence[str], classes: int) -> list[PhotoScore]:
    """Return the kept scores of the first of `ids`; none where the file is absent, damaged, or of other photos."""
    try:
        said, matrices, bands = read_npz(path, ("ids", "confusion", "boundary"))
    except (OSError, ValueError):
        return []
    found = said.tolist()
    count = len(found)
    whole = matrices.shape == (count, classes, classes) and bands.shape == (count, classes, 2)
    if not whole or found != list(ids[:count]):
        return []
    return [PhotoScore(id=i, confusion=m, boundary=b) for i, m, b in zip(found, matrices, bands, strict=True)]
