"""What the scores of several files need alike: photos, inputs of each size, and the reference networks' class maps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from threading import Lock

from benchmark.accuracy import Batch, Reference, read_batches, reference_key
from benchmark.photos import ScoredPhotos
from pocketseg.core.cache import Cache
from pocketseg.core.npy import write_npy
from pocketseg.core.types import Artifact
from pocketseg.data.exif import read_stored
from pocketseg.data.photos import Pixels

MOST_HELD_BYTES = 256 << 20  # of photos, labels and reference maps; where they take more, each file reads them anew
_BYTES_PER_PIXEL = 6  # a photo, its label, and the class maps of two reference networks
_MAPS_BYTES_PER_PIXEL = 2  # the class maps alone, which cost most to make, are held for more photos


class Shared:
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
