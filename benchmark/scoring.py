"""Scores of files apart from their timing: each file runs in a process of its own, and its score is kept in the cache.

A score depends neither on what else the host does nor on when it is made. So files can be scored while others are still
converted, and a run that ends early loses no score. Timing then has the host to itself for what needs it.
"""

from __future__ import annotations

import errno
import importlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import models
from benchmark import runtimes
from benchmark.accuracy import Reference, Score, class_maps, input_size
from benchmark.device import cpu_model, usable_cores
from benchmark.entry import Entry, as_described
from benchmark.photos import ScoredPhotos, photos_hash
from benchmark.shared import Shared
from benchmark.worker import Worker, stop_workers
from pocketseg.core.cache import Cache, host, versions
from pocketseg.core.child import stop_until_done
from pocketseg.core.errors import BundleError, RuntimeFailedError
from pocketseg.core.files import atomic_folder, write_bytes, write_json
from pocketseg.core.keys import Code, code_hash
from pocketseg.core.outside import read_json, read_within
from pocketseg.core.runs import decode, encode
from pocketseg.data.photos import Pixels, digest
from pocketseg.inference import TOOLS

IMPORTS = ("benchmark.runtimes",)
_TIMEOUT_S = 300.0  # for each answer of a file's process
_SCORE = "score.json"
Found = TypeVar("Found")
_MOST_MAP_BYTES = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A file's score.

    Attributes:
        maps: its class maps, H,W uint8, of the photos for which they are kept, by id.
        reused: whether it was made before.
    """

    score: Score
    maps: Mapping[str, Pixels]
    reused: bool = False


class Scorer:
    """Scores files on the same photos, from any thread. A context: it holds what the files share, each made once."""

    def __init__(
        self,
        data: ScoredPhotos,
        cache: Cache,
        *,
        threads: int,
        reference: Reference = lambda artifact: None,
        kept_maps: Sequence[str] = (),
        runtimes_package: str = "benchmark.runtimes",
    ) -> None:
        """Prepare to score; nothing is decoded yet.

        Args:
            data: the photos; `entry.check_photos` says whether files can be scored on them.
            threads: for each runtime.
            reference: the fp32 class maps of a file's network.
            kept_maps: ids of the photos whose class maps are kept beside the score.
        """
        self._data, self._cache, self._threads, self._reference = data, cache, threads, reference
        self._package = runtimes_package
        self._shared = Shared(data, reference, cache)
        self._digests = {photo_id: digest(data.photos.image_path(photo_id)) for photo_id in kept_maps}

    def __enter__(self) -> Scorer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shared.close()

    def kept(self, entry: Entry) -> Scored | None:
        """Return a file's score if it was made before, else None."""
        place = self._place(entry)
        try:
            score = Score.from_json(read_json(place / _SCORE))
            if not self._is_whole(score):
                return None
            maps = {
                photo_id: decode(read_within(place / f"{name}.runs", _MOST_MAP_BYTES))
                for photo_id, name in self._digests.items()
            }
        except (OSError, ValueError, KeyError, TypeError, BundleError):
            return None
        return Scored(score=score, maps=maps, reused=True)

    def score(self, entry: Entry) -> Scored:
        """Return a file's score, kept or made now. Raises RuntimeFailedError where the file does not run here."""
        found = self.kept(entry)
        if found is None:
            found = self._scored(entry)
            self._keep(entry, found)
        return found

    def _is_whole(self, score: Score) -> bool:
        """Return whether a kept score can be one of these photos."""
        counted = score.classes == self._data.photos.classes and len(score.photos) == len(self._data.ids)
        return counted and 0 <= score.equal <= score.compared

    def _keep(self, entry: Entry, found: Scored) -> None:
        try:
            with atomic_folder(self._place(entry)) as folder:
                for photo_id, pixels in found.maps.items():
                    write_bytes(folder / f"{self._digests[photo_id]}.runs", encode(pixels))
                write_json(folder / _SCORE, found.score.to_json())
        except OSError as error:  # another process keeps the same score at this moment
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise

    def known(
        self, entries: Sequence[Entry], progress: Callable[[str, int, int], None] = lambda what, done, total: None
    ) -> list[Scored | None]:
        """Return the score of each file as score_all does; None for one that does not run here, or takes signals.

        Whoever measures these says why, or gives them the photos' signals.
        """

        def one(entry: Entry) -> Scored | None:
            if entry.artifact.signals:
                return None
            try:
                return self.score(entry)
            except RuntimeFailedError:
                return None

        return _each(entries, one, progress)

    def score_all(
        self, entries: Sequence[Entry], progress: Callable[[str, int, int], None] = lambda what, done, total: None
    ) -> list[Scored]:
        """Return the score of each file, as many made at a time as there are cores. Raises RuntimeFailedError."""

        def one(entry: Entry) -> Scored:
            try:
                return self.score(entry)
            except RuntimeFailedError as error:
                raise RuntimeFailedError(f"{entry.path}: {error.message}", hint=error.hint) from error

        return _each(entries, one, progress)

    def _place(self, entry: Entry) -> Path:
        return self._cache.place("scores", self.facts(entry))

    def facts(self, entry: Entry) -> dict[str, Any]:
        """Return all that decides a file's score."""
        artifact = entry.artifact
        return {
            "artifact": artifact.sha256,
            "described": as_described(artifact),
            "checkpoint": artifact.checkpoint_sha256,
            "compared": self._reference(artifact) is not None,
            "runtime": entry.runtime,
            "versions": versions([runtimes.tool(entry.runtime), *TOOLS]),
            "photos": self._photos_hash,
            "threads": self._threads,
            "code": code_hash(code(entry.runtime, artifact.facts.get("network", ""), self._data.photos.format)),
            "host": {**host(), "cpu": cpu_model()},
        }

    @cached_property
    def _photos_hash(self) -> str:
        return photos_hash(self._data)

    def _scored(self, entry: Entry) -> Scored:
        runtime = f"{self._package}.{entry.runtime}"
        if reason := importlib.import_module(runtime).refusal():
            raise RuntimeFailedError(str(reason))
        score, maps = Score(self._data.photos.classes), dict[str, Pixels]()
        wanted = self._shared.wanted(entry.artifact)
        with ExitStack() as stack:
            work = tempfile.TemporaryDirectory(prefix="score-", dir=self._cache.workspace())
            folder = Path(stack.enter_context(work))
            worker = Worker(folder / "log.txt", self._threads)
            stack.callback(worker.close)
            worker.prepare(entry.path, runtime, self._threads, _TIMEOUT_S)
            worker.load(_TIMEOUT_S)
            for batch, images in self._shared.batches(input_size(entry.artifact), folder):
                sizes_px = [label.shape for _, label in batch.pairs]
                found = class_maps(worker, entry.artifact, images, sizes_px, folder, _TIMEOUT_S)
                for place, predicted in enumerate(found):
                    reference = None if wanted is None else next(wanted)
                    score.add(predicted, batch.pairs[place][1], reference, batch.digests[place])
                    if batch.ids[place] in self._digests:
                        maps[batch.ids[place]] = predicted
        return Scored(score=score, maps=maps)


def _each(
    entries: Sequence[Entry], one: Callable[[Entry], Found], progress: Callable[[str, int, int], None]
) -> list[Found]:
    """Return what `one` gives for each file, as many at a time as there are cores."""
    found: list[Found] = []
    with ThreadPoolExecutor(usable_cores()) as pool:
        running = [pool.submit(one, entry) for entry in entries]
        try:
            for future in running:
                found.append(future.result())
                progress("scoring", len(found), len(entries))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_until_done(running, stop_workers)
            raise
    return found


def code(runtime: str, network: str, data_format: str) -> Code:
    """Return the code that a score depends on: both processes, the file's runtime, and the reference network.

    network: as the manifest names it; empty if it does not.
    """
    return Code(
        modules=("benchmark.scoring", "models._released", "pocketseg.inference"),
        used={
            "models": models.families(network),
            "models/released": (),  # `artifact` and `checkpoint` are hashes
            "benchmark/runtimes": (runtime,),
            "pocketseg/data/formats": (data_format,),
            "pocketseg/data/splits": (),  # `photos` is the hash of those that are scored
        },
    )
