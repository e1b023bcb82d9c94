"""Random damage, and a limit on the time that reading it may take."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import numpy as np
from _small_files import DATA, _npy, encoded, mat, npz, palette_png, small_csv, small_photo, small_uv

COUNT = 200  # damaged copies of each kind of file
LIMIT_S = 20  # of processor time


class TooLongError(Exception):
    """One damaged file took longer than LIMIT_S."""


@contextmanager
def limit() -> Iterator[None]:
    """Stop a computation that takes too long, however busy this machine is; pytest-timeout stops what waits."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _others() -> list[bytes]:
    """Return files of every kind, to be put where one of another kind belongs."""
    joints = (DATA / "dresscode/dresses/keypoints/000407_2.json").read_bytes()
    return [
        encoded(small_photo(), "JPEG"), encoded(small_photo(), "PNG"), palette_png(np.eye(9)), joints,
        small_csv(), b'["background", "shirt"]', npz(_npy(small_uv())), mat(compressed=True),
        mat(compressed=False), b"", _npy(small_uv()), encoded(small_photo().convert("P"), "GIF"), b"\0" * 500,
    ]  # fmt: skip


def _damaged(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Truncate, flip bits, zero a span, insert bytes, or replace the file by another."""
    how = rng.choice(("cut", "bits", "bits", "bits", "zeros", "insert", "other"))
    place = rng.randrange(len(data)) if rng.random() < 0.5 else rng.randrange(min(len(data), 150))
    if rng.random() < 0.2:
        place = len(data) - 1 - rng.randrange(min(len(data), 150))
    changed = bytearray(data)
    if how == "cut":
        return data[:place]
    if how == "bits":
        for _ in range(rng.choice((1, 1, 1, 2, 8))):
            changed[place] ^= 1 << rng.randrange(8)
            place = rng.randrange(len(data))
    elif how == "zeros":
        span = min(rng.choice((1, 4, 64)), len(data) - place)
        changed[place : place + span] = b"\0" * span
    elif how == "insert":
        at = place if rng.random() < 0.8 else len(data)
        changed[at:at] = rng.randbytes(rng.choice((1, 2, 4, 100)))
    else:
        return rng.choice(others)
    return bytes(changed)
