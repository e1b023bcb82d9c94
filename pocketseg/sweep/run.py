"""Run a sweep: its jobs in the order of their needs, in worker processes or on a cluster; one row a cell.

Steps shared by several cells are one job. Measuring waits until nothing else runs, so that no latency is measured
beside other work. At the end, files of a target whose latencies were measured at different times are timed again side
by side, since the target's front compares them. Then the files on the fronts, chosen on validation photos, are scored
on test photos. Jobs leave their results in the cache, so a killed sweep loses only the running ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
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
from pocketseg.sweep.workers import Workers


@dataclass(slots=True)
class Job:
    """What to do and what must be done before. alone: nothing runs beside it. tried: its process ended while it ran."""

    name: str
    title: str
    message: dict[str, Any]
    needs: frozenset[str] = frozenset()
    alone: bool = False
    tried: bool = False


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
        todo = _Run(sweep, cells, out, cache, results, progress, say)
        todo.finish(workers, todo.jobs(open_cells))
        todo.finish(workers, todo.together(results.apart(cells)))
        todo.finish(workers, todo.tests(results.untested(cells)))


class _Run:
    """The jobs that are left, those that run, and what to do with their results."""

    def __init__(
        self, sweep: Sweep, cells: Sequence[Cell], out: Path, cache: Cache, results: Results,
        progress: Callable[[str, int, int], None], say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.sweep, self.cells, self.out, self.results = sweep, cells, out, results
        self.progress, self.say = progress, say
        self.by_key = {cell.key: cell for cell in cells}
        self.common = {
            "sweep": sweep.to_json(),
            "cache": str(cache.folder.resolve()),
            "out": str(out.resolve()),
            "here": str(Path.cwd()),  # a cluster's worker was started elsewhere
        }
        self.waiting: dict[str, Job] = {}
        self.total, self.done = 0, set[str]()
        self.failed: dict[str, str] = {}  # job: why

    def jobs(self, open_cells: Sequence[Cell]) -> Iterable[Job]:
        """Return a job for each chain of steps, for each file, and for all of a network's files for one target."""
        chains: dict[str, Job] = {}
        groups: dict[tuple[str, str], list[Cell]] = {}
        for cell in open_cells:
            before = ""
            for count in range(1, len(cell.recipe.all_steps) + 1):
                steps = cell.recipe.all_steps[:count]
                name = f"steps {cell.model} {'+'.join(steps)}"
                chains.setdefault(
                    name,
                    Job(
                        title=f"{steps[-1]} of {cell.name}",
                        message={
                            "kind": "steps",
                            "model": cell.model,
                            "steps": list(steps),
                            **self.common,
                            "given": cell.given.to_json(),
                        },
                        needs=frozenset({before} if before else ()),
                        name=name,
                    ),
                )
                before = name
            groups.setdefault((cell.model, cell.target), []).append(cell)
            chains[f"file {cell.key}"] = Job(
                title=cell.title,
                message={"kind": "file", "cell": _plain(cell), **self.common},
                needs=frozenset({before} if before else ()),
                name=f"file {cell.key}",
            )
        yield from chains.values()
        for (model, target), group in groups.items():
            yield Job(
                title=f"measuring {group[0].name} on {target}",
                message={"kind": "measure", "cells": [_plain(c) for c in group], **self.common},
                needs=frozenset(f"file {c.key}" for c in group),
                alone=True,
                name=f"measure {model} {target}",
            )

    def together(self, groups: Sequence[Sequence[Cell]]) -> Iterable[Job]:
        """Return a job for each group of files that must be timed side by side."""
        for group in groups:
            yield Job(
                title=f"timing {len(group)} files of {group[0].target} side by side",
                message={"kind": "together", "cells": [_plain(c) for c in group], **self.common},
                alone=True,
                name=f"together {group[0].target}",
            )

    def tests(self, untested: Sequence[Cell]) -> Iterable[Job]:
        """Return a job for each target's files that must be scored on the test photos."""
        for target in dict.fromkeys(cell.target for cell in untested):
            group = [_plain(cell) for cell in untested if cell.target == target]
            yield Job(
                title=f"scoring {len(group)} files of {target} on test photos",
                message={"kind": "test", "cells": group, **self.common},
                alone=True,
                name=f"test {target}",
            )

    def finish(self, workers: Workers, jobs: Iterable[Job]) -> None:
        """Start jobs as they become ready and take in their results, until nothing is left."""
        self.waiting = {job.name: job for job in jobs}
        self.total += len(self.waiting)
        running: dict[Future[dict[str, Any]], Job] = {}
        while self.waiting or running:
            for job in self._next(list(running.values()), workers.slots):
                del self.waiting[job.name]
                if job.message["kind"] == "measure":
                    job.message["cells"] = [c for c in job.message["cells"] if f"file {c['key']}" not in self.failed]
                    if not job.message["cells"]:
                        self._settle(job, {})
                        continue
                self.progress(job.title, len(self.done), self.total)
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
                self._settle(job, found)

    def _next(self, running: Sequence[Job], slots: int) -> list[Job]:
        """Return the jobs that start now: those whose needs are done; one that must run alone when nothing else can
        start.
        """
        if any(job.alone for job in running):
            return []
        ready = [job for job in self.waiting.values() if job.needs <= self.done]
        shared = [job for job in ready if not job.alone]
        return shared[: slots - len(running)] if shared else ready[: 0 if running else 1]

    def _again(self, job: Job, how: str) -> None:
        """Let a job whose process ended try once more, alone: there may not have been memory for two."""
        if job.tried:
            self._settle(job, {"error": how})
        else:
            job.tried = job.alone = True
            self.waiting[job.name] = job

    def _settle(self, job: Job, found: dict[str, Any]) -> None:
        """Take in a job's result: rows, or its error, which becomes that of everything that needs it."""
        self.done.add(job.name)
        self.progress(job.title, len(self.done), self.total)
        for note in found.get("notes", ()):
            self.say(f"{job.title}: {note}")
        if "error" in found:
            self._fail(job, str(found["error"]))
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
        self.say(f"{job.title}: failed: {reason}")
        self.failed[job.name] = reason
        kind = job.message["kind"]
        if kind == "file":
            self._failed_row(self.by_key[job.message["cell"]["key"]], reason)
        elif kind == "measure":
            for content in job.message["cells"]:
                self._failed_row(self.by_key[content["key"]], f"measuring: {reason}")
        elif kind in ("together", "test"):
            return  # rows keep what they have: latencies of several times, no test scores
        else:
            for name in [n for n, other in self.waiting.items() if job.name in other.needs]:
                other = self.waiting.pop(name)
                self.done.add(name)
                self._fail(other, reason)

    def _failed_row(self, cell: Cell, reason: str) -> None:
        self.results.add(cell, _row(cell, self.sweep, "failed", reason))


def _plain(cell: Cell) -> dict[str, Any]:
    return {**dataclasses.asdict(cell), "recipe": str(cell.recipe), "given": cell.given.to_json()}


def _row(cell: Cell, sweep: Sweep, status: str, reason: str) -> BenchmarkRow:
    """Return the row of a cell that has no file."""
    runtime = str(export.facts(cell.target, "RUNTIME"))
    return row_without_file(
        cell.name, cell.recipe, cell.target, runtime, status=status, reason=reason, threads=sweep.threads, split="val"
    )
