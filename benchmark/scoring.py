"""Scores of files apart from their timing: each file runs in a process of its own, and its score is kept in the cache.

A score depends neither on what else the host does nor on when it is made. So files can be scored while others are still
converted, and a run that ends early loses no score. Timing then has the host to itself for what needs it.
"""

from __future__ import annotations

import errno
import importlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, TypeVar

import models
from benchmark import runtimes
from benchmark.accuracy import Batch, Reference, Score, class_maps, input_size, read_batches, reference_key
from benchmark.device import cpu_model, usable_cores
from benchmark.entry import Entry, as_described
from benchmark.photos import ScoredPhotos, photos_hash
from benchmark.worker import Worker, stop_workers
from pocketseg.core.cache import Cache, host, versions
from pocketseg.core.child import stop_until_done
from pocketseg.core.errors import BundleError, RuntimeFailedError
from pocketseg.core.files import atomic_folder, write_bytes, write_json
from pocketseg.core.keys import Code, code_hash
from pocketseg.core.npy import write_npy
from pocketseg.core.outside import read_json, read_within
from pocketseg.core.runs import decode, encode
from pocketseg.core.types import Artifact
from pocketseg.data.exif import read_stored
from pocketseg.data.photos import Pixels, digest
from pocketseg.inference import TOOLS

IMPORTS = ("benchmark.runtimes",)
MOST_HELD_BYTES = 256 << 20  # of photos, labels and reference maps; where they take more, each file reads them anew
_BYTES_PER_PIXEL = 6  # a photo, its label, and the class maps of two reference networks
_MAPS_BYTES_PER_PIXEL = 2  # the class maps alone, which cost most to make, are held for more photos
_TIMEOUT_S = 300.0  # for each answer of a file's process
_SCORE = "score.json"
Found = TypeVar("Found", "Scored", "Scored | None")
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
        self._shared = _Shared(data, reference, cache)
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
            with suppress(RuntimeFailedError):
                return None if entry.artifact.signals else self.score(entry)
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


class _Shared:
    """What all files need: photos with labels, the photos at each input's size, and the reference's class maps.

    They are held where they fit into memory; otherwise each file reads and makes them anew, a batch at a time.
    """

    def __init__(self, data: ScoredPhotos, reference: Reference, cache: Cache) -> None:
        self._data, self._reference, self._cache = data, reference, cache
        self._stack, self._lock = ExitStack(), Lock()
        self._locks: dict[str, Lock] = {}
        self._maps: dict[str, list[Pixels] | None] = {}
        self._inputs: dict[tuple[int, int], list[Path]] = {}

    def close(self) -> None:
        """Remove the files in which inputs are passed on."""
        self._stack.close()

    def wanted(self, artifact: Artifact) -> Iterator[Pixels] | None:
        """Return the reference's class maps in the photos' order; None without a reference."""
        if not self._fits(_MAPS_BYTES_PER_PIXEL):
            return self._reference(artifact)
        key = reference_key(artifact)
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        with lock:  # another file of the same network waits for them; one of another network does not
            if key not in self._maps:
                found = self._reference(artifact)
                self._maps[key] = None if found is None else list(found)
        maps = self._maps[key]
        return None if maps is None else iter(maps)

    def batches(self, size_px: tuple[int, int], folder: Path) -> Iterator[tuple[Batch, Path]]:
        """Yield the photos, a batch at a time, each with a file of its inputs of one size, N,H,W,3 uint8.

        folder: for these files, if they are not held.
        """
        if not self._fits(_BYTES_PER_PIXEL):
            for batch in read_batches(self._data):
                yield batch, write_npy(folder / "images.npy", batch.inputs(*size_px))
            return
        with self._lock:
            if size_px not in self._inputs:
                name = f"{size_px[0]}x{size_px[1]}"
                self._inputs[size_px] = [
                    write_npy(self._folder / f"images-{name}-{place}.npy", batch.inputs(*size_px))
                    for place, batch in enumerate(self._batches)
                ]
        yield from zip(self._batches, self._inputs[size_px], strict=True)

    def _fits(self, bytes_per_pixel: int) -> bool:
        """Return whether that much of all photos may be held, by their sizes in their headers."""
        return self._pixels * bytes_per_pixel <= MOST_HELD_BYTES

    @cached_property
    def _pixels(self) -> int:
        found = (read_stored(self._data.photos.image_path(photo_id)) for photo_id in self._data.ids)
        return sum(stored.height_px * stored.width_px for stored in found if stored)

    @cached_property
    def _batches(self) -> list[Batch]:
        return list(read_batches(self._data))

    @cached_property
    def _folder(self) -> Path:
        work = tempfile.TemporaryDirectory(prefix="inputs-", dir=self._cache.workspace())
        return Path(self._stack.enter_context(work))
