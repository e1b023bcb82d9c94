"""Score and measure files, each against the network that its recipe's steps made."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

import compress
import models
from benchmark.accuracy import Reference
from benchmark.entry import Entry, check_photos
from benchmark.kept import measure_missing
from benchmark.photos import ScoredPhotos, photos_hash
from benchmark.scoring import Scorer
from pocketseg.core.cache import Cache
from pocketseg.core.errors import PocketSegError, StorageError
from pocketseg.core.files import FULL_DISK
from pocketseg.core.types import Artifact, BenchmarkRow, ModelSpec, Recipe
from pocketseg.data.photos import Pixels
from pocketseg.inference import class_maps

_MOST_HELD_BYTES = 128 << 20  # of networks' class maps

Made = tuple[models.Loaded, Recipe, Entry]  # the network before the recipe's steps, and the file


def measure_made(
    made: Sequence[Made],
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
    rows, _ = measure_missing(
        [entry for _, _, entry in made], cache, data=data, reference=_reference(made, budget, cache, data),
        threads=threads, progress=progress, warn=warn,
    )  # fmt: skip
    return rows


def score_ahead(made: Sequence[Made], budget: compress.Budget, cache: Cache, data: ScoredPhotos, threads: int) -> None:
    """Score files of one network now, so that `measure_made` only has to time them; a file or photos that cannot be
    scored are left to it.

    Raises StorageError.
    """
    entries = [entry for _, _, entry in made]
    with contextlib.ExitStack() as stack:
        stack.enter_context(_left_for_later())
        check_photos(entries, data, lambda what, done, total: None, lambda sentence: None)
        reference = _reference(made, budget, cache, data)
        scorer = stack.enter_context(Scorer(data, cache, threads=threads, reference=reference))
        for entry in entries:
            with _left_for_later():
                scorer.score(entry)


@contextlib.contextmanager
def _left_for_later() -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except PocketSegError:
        pass
    except OSError as error:
        if error.errno in FULL_DISK:
            raise


def _reference(made: Sequence[Made], budget: compress.Budget, cache: Cache, data: ScoredPhotos) -> Reference:
    """Return what gives the class maps of the network that a file was made from; the steps' results are cached."""
    steps = {(loaded.sha256, recipe.all_steps): loaded for loaded, recipe, _ in made}
    after = [compress.shrink(loaded, texts, budget, cache) for (_, texts), loaded in steps.items()]
    networks, of_photos = {network.sha256: network for network in after}, photos_hash(data)

    def reference(artifact: Artifact) -> Iterator[Pixels] | None:
        network = networks.get(artifact.checkpoint_sha256)
        return None if network is None else _held.maps(network, data, of_photos)

    return reference


class _Held:
    """Class maps that networks gave of photos, held for the next files of the same network, up to a size."""

    def __init__(self) -> None:
        self._maps: dict[tuple[str, ModelSpec, str], list[Pixels]] = {}

    def maps(self, network: models.Loaded, data: ScoredPhotos, of_photos: str) -> Iterator[Pixels]:
        """Yield a network's class map of each photo. of_photos: the data's hash."""
        key = (network.sha256, network.spec, of_photos)
        if key in self._maps:
            yield from self._maps[key]
            return
        room = _MOST_HELD_BYTES - sum(one.nbytes for maps in list(self._maps.values()) for one in maps)
        found: list[Pixels] = []
        for one in class_maps(network, data.photos, data.ids):
            yield one
            room -= one.nbytes
            if room >= 0:
                found.append(one)
        if room >= 0:
            self._maps[key] = found


_held = _Held()
