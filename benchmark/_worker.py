"""The measuring process: `python -m benchmark._worker FD` runs one file on one runtime and answers requests.

It uses the protocol of pocketseg/core/dialogue.py; an uncaught error is its last answer. It holds only numpy and one
engine, since its memory is what is measured.
"""

from __future__ import annotations

import builtins
import dataclasses
import gc
import importlib
import math
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from benchmark import counters
from benchmark._tiles import leave_tiles
from benchmark.runtimes import Session
from benchmark.yardstick import Reading, Yardstick
from pocketseg.core.dialogue import Message, answers, requests
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.manifest import read_any_manifest
from pocketseg.core.npy import write_npy
from pocketseg.core.tensors import encode_inputs
from pocketseg.core.types import Artifact

IMPORTS = ("benchmark.runtimes",)
Opened = TypeVar("Opened")
_LONGEST_ERROR = 500
Values = tuple[npt.NDArray[Any], ...]  # a file's inputs, in the order of its manifest
_WAKE_NS = 5_000_000
_MEMORY_RUNS, _MEMORY_MS = 5, 500.0  # of the pass that memory is read after


def serve(asked: Iterator[Message], answer: Callable[[Message], None]) -> None:
    """Import the engine of the file that the first request names, then load the file, then do as asked.

    The import comes apart from the load: several processes may import at once, while a load wants the host to itself.
    """
    first = next(asked)
    artifact, file = read_any_manifest(Path(first["file"]))
    image: Any = np.load(first["image"]) if first["image"] else None  # H,W,3 uint8
    tiles = leave_tiles()
    engine = importlib.import_module(first["runtime"])
    before_bytes = memory_bytes("VmRSS")
    engine.import_engine()
    answer({})
    open_session: Callable[[], Session] = partial(engine.open_session, file, artifact, first["threads"])
    signals: Any = np.load(first["signals"]) if first.get("signals") else None  # 1,C,H,W float32
    values: Values = ()
    if next(asked)["do"] == "load":  # to predict alone
        session, _ = load(open_session)
        answer({"threads": session.threads})
    else:
        evicted = leave_page_cache(file)
        session, cold_ms = load(open_session)
        loaded_bytes = memory_bytes("VmRSS")
        values = encode_inputs(image, None if signals is None else signals[0], artifact.inputs)
        first_run_ms = timed_ms(session, values, 1)[0]
        more = timed_ms(session, values, min(_MEMORY_RUNS - 1, math.ceil(_MEMORY_MS / max(first_run_ms, 1e-3))))
        memory = {"before_bytes": before_bytes, "loaded_bytes": loaded_bytes, "peak_bytes": peak_rss_bytes()}
        answer(
            {
                "load_ms": cold_ms,
                "evicted": evicted,
                "first_run_ms": first_run_ms,
                "threads": session.threads,
                "matrix_tiles": tiles,
                "memory": {**memory, "runs": 1 + len(more)},
            }
        )
    yardstick = Yardstick()  # after memory was read, as it is none of the file's
    for request in asked:
        if request["do"] == "predict":
            given = Path(request["signals"]) if request.get("signals") else None
            ran = predict(session, artifact, Path(request["images"]), Path(request["outputs"]), given)
            answer({"execute_ms": ran})
        else:
            answer(timed(request, session, values, yardstick, open_session))


def timed(
    request: Message, session: Session, values: Values, yardstick: Yardstick, open_session: Callable[[], Session]
) -> Message:
    """Do what a request for times asks, and return the answer. Raises ValueError for another request."""
    if request["do"] == "time":
        return {"latencies_ms": timed_ms(session, values, request["runs"])}
    if request["do"] == "turn":
        return turn(session, values, request["untimed"], request["runs"], yardstick)
    if request["do"] == "load again":
        return {"load_ms": load(open_session)[1]}
    raise ValueError(f"no such request: {request['do']!r}")


def load(open_session: Callable[[], Opened]) -> tuple[Opened, float]:
    """Open a session; return it and the milliseconds that took, without the time of Python's imports."""
    with import_clock() as imports_ms:
        start = time.perf_counter_ns()
        session = open_session()
        return session, (time.perf_counter_ns() - start) / 1e6 - sum(imports_ms)


def leave_page_cache(file: Path) -> bool:
    """Ask the system to drop a file from its page cache, so that loading reads the disk; return whether it could ask.

    The system may keep what another process has mapped.
    """
    if not hasattr(os, "posix_fadvise") or not file.is_file():
        return False
    with file.open("rb") as stream:
        os.fsync(stream.fileno())  # a page that is not on the disk yet cannot be forgotten
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return True


