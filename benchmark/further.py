"""What files that take signals beside the photo are given: those of the scored photos, or of a drawn figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmark.photos import ScoredPhotos
from pocketseg.core.npy import write_npy
from pocketseg.core.types import Artifact
from pocketseg.data.signals.source import SignalSource

Maps = npt.NDArray[np.float32]  # N,C,H,W of 0 to 1


def check_given(artifact: Artifact, data: ScoredPhotos) -> None:
    """Refuse a file that takes signals where the photos to score have none given. Raises UsageError."""
    if artifact.signals:
        from pocketseg.training.signal_inputs import inputs_for

        inputs_for(artifact.file, artifact.signals, data.signals)


def signals_file(
    artifact: Artifact, source: SignalSource | None, ids: Sequence[str], folder: Path, name: str
) -> Path | None:
    """Write what a file takes beside photos; return the path, or None for a file that takes the photo alone."""
    return write_npy(folder / f"{name}.npy", maps_of(artifact, source, ids)) if artifact.signals else None


def maps_of(artifact: Artifact, source: SignalSource | None, ids: Sequence[str]) -> Maps:
    """Return what a file takes beside photos; without a source, the drawn figure for each."""
    from pocketseg.training.signal_inputs import Figure, SignalInputs

    inputs = SignalInputs(source=source or Figure(), names=artifact.signals)
    size = artifact.input_height_px, artifact.input_width_px
    return np.concatenate([inputs.maps(photo_id, *size).numpy() for photo_id in ids])
