"""A sweep's jobs as the sweep sees them: what each does, what must be done before, in which parts it can be done."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.artifacts.side_by_side import SLOWEST
from pocketseg.core.cache import Cache
from pocketseg.sweep.plan import Cell, Sweep


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """What to do and what must be done before.

    Attributes:
        gives: what is done with it, as others need it.
        alone: nothing runs beside it.
        tried: its process ended while it ran.
    """

    title: str
    message: dict[str, Any]
    gives: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    alone: bool = False
    tried: bool = False


class Making:
    """Makes the jobs of one sweep. slots: how many of them may run at a time."""

    def __init__(self, sweep: Sweep, cache: Cache, out: Path, slots: int) -> None:
        self._slots = slots
        self._common = {
            "sweep": sweep.to_json(),
            "cache": str(cache.folder.resolve()),
            "out": str(out.resolve()),
            "here": str(Path.cwd()),  # a cluster's worker was started elsewhere
        }

    def jobs(self, cells: Sequence[Cell]) -> Iterator[Job]:
        """Yield a job for each chain of steps, for the files of a network for a target, and for measuring a target."""
        yield from self._steps(cells)
        groups: dict[tuple[str, str, tuple[str, ...]], list[Cell]] = {}
        for cell in cells:
            groups.setdefault((cell.model, cell.target, cell.recipe.all_steps), []).append(cell)
        yield from (self._files(group) for group in slowest_first(spread(list(groups.values()), self._slots)))
        for target in dict.fromkeys(cell.target for cell in cells):
            yield self._measure([cell for cell in cells if cell.target == target])

    def together(self, groups: Iterable[Sequence[Cell]]) -> Iterator[Job]:
        """Yield a job for each group of files that must be timed side by side."""
        for group in groups:
            title = f"timing {len(group)} files of {group[0].target} side by side"
            yield self._job("together", title, group, alone=True)

    def tests(self, untested: Sequence[Cell]) -> Iterator[Job]:
        """Yield a job for each target's files that must be scored on the test photos."""
        for target in dict.fromkeys(cell.target for cell in untested):
            group = [cell for cell in untested if cell.target == target]
            yield self._job("test", f"scoring {len(group)} files of {target} on test photos", group, alone=True)

    def parts(self, job: Job, cells: Sequence[Cell]) -> list[Job]:
        """Return the jobs that do the same one by one, so that a fault of one cell is not that of others.

        cells: the job's. Empty for a job that is a single part.
        """
        parts: list[Job] = []
        if job.message["kind"] == "files":
            parts = [self._files([cell]) for cell in cells]
        elif job.message["kind"] == "measure":
            models = dict.fromkeys(cell.model for cell in cells)
            parts = [self._measure([cell for cell in cells if cell.model == model]) for model in models]
        return parts if len(parts) > 1 else []

    def _steps(self, cells: Iterable[Cell]) -> Iterator[Job]:
        begun = set[str]()
        for cell in cells:
            steps = cell.recipe.all_steps
            for count in range(1, len(steps) + 1):
                name = _network(cell, steps[:count])
                if name in begun:
                    continue
                begun.add(name)
                yield Job(
                    title=f"{steps[count - 1]} of {cell.name}",
                    message={
                        "kind": "steps",
                        "model": cell.model,
                        "steps": list(steps[:count]),
                        **self._common,
                        "given": cell.given.to_json(),
                    },
                    gives=frozenset({name}),
                    needs=frozenset({_network(cell, steps[: count - 1])} if count > 1 else ()),
                )

    def _files(self, group: Sequence[Cell]) -> Job:
        first = group[0]
        job = self._job(
            "files",
            f"{first.name} {first.target} {', '.join(str(cell.recipe) for cell in group)}",
            group,
            gives=frozenset(file_of(cell.key) for cell in group),
            needs=frozenset({_network(first, first.recipe.all_steps)} if first.recipe.all_steps else ()),
        )
        job.message["scored"] = self._slots > 1  # a single worker scores several files at a time when it measures
        return job

    def _measure(self, group: Sequence[Cell]) -> Job:
        names = ", ".join(dict.fromkeys(cell.name for cell in group))
        needs = frozenset(file_of(cell.key) for cell in group)
        return self._job("measure", f"measuring {names} on {group[0].target}", group, needs=needs, alone=True)

    def _job(self, kind: str, title: str, group: Sequence[Cell], **rest: Any) -> Job:
        content = {"kind": kind, "cells": [_plain(cell) for cell in group], **self._common}
        return Job(title=title, message=content, **rest)


def slowest_first(groups: Iterable[list[Cell]]) -> list[list[Cell]]:
    """Return groups with those first that will probably take longest, by target and number of files: no long one is
    left for the end, when other workers have nothing to do.
    """
    slow = {target: len(SLOWEST) - rank for rank, target in enumerate(SLOWEST)}
    return sorted(groups, key=lambda group: len(group) * slow.get(group[0].target, len(SLOWEST)), reverse=True)


def spread(groups: Sequence[list[Cell]], slots: int) -> list[list[Cell]]:
    """Return groups of cells, the largest halved until every worker has one: what files share is made for each half."""
    found = list(groups)
    while len(found) < slots and (largest := max(found, key=len, default=[])) and len(largest) > 1:
        at, half = found.index(largest), (len(largest) + 1) // 2
        found[at : at + 1] = [largest[:half], largest[half:]]
    return found


def file_of(key: str) -> str:
    """Name a cell's file, by the cell's key, as jobs give and need it."""
    return f"file {key}"


def _network(cell: Cell, steps: Sequence[str]) -> str:
    """Name the network that steps make of a cell's, as jobs give and need it."""
    return f"network {cell.model} {'+'.join(steps)}"


def _plain(cell: Cell) -> dict[str, Any]:
    return {**dataclasses.asdict(cell), "recipe": str(cell.recipe), "given": cell.given.to_json()}
