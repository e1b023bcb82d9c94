"""Times .tflite files that are not segmentation networks: no photo, no score, no check of what they return.

Turns, yardstick and verdict are those of docs/method.md; only the input is random values. Such a result is no benchmark
row, so that it can stand in no table beside files that were scored.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark import best
from benchmark.method import best_of, statistics_of
from benchmark.timing import Effort, Run, time_all
from benchmark.verdict import verdict
from benchmark.watch import Watch
from benchmark.worker import Worker
from pocketseg.core.cache import Cache
from pocketseg.core.child import environment
from pocketseg.core.dialogue import Asked
from pocketseg.core.errors import RuntimeFailedError

IMPORTS = ("benchmark._plain_worker",)
_MODULE = "benchmark._plain_worker"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """What timing a file gave; `failure` where it did not run, then all else is empty. Times in ms."""

    failure: str = ""
    threads: int = 0
    load_ms: float | None = None
    peak_rss_bytes: int | None = None
    runs: int = 0
    p50_ms: float | None = None
    p50_low_ms: float | None = None
    p50_high_ms: float | None = None
    p90_ms: float | None = None
    verdict: str = ""
    verdict_reasons: tuple[str, ...] = ()
    latencies_ms: tuple[float, ...] = ()


class _PlainWorker(Worker):
    """A process with one file and random values."""

    def __init__(self, log: Path, threads: int) -> None:
        Asked.__init__(self, _MODULE, log=log, environment=environment(threads))


@dataclass(slots=True, kw_only=True, eq=False)
class _Run(Run):
    artifact: Any = None  # there is no manifest


def time_files(
    files: Sequence[Path],
    *,
    threads: int,
    cache: Cache,
    effort: Effort | None = None,
    progress: Progress = lambda what, done, total: None,
    note: Callable[[str], None] = lambda sentence: None,
) -> list[Latency]:
    """Return one result a file, in order; files take turns with one another. One that fails does not stop the others.

    cache: keeps the best known speed of this host, without which no time is VALID.
    """
    effort = effort or Effort()
    known = best.known(cache) or (best.find(cache, progress, note) if effort.ceiling_s else None)
    reading = known.reading if known else None
    found: dict[int, Latency] = {}
    runs: dict[int, Run] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pocketseg-latency-")))
        for index, file in enumerate(files):
            progress("opening", index, len(files))
            worker = _PlainWorker(folder / f"log-{index}.txt", threads)
            stack.callback(worker.close)
            stack.callback(worker.kill)
            try:
                worker.prepare(file, "", threads, effort.timeout_s)
                runs[index] = _Run(worker=worker, opened=worker.open(effort.timeout_s))
            except RuntimeFailedError as error:
                found[index] = Latency(failure=error.message)
        watch = Watch([run.worker.process.pid for run in runs.values()])
        watch.before()
        watch.start()
        time_all(list(runs.values()), effort, 0, reading, progress)
        watch.stop()
        watch.after()
        conditions = watch.conditions(best_known=reading is not None)
        for index, run in runs.items():
            if run.failure:
                found[index] = Latency(failure=run.failure)
                continue
            figures = statistics_of(run.turns, reading or best_of(run.turns), run.threads)
            word, reasons = verdict(figures, conditions)
            found[index] = Latency(
                threads=run.threads,
                load_ms=run.opened["load_ms"],
                peak_rss_bytes=run.opened["memory"]["peak_bytes"],
                runs=figures.runs,
                p50_ms=figures.p50_ms,
                p50_low_ms=figures.p50_low_ms,
                p50_high_ms=figures.p50_high_ms,
                p90_ms=figures.p90_ms,
                verdict=word.value,
                verdict_reasons=reasons,
                latencies_ms=tuple(ms for turn in run.turns for ms in turn.execute_ms),
            )
        best.reached(cache, [r for run in runs.values() for turn in run.turns for r in (turn.before, turn.after)])
    return [found[index] for index in range(len(files))]
