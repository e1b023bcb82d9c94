"""Scores of files in the processes that timed them, for files that were not scored apart from it (scoring.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from benchmark.accuracy import Batch, Reference, Score, class_maps, input_size, read_batches, reference_key
from benchmark.further import signals_file
from benchmark.photos import ScoredPhotos
from benchmark.timing import Run, drops_out
from pocketseg.core.npy import write_npy
from pocketseg.data.photos import Pixels
from pocketseg.data.signals.source import SignalSource


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
    scores = [Score(data.photos.classes) for _ in runs]
    references = {reference_key(run.artifact): run.artifact for run in reversed(runs)}
    maps = {key: reference(artifact) for key, artifact in references.items()}
    done = 0
    for batch in read_batches(data):
        wanted = {key: None if found is None else list(islice(found, len(batch.ids))) for key, found in maps.items()}
        images = {}
        for height_px, width_px in {input_size(run.artifact) for run in runs}:
            path = folder / f"images-{height_px}x{width_px}.npy"
            images[height_px, width_px] = write_npy(path, batch.inputs(height_px, width_px))
        working = [
            (run, pool.submit(_score, run, score, batch, images, wanted, data.signals, folder, timeout_s))
            for run, score in zip(runs, scores, strict=True)
            if not run.failure
        ]
        for run, future in working:
            with drops_out(run):
                future.result()
        done += len(batch.ids)
        progress(done, len(data.ids))
    return scores


def _score(
    run: Run,
    score: Score,
    batch: Batch,
    images: Mapping[tuple[int, int], Path],
    wanted: Mapping[str, Sequence[Pixels] | None],
    source: SignalSource | None,
    folder: Path,
    timeout_s: float,
) -> None:
    """Let one file predict a batch, and count the result. images: by input size; wanted: by reference key."""
    artifact, reference = run.artifact, wanted[reference_key(run.artifact)]
    sizes_px = [label.shape for _, label in batch.pairs]
    signals = signals_file(artifact, source, batch.ids, folder, f"signals-{run.worker.process.pid}")
    found = class_maps(run.worker, artifact, images[input_size(artifact)], sizes_px, folder, timeout_s, signals)
    for place, predicted in enumerate(found):
        compared = None if reference is None else reference[place]
        score.add(predicted, batch.pairs[place][1], compared, batch.digests[place])
