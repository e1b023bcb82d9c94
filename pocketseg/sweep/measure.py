"""Measure files of one network side by side, each against the network that its recipe's steps made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import compress
import models
from benchmark.engine import Entry
from benchmark.kept import measure_missing
from benchmark.photos import ScoredPhotos
from pocketseg.core.cache import Cache
from pocketseg.core.types import Artifact, BenchmarkRow, Recipe
from pocketseg.data.photos import Pixels
from pocketseg.inference import class_maps

_NOTHING = models.Given()


def measure_made(
    model: str,
    made: Sequence[tuple[Recipe, Entry]],
    budget: compress.Budget,
    cache: Cache,
    *,
    data: ScoredPhotos,
    threads: int,
    given: models.Given = _NOTHING,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> list[BenchmarkRow]:
    """Measure files of one model side by side, each against the network that its recipe's steps made of it.

    The steps' results come from the cache, and so do rows of files that were measured before.

    given: what the user says where the model's file does not say it.
    """
    loaded = models.open_model(model, given)
    after = [compress.shrink(loaded, recipe.all_steps, budget, cache) for recipe, _ in made]
    networks = {network.sha256: network for network in after}

    def reference(artifact: Artifact) -> Iterator[Pixels] | None:
        network = networks.get(artifact.checkpoint_sha256)
        return None if network is None else class_maps(network, data.photos, data.ids)

    rows, _ = measure_missing(
        [entry for _, entry in made], cache, data=data, reference=reference, threads=threads,
        progress=progress, warn=warn,
    )  # fmt: skip
    return rows
