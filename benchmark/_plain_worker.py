"""The measuring process of a .tflite without a manifest: `python -m benchmark._plain_worker FD`.

It answers the requests of `benchmark/_worker.py` that take time, on random values in place of a photo: nothing is known
of such a file but its tensors. What the file returns is read and not looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark import _worker
from benchmark._tiles import leave_tiles
from benchmark.yardstick import Yardstick
from pocketseg.core.dialogue import Message
from pocketseg.core.errors import RuntimeFailedError

IMPORTS = ()
SEED = 0
LARGEST_BYTES = 1 << 30  # of all inputs together


class Plain:
    """A loaded .tflite with any number of inputs and outputs."""

    def __init__(self, path: Path, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.threads = threads
        try:
            self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise RuntimeFailedError(f"LiteRT did not load it: {str(error).strip()[:300]}") from error
        self.inputs: list[Any] = self._interpreter.get_input_details()
        self._outputs: list[int] = [tensor["index"] for tensor in self._interpreter.get_output_details()]

    def run(self, *values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Run once: a value for each input; return the last output."""
        found: npt.NDArray[Any] = np.zeros(0)
        try:
            for tensor, value in zip(self.inputs, values, strict=True):
                self._interpreter.set_tensor(tensor["index"], value)
            self._interpreter.invoke()
            for index in self._outputs:
                found = self._interpreter.get_tensor(index)
        except (RuntimeError, ValueError) as error:
            raise RuntimeFailedError(f"LiteRT did not run it: {str(error).strip()[:300]}") from error
        return found


def random_values(shape: tuple[int, ...], kind: np.dtype[Any], chance: np.random.Generator) -> npt.NDArray[Any]:
    """Return values over the whole range of an integer type, or from 0 to 1 of a float. Raises RuntimeFailedError."""
    if kind.kind == "f":
        return chance.random(shape, np.float32).astype(kind)
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        return chance.integers(limits.min, limits.max, shape, kind, endpoint=True)
    if kind.kind == "b":
        return chance.integers(0, 1, shape, np.uint8, endpoint=True).astype(kind)
    raise RuntimeFailedError(f"it has an input of type {kind}, of which no values can be drawn")


def _drawn(session: Plain) -> _worker.Values:
    """Return a value for each input. Raises RuntimeFailedError for inputs that a file leaves open, or huge ones."""
    chance, total = np.random.default_rng(SEED), 0
    values: list[npt.NDArray[Any]] = []
    for tensor in session.inputs:
        shape, kind = tuple(int(n) for n in tensor["shape"]), np.dtype(tensor["dtype"])
        total += int(np.prod(shape, dtype=object)) * kind.itemsize
        if total > LARGEST_BYTES:
            raise RuntimeFailedError(f"its inputs take more than {LARGEST_BYTES:,} bytes")
        values.append(random_values(shape, kind, chance))
    return tuple(values)


def serve(asked: Iterator[Message], answer: Callable[[Message], None]) -> None:
    """Import LiteRT, then load the file that the first request names, then do as asked."""
    first = next(asked)
    file, threads = Path(first["file"]), int(first["threads"])
    leave_tiles()
    from ai_edge_litert import interpreter  # noqa: F401

    answer({})
    next(asked)
    before_bytes = _worker.memory_bytes("VmRSS")
    evicted = _worker.leave_page_cache(file)
    open_session = partial(Plain, file, threads)
    session, cold_ms = _worker.load(open_session)
    values = _drawn(session)
    first_run_ms = _worker.timed_ms(session, values, 1)[0]
    answer(
        {
            "load_ms": cold_ms,
            "evicted": evicted,
            "first_run_ms": first_run_ms,
            "threads": session.threads,
            "memory": {"before_bytes": before_bytes, "peak_bytes": _worker.peak_rss_bytes()},
        }
    )
    yardstick = Yardstick()
    for request in asked:
        answer(_worker.timed(request, session, values, yardstick, open_session))


if __name__ == "__main__":
    _worker.main(int(sys.argv[1]), serve, str)
