"""Measure files side by side, each against the network that its recipe's steps made."""

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


def measure_made(
    made: Sequence[tuple[models.Loaded, Recipe, Entry]],
    budget: compress.Budget,
    cache: Cache,
    *,
    data: ScoredPhotos,
    threads: int,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> list[BenchmarkRow]:
    """Measure files side by side, each against the network that its recipe's steps made of the one beside it.

    The steps' results come from the cache, and so do rows of files that were measured before.
    """
    steps = {(loaded.sha256, recipe.all_steps): loaded for loaded, recipe, _ in made}
    after = [compress.shrink(loaded, texts, budget, cache) for (_, texts), loaded in steps.items()]
    networks = {network.sha256: network for network in after}

    def reference(artifact: Artifact) -> Iterator[Pixels] | None:
        network = networks.get(artifact.checkpoint_sha256)
        return None if network is None else class_maps(network, data.photos, data.ids)

    rows, _ = measure_missing(
        [entry for _, _, entry in made], cache, data=data, reference=reference, threads=threads,
        progress=progress, warn=warn,
    )  # fmt: skip
    return rows