def turn(session: Session, values: Values, untimed: int, runs: int, yardstick: Yardstick) -> Message:
    """Take one turn: the yardstick, runs without a pause, the yardstick again. Python's garbage collector is off.

    The yardstick, like other files' turns, has evicted the file's weights from the processor's caches: `untimed` runs
    bring them back.
    """
    gc.collect()
    gc.disable()
    wake()
    before = yardstick.read()
    for _ in range(untimed):
        session.run(*values)
    began, ended = [], []
    start = counters.read()
    for _ in range(runs):
        began.append(time.perf_counter_ns())
        session.run(*values)
        ended.append(time.perf_counter_ns())
    end = counters.read()
    after = yardstick.read()
    gc.enable()
    return {
        "before": _reading(before),
        "after": _reading(after),
        **dataclasses.asdict(counters.spent(start, end)),
        "at_ms": [round((at - began[0]) / 1e6, 4) for at in began],
        "execute_ms": [round((end - start) / 1e6, 4) for start, end in zip(began, ended, strict=True)],
    }


def wake() -> None:
    """Work for a moment, so that a sleeping processor reaches its full frequency."""
    until = time.perf_counter_ns() + _WAKE_NS
    while time.perf_counter_ns() < until:
        pass


def _reading(reading: Reading) -> dict[str, float]:
    return {name: round(value, 4) for name, value in dataclasses.asdict(reading).items()}


@contextmanager
def import_clock() -> Iterator[list[float]]:
    """Collect the milliseconds of the block's imports: no phone loads the engines' Python modules."""
    taken: list[float] = []
    depth = 0
    plain = builtins.__import__

    def timed(*args: Any, **kwargs: Any) -> Any:
        nonlocal depth
        depth += 1
        start = time.perf_counter_ns()
        try:
            return plain(*args, **kwargs)
        finally:
            depth -= 1
            if depth == 0:
                taken.append((time.perf_counter_ns() - start) / 1e6)

    builtins.__import__ = timed
    try:
        yield taken
    finally:
        builtins.__import__ = plain


def timed_ms(session: Session, values: Values, runs: int) -> list[float]:
    """Run `runs` times and return each run's milliseconds; Python's garbage collector is off."""
    taken = []
    gc.collect()
    gc.disable()
    for _ in range(runs):
        start = time.perf_counter_ns()
        session.run(*values)
        taken.append((time.perf_counter_ns() - start) / 1e6)
    gc.enable()
    return taken


def memory_bytes(field: str) -> int | None:
    """Return a memory field of this process, such as VmRSS; None if the system does not report it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(f"{field}:"))
    except (OSError, StopIteration):
        return None


def peak_rss_bytes() -> int:
    """Return the most memory this process has held, Python and engine included.

    On Linux from VmHWM: ru_maxrss survives exec, so it would report a large parent's peak as ours.
    """
    if (peak := memory_bytes("VmHWM")) is not None:
        return peak
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def predict(
    session: Session, artifact: Artifact, images: Path, outputs: Path, signals: Path | None = None
) -> list[float]:
    """Run every photo of `images` (N,H,W,3 uint8), save the outputs stacked (N,...); return each run's milliseconds.

    A run includes copying its output: an engine may return a view of the buffer that its next run overwrites.

    signals: a file of the photos' signals, N,C,H,W float32, for a file that takes them.
    """
    found, taken_ms = [], []
    given = None if signals is None else np.load(signals)
    for place, image in enumerate(np.load(images)):
        values = encode_inputs(image, None if given is None else given[place], artifact.inputs)
        start = time.perf_counter_ns()
        found.append(np.array(session.run(*values)))
        taken_ms.append((time.perf_counter_ns() - start) / 1e6)
    write_npy(outputs, np.stack(found))
    return taken_ms


def main(
    descriptor: int,
    served: Callable[[Iterator[Message], Callable[[Message], None]], None],
    said: Callable[[BaseException], str],
) -> None:
    """Serve the parent at the other end of `descriptor`; an error ends the process, and the parent hears it.

    said: an error in words.
    """
    asked = requests()
    answer, answer_error = answers(descriptor)

    def last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)  # into the log
        answer_error(RuntimeFailedError(" ".join(said(error)[:_LONGEST_ERROR].split())))

    sys.excepthook = last_words
    served(asked, answer)


if __name__ == "__main__":
    main(int(sys.argv[1]), serve, lambda error: f"{type(error).__name__}: {error}")
