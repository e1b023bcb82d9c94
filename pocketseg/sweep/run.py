"""Run a sweep: its jobs in the order of their needs, in worker processes or on a cluster; one row a cell.

Steps shared by several cells are one job, and so are the files of one network for one target, which share a conversion.
Measuring waits until nothing else runs, so that no latency is measured beside other work; all files of a target take
turns, since the target's front compares them. At the end, files of a target whose latencies were nevertheless measured
at different times are timed again side by side. Then the files on the fronts, chosen on validation photos, are scored
on test photos. Jobs leave their results in the cache, so a killed sweep loses only the running ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import export
from benchmark.kept import FinalScore
from benchmark.rows import from_message, row_without_file
from pocketseg.core.cache import Cache
from pocketseg.core.errors import StorageError
from pocketseg.core.types import BenchmarkRow
from pocketseg.sweep.plan import Cell, Sweep, refusals
from pocketseg.sweep.results import Results
from pocketseg.sweep.todo import Job, Making, file_of
from pocketseg.sweep.workers import Workers


def run(
    sweep: Sweep,
    cells: Sequence[Cell],
    out: Path,
    cache: Cache,
    results: Results,
    *,
    jobs: int = 1,
    scheduler: str = "",
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    say: Callable[[str], None] = lambda sentence: None,
) -> None:
    """Make a row for every cell that has none.

    Raises StorageError for a full or failing disk; any other error of a cell's jobs becomes its row.

    Args:
        jobs: number of worker processes.
        scheduler: address of a Dask cluster to use instead.
    """
    missing = [cell for cell in cells if cell not in results]
    refused = refusals(missing, sweep)
    for cell in missing:
        if cell.key in refused:
            results.add(cell, _row(cell, sweep, "refused", refused[cell.key]))
    results.write_view(cells)
    open_cells = [cell for cell in missing if cell.key not in refused]
    if not (open_cells or results.apart(cells) or results.untested(cells)):
        return
    with Workers(jobs, scheduler) as workers:
        making = Making(sweep, cache, out, workers.slots)
        running = _Run(sweep, cells, results, making, progress, say)
        running.finish(workers, making.jobs(open_cells))
        running.finish(workers, making.together(results.apart(cells)))
        running.finish(workers, making.tests(results.untested(cells)))


class _Run:
    """The jobs that are left, those that run, and what to do with their results."""

    def __init__(
        self, sweep: Sweep, cells: Sequence[Cell], results: Results, making: Making,
        progress: Callable[[str, int, int], None], say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.sweep, self.cells, self.results, self.making = sweep, cells, results, making
        self.progress, self.say = progress, say
        self.by_key = {cell.key: cell for cell in cells}
        self.waiting: list[Job] = []
        self.total, self.finished = 0, 0
        self.done = set[str]()
        self.failed = set[str]()  # files that could not be made

    def finish(self, workers: Workers, jobs: Iterable[Job]) -> None:
        """Start jobs as they become ready and take in their results, until nothing is left."""
        self.waiting = list(jobs)
        self.total += len(self.waiting)
        running: dict[Future[dict[str, Any]], Job] = {}
        while self.waiting or running:
            for job in self._next(list(running.values()), workers.slots):
                self.waiting.remove(job)
                if job.message["kind"] == "measure":
                    job.message["cells"] = [c for c in job.message["cells"] if file_of(c["key"]) not in self.failed]
                    if not job.message["cells"]:
                        self._settle(job, {})
                        continue
                self.progress(job.title, self.finished, self.total)
                running[workers.submit(job.message)] = job
            for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                job = running.pop(future)
                try:
                    found = future.result()
                except BrokenProcessPool as error:
                    self._again(job, str(error) or "its process ended without an error message")
                    workers.renew()
                    continue
                except StorageError:
                    raise
                except Exception as error:  # noqa: BLE001 - a cluster's own: a worker that was killed again and again
                    found = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
                if "error" in found and (parts := self._parts(job)):
                    self._wait_for(parts)
                else:
                    self._settle(job, found)

    def _next(self, running: Sequence[Job], slots: int) -> list[Job]:
        """Return the jobs that start now: those whose needs are done; one
        that must run alone when nothing else can start.
        """
        if any(job.alone for job in running):
            return []
        ready = [job for job in self.waiting if job.needs <= self.done]
        shared = [job for job in ready if not job.alone]
        return shared[: slots - len(running)] if shared else ready[: 0 if running else 1]

    def _again(self, job: Job, how: str) -> None:
        """Let a job whose process ended try once more, alone: there may not have been memory for two."""
        if job.tried:
            self._settle(job, {"error": how})
            return
        again = self._parts(job) or [job]
        for part in again:
            part.tried = part.alone = True
        self._wait_for(again)

    def _parts(self, job: Job) -> list[Job]:
        return self.making.parts(job, [self.by_key[content["key"]] for content in job.message.get("cells", ())])

    def _wait_for(self, parts: Sequence[Job]) -> None:
        self.waiting += parts
        self.total += len(parts) - 1

    def _settle(self, job: Job, found: dict[str, Any]) -> None:
        """Take in a job's result: rows, or its error, which becomes that of everything that needs it."""
        self.done |= job.gives
        self.finished += 1
        self.progress(job.title, self.finished, self.total)
        for note in found.get("notes", ()):
            self.say(f"{job.title}: {note}")
        if "error" in found:
            self._fail(job, str(found["error"]))
        elif "files" in found:
            for content, made in zip(job.message["cells"], found["files"], strict=True):
                if "error" in made:
                    self._fail_file(self.by_key[content["key"]], str(made["error"]))
        elif "rows" in found:
            for content, row in zip(job.message["cells"], found["rows"], strict=True):
                cell = self.by_key[content["key"]]
                self.results.add(cell, dataclasses.replace(from_message(row), model=cell.name, recipe=str(cell.recipe)))
        elif "times" in found:
            timed = {c["key"]: from_message(row) for c, row in zip(job.message["cells"], found["times"], strict=True)}
            self.results.time_together(timed)
        elif "tested" in found:
            pairs = zip(job.message["cells"], found["tested"], strict=True)
            self.results.add_tests({content["key"]: FinalScore(**said) for content, said in pairs})
        self.results.write_view(self.cells)

    def _fail(self, job: Job, reason: str) -> None:
        kind = job.message["kind"]
        if kind == "files":
            for content in job.message["cells"]:
                self._fail_file(self.by_key[content["key"]], reason)
            return
        self.say(f"{job.title}: failed: {reason}")
        if kind == "measure":
            for content in job.message["cells"]:
                self._failed_row(self.by_key[content["key"]], f"measuring: {reason}")
        elif kind == "steps":  # together, test: rows keep what they have
            for other in [other for other in self.waiting if other.needs & job.gives]:
                self.waiting.remove(other)
                self.done |= other.gives
                self.finished += 1
                self._fail(other, reason)

    def _fail_file(self, cell: Cell, reason: str) -> None:
        self.say(f"{cell.title}: failed: {reason}")
        self.failed.add(file_of(cell.key))
        self._failed_row(cell, reason)

    def _failed_row(self, cell: Cell, reason: str) -> None:
        self.results.add(cell, _row(cell, self.sweep, "failed", reason))


def _row(cell: Cell, sweep: Sweep, status: str, reason: str) -> BenchmarkRow:
    """Return the row of a cell that has no file."""
    runtime = str(export.facts(cell.target, "RUNTIME"))
    return row_without_file(
        cell.name, cell.recipe, cell.target, runtime, status=status, reason=reason, threads=sweep.threads, split="val"
    )
