"""The measuring process: `python -m benchmark._worker FD` opens one file on one runtime and does what it is asked.

It is asked as pocketseg/core/dialogue.py says, and an uncaught error is its last answer. It holds numpy and one engine,
as it is what memory is measured on.
"""

from __future__ import annotations

import builtins
import gc
import importlib
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmark._tiles import leave_tiles
from benchmark.runtimes import Session
from pocketseg.core.dialogue import Message, answers, requests
from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.manifest import read_manifest
from pocketseg.core.npy import write_npy
from pocketseg.core.tensors import encode_input
from pocketseg.core.types import Artifact

IMPORTS = ("benchmark.runtimes",)
_LONGEST_ERROR = 500


def serve(asked: Iterator[Message], answer: Callable[[Message], None]) -> None:
    """Open the file that the first request names, then time, weigh and predict as asked."""
    first = next(asked)
    artifact, file = read_manifest(Path(first["file"]))
    image = np.load(first["image"])  # H,W,3 uint8
    tiles = leave_tiles()
    engine = importlib.import_module(first["runtime"])
    with import_clock() as imports_ms:
        start = time.perf_counter_ns()
        session: Session = engine.open_session(file, artifact, first["threads"])
        load_ms = (time.perf_counter_ns() - start) / 1e6 - sum(imports_ms)
    value = encode_input(image, artifact.inputs[0])
    first_run_ms = timed_ms(session, value, 1)[0]
    opened = {"load_ms": load_ms, "first_run_ms": first_run_ms, "threads": session.threads, "matrix_tiles": tiles}
    answer(opened)
    for request in asked:
        if request["do"] == "time":
            timed_ms(session, value, request["untimed"])
            answer({"latencies_ms": timed_ms(session, value, request["runs"])})
        elif request["do"] == "peak":
            answer({"peak_rss_bytes": peak_rss_bytes()})
        elif request["do"] == "predict":
            predict(session, artifact, Path(request["images"]), Path(request["outputs"]))
            answer({})
        else:
            raise ValueError(f"no such request: {request['do']!r}")


@contextmanager
def import_clock() -> Iterator[list[float]]:
    """Collect the milliseconds of the import statements in the block: engines' Python modules, which no phone loads."""
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


def timed_ms(session: Session, value: npt.NDArray[Any], runs: int) -> list[float]:
    """Run `runs` times and give each run's milliseconds; Python's collector stays out of it."""
    taken = []
    gc.collect()
    gc.disable()
    for _ in range(runs):
        start = time.perf_counter_ns()
        session.run(value)
        taken.append((time.perf_counter_ns() - start) / 1e6)
    gc.enable()
    return taken


def peak_rss_bytes() -> int:
    """Give the most memory this process has held, Python and engine included.

    On Linux from VmHWM: ru_maxrss survives exec, so it would report a fat parent's peak as ours.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def predict(session: Session, artifact: Artifact, images: Path, outputs: Path) -> None:
    """Run every photo of `images` (N,H,W,3 uint8) and save the raw outputs, stacked, N,... ."""
    spec = artifact.inputs[0]
    # copied at once: an engine may hand out a view of the buffer that its next run fills
    write_npy(outputs, np.stack([np.array(session.run(encode_input(image, spec))) for image in np.load(images)]))


def main(descriptor: int) -> None:
    """Serve the parent at the other end of `descriptor`."""
    asked = requests()
    answer, answer_error = answers(descriptor)

    def last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)  # into the log
        said = f"{kind.__name__}: {error}"[:_LONGEST_ERROR]
        answer_error(RuntimeFailedError(" ".join(said.split())))

    sys.excepthook = last_words
    serve(asked, answer)


if __name__ == "__main__":
    main(int(sys.argv[1]))
