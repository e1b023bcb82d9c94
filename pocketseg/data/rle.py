"""Run-length masks as in iMaterialist: `start length start length ...`, from 1, down the columns."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from pocketseg.data.photos import Pixels

_WORDS = re.compile(r"\s*(-?[0-9]+(\s+-?[0-9]+)*)?\s*")
_TOO_LONG = re.compile(r"[0-9]{16}")  # beyond any photo, and near the limit of 64 bits
Runs = npt.NDArray[np.int64]


def read_runs(text: str, height_px: int, width_px: int) -> Runs:
    """Return the runs of one mask, shape (n, 2): start (from 0, down the columns) and length, sorted and disjoint.

    Raises ValueError for a damaged text.
    """
    words = text.split()
    if not _WORDS.fullmatch(text):
        wrong = next(w for w in words if not re.fullmatch(r"-?[0-9]+", w))
        raise ValueError(f"{wrong[:20]!r} is not an integer")
    if not words:
        return np.empty((0, 2), np.int64)
    if len(words) % 2:
        raise ValueError(f"{len(words)} numbers are not pairs of start and length")
    if _TOO_LONG.search(text):
        raise ValueError("a run goes past the image: a number has 16 digits or more")
    runs = np.fromstring(text, np.int64, sep=" ").reshape(-1, 2)
    if runs.size and runs[:, 0].min() < 1:
        raise ValueError(f"a run starts at {runs[:, 0].min()}; the first pixel is 1")
    if runs.size and runs[:, 1].min() < 1:
        raise ValueError(f"a run has length {runs[:, 1].min()}")
    runs[:, 0] -= 1
    ends = runs.sum(1)
    if runs.size and ends.max() > height_px * width_px:
        raise ValueError(f"a run ends at pixel {ends.max()} of {height_px * width_px} ({width_px} x {height_px})")
    return _apart(runs)


def _apart(runs: Runs) -> Runs:
    """Return runs with those joined that overlap or touch, so that each pixel counts once."""
    if len(runs) < 2:
        return runs
    runs = runs[np.argsort(runs[:, 0], kind="stable")]
    reach = np.maximum.accumulate(runs.sum(1))
    first = np.concatenate(([True], runs[1:, 0] > reach[:-1]))
    last = np.concatenate((first[1:], [True]))
    starts = runs[first, 0]
    return np.stack((starts, reach[last] - starts), axis=1)


def pixels(runs: Runs) -> npt.NDArray[np.int64]:
    """Return the flat, column-major indices that runs cover."""
    starts, lengths = runs[:, 0], runs[:, 1]
    before = np.concatenate(([0], np.cumsum(lengths)[:-1])) if len(runs) else lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()))


def decode(text: str, height_px: int, width_px: int) -> Pixels:
    """Return the mask, H,W uint8 of 0 and 1. Raises ValueError for a damaged text."""
    flat = np.zeros(height_px * width_px, np.uint8)
    flat[pixels(read_runs(text, height_px, width_px))] = 1
    return flat.reshape(height_px, width_px, order="F")


def encode(mask: npt.NDArray[np.generic]) -> str:
    """Return a mask, H,W, as runs of its non-zero pixels; an empty mask is an empty text."""
    flat = np.concatenate(([False], mask.astype(bool).ravel(order="F"), [False]))
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    starts, ends = edges[::2], edges[1::2]
    return " ".join(f"{start + 1} {end - start}" for start, end in zip(starts, ends, strict=True))
