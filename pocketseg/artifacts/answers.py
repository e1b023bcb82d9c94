"""What a network itself answers on the photos of a comparison, and what it costs: made once for all its files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import compress
import models
from pocketseg.core.cache import Cache, host, versions
from pocketseg.core.files import make_folder, write_encoded
from pocketseg.core.keys import Code, code_hash
from pocketseg.core.npy import read_npz
from pocketseg.data.calibration import Calibration, parity_photos
from pocketseg.data.photos import Pixels
from pocketseg.inference import TOOLS, calibration_inputs, network_output

if TYPE_CHECKING:
    from torch import Tensor

_NAME = "answers.npz"
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A network's answers.

    Attributes:
        pictures: the photos at the network's input size, each H,W,3 uint8.
        scores: of each photo, C,h,w.
        costs: parameters, multiply-adds and sparsity, as compress.measured returns them.
    """

    pictures: tuple[Pixels, ...]
    scores: tuple[Scores, ...]
    costs: dict[str, Any]


def place(cache: Cache, loaded: models.Loaded, calibration: Calibration) -> Path:
    """Return the folder of the cache for a network's answers on the photos that its files are compared on."""
    code = Code(
        modules=("pocketseg.artifacts.answers",),
        used={
            "models": models.families(loaded.spec.name),
            "models/released": (),  # the weights' hash is in the key
            "compress": (),  # steps are applied before
            "pocketseg/data/formats": (),  # photos come as files, each with its digest
            "pocketseg/data/splits": (),
        },
    )
    facts = {
        "checkpoint": loaded.sha256,
        "spec": dataclasses.asdict(loaded.spec),
        "photos": parity_photos(calibration).hash,
        "code": code_hash(code),
        "tools": versions(TOOLS),
        "host": host(),
    }
    return cache.place("answers", facts)


def answered(loaded: models.Loaded, photos: Calibration, kept: Path | None = None) -> Answers:
    """Return a network's answers on photos, read from the folder `kept` where they are there, else left there.

    Raises DataError for a photo whose bytes have changed, StorageError where the folder cannot be written.
    """
    pictures = tuple(calibration_inputs(photos, loaded.spec.height_px, loaded.spec.width_px))
    found = None if kept is None else _read(kept / _NAME, len(pictures))
    if found is not None:
        return Answers(pictures=pictures, scores=tuple(found[0]), costs=found[1])
    more = further_inputs(loaded.input_signals, len(pictures), loaded.spec.height_px, loaded.spec.width_px)
    outputs = zip(pictures, more, strict=True)
    scores = tuple(network_output(loaded.module, loaded.spec, picture, given) for picture, given in outputs)
    costs = compress.measured(loaded.module, loaded.spec)
    if kept is not None:
        arrays = {"scores": np.stack(scores), "costs": np.array(json.dumps(costs))}
        write_encoded(make_folder(kept) / _NAME, lambda stream: np.savez(stream, allow_pickle=False, **arrays))
    return Answers(pictures=pictures, scores=scores, costs=costs)


def further_inputs(signals: Sequence[str], count: int, height_px: int, width_px: int) -> list[Tensor | None]:
    """Return what a network gets beside each photo of a comparison, 1,C,H,W: a drawn figure, or nobody, in turns."""
    if not signals:
        return [None] * count
    from pocketseg.training.signal_inputs import figure_or_nobody

    return [figure_or_nobody(signals, place, height_px, width_px) for place in range(count)]


def _read(path: Path, count: int) -> tuple[Scores, dict[str, Any]] | None:
    """Return kept scores, N,C,h,w, and costs; None where the file is absent or damaged."""
    try:
        scores, said = read_npz(path, ("scores", "costs"))
        costs = json.loads(str(said))
    except (OSError, ValueError):
        return None
    whole = scores.dtype == np.float32 and scores.ndim == 4 and len(scores) == count and isinstance(costs, dict)
    return (scores, costs) if whole else None
