"""Near-duplicate photos, found by correlating thumbnails, so that the parts of a split never share a shot.

Each photo becomes a 24 x 16 grey thumbnail, centred and scaled to length one. Two photos are near-duplicates if the dot
product of their thumbnails, one of them possibly mirrored, is at least THRESHOLD. On Clothing Co-Parsing re-uploads and
crops of one shot lie above it, and so do a few similar backdrops, whose grouping does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from pocketseg.data.photos import Pixels

THRESHOLD = 0.84
_HEIGHT, _WIDTH = 24, 16
_BLOCK = 512
Thumbnail = npt.NDArray[np.float32]


def thumbnail(image: Pixels) -> Thumbnail:
    """Return the normalised thumbnail of a photo (H,W,3 uint8), shape (24, 16)."""
    grey = Image.fromarray(image).convert("L").resize((_WIDTH, _HEIGHT), Image.Resampling.BOX)
    values = np.asarray(grey, np.float32)
    values = values - values.mean()
    length = float(np.linalg.norm(values))
    return values / np.float32(length if length > 0 else 1.0)


def near_duplicates(thumbnails: Sequence[Thumbnail], threshold: float = THRESHOLD) -> Iterator[tuple[int, int, float]]:
    """Yield index pairs (i < j) of near-duplicate photos with their correlation, in order."""
    if not thumbnails:
        return
    stacked = np.stack(thumbnails)
    flat = stacked.reshape(len(stacked), -1)
    mirrored = stacked[:, :, ::-1].reshape(len(stacked), -1)
    for start in range(0, len(flat), _BLOCK):  # all at once would take 4 bytes per pair
        block = slice(start, start + _BLOCK)
        later = flat[start:].T
        likeness = np.maximum(flat[block] @ later, mirrored[block] @ later)
        rows, columns = np.nonzero(np.triu(likeness >= threshold, 1))
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
            yield start + i, start + j, float(likeness[i, j])


def groups(ids: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Return groups of ids connected by pairs; every id is in exactly one group, groups and members in order."""
    parent = {photo_id: photo_id for photo_id in ids}

    def root(photo_id: str) -> str:
        while parent[photo_id] != photo_id:
            photo_id = parent[photo_id]
        return photo_id

    for a, b in pairs:
        if a in parent and b in parent:
            low, high = sorted((root(a), root(b)))
            parent[high] = low
    members: dict[str, list[str]] = {}
    for photo_id in sorted(ids):
        members.setdefault(root(photo_id), []).append(photo_id)
    return [tuple(m) for m in members.values()]
