"""A trial's file: exported with shared steps done once, and measured on validation photos."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import export
import models
from benchmark import runtimes
from benchmark.engine import is_timed, measure
from benchmark.entry import Entry
from benchmark.photos import ScoredPhotos
from pocketseg.artifacts.converter import Converter
from pocketseg.artifacts.deliver import put
from pocketseg.artifacts.produce import Produced, produce, step_notes
from pocketseg.artifacts.request import check
from pocketseg.core.cache import Cache
from pocketseg.core.errors import RefusedError, RuntimeFailedError
from pocketseg.core.types import BenchmarkRow, Recipe
from pocketseg.data.labelled import need_named_classes
from pocketseg.data.photos import open_photos
from pocketseg.sweep.measure import measure_made
from pocketseg.sweep.photos import photos_of
from pocketseg.sweep.plan import Cell, Sweep, request
from pocketseg.tune.trials import Goal

Progress = Callable[[str, int, int], None]


class Files:
    """The files of one network for one target: what a search does to evaluate a recipe.

    Trials of one network, with the same steps, share a conversion process, which ends with the `with`. sweep: what its
    jobs may use; trials are scored on its photos. cell: the network and target. say: called with the notes of a file's
    steps.
    """

    def __init__(
        self, sweep: Sweep, cell: Cell, cache: Cache, progress: Progress, warn: Callable[[str], None],
        say: Callable[[str], None] = lambda sentence: None,
    ) -> None:  # fmt: skip
        self.sweep, self.cell, self.cache, self.progress, self.warn = sweep, cell, cache, progress, warn
        self.say = say
        self._said: set[Recipe] = set()
        self._validation: ScoredPhotos | None = None
        self._loaded: models.Loaded | None = None
        self._converter = Converter(cache)

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *error: object) -> None:
        self._converter.close()

    def refusal(self, goal: Goal) -> None:
        """Refuse, before any work, what cannot be searched here. Raises RefusedError, UsageError, CheckpointError."""
        if self.sweep.data and self.sweep.epochs > 0:
            need_named_classes(open_photos(self.sweep.data))
        check(request(dataclasses.replace(self.cell, recipe=Recipe()), self.sweep), self._network())
        engine = str(export.facts(self.cell.target, "RUNTIME"))
        if reason := runtimes.runtime(engine).refusal():
            raise RefusedError(f"files of {self.cell.target} cannot be measured here: {reason}")
        if goal is Goal.LATENCY and not is_timed(f"benchmark.runtimes.{engine}"):
            raise RefusedError(
                f"files of {self.cell.target} have no latency here: {engine} is not a device", hint="give --goal size"
            )

    def make(self, recipe: Recipe) -> BenchmarkRow:
        """Make a recipe's file and measure it on the validation photos. Raises any error of making it."""
        if self._validation is None:
            self._validation = photos_of(self.sweep, "val")
        (row,) = self._score([recipe], self._validation)
        return row

    def together(self, recipes: Sequence[Recipe]) -> list[BenchmarkRow]:
        """Time files side by side, in turns, without scoring them. Raises RuntimeFailedError."""
        entries = [self._entry(self._produced(recipe)) for recipe in recipes]
        self._converter.close()  # all trials are done, and it holds memory
        rows = measure(
            entries, threads=self.sweep.threads, cache=self.cache, progress=self._within("the finalists"),
            warn=self.warn,
        )  # fmt: skip
        return [self._named(row, recipe) for row, recipe in zip(rows, recipes, strict=True)]

    def test(self, recipes: Sequence[Recipe]) -> list[BenchmarkRow]:
        """Score files on the test photos, to report and not to choose. Raises RuntimeFailedError."""
        return self._score(recipes, photos_of(self.sweep, "test"))

    def deliver(self, recipe: Recipe, out: Path) -> Path:
        """Put a recipe's file and manifest into a folder of their own, and return the file's path."""
        return put(self._produced(recipe), out)

    def _produced(self, recipe: Recipe) -> Produced:
        wanted = request(dataclasses.replace(self.cell, recipe=recipe), self.sweep)
        loaded = check(wanted, self._network())
        produced = produce(wanted, self.cache, loaded, progress=self.progress, converter=self._converter)
        if recipe not in self._said:
            self._said.add(recipe)
            for note in step_notes(produced.artifact):
                self.say(f"{recipe}: {note}")
        return produced

    def _network(self) -> models.Loaded:
        """Open the network before any steps, once."""
        if self._loaded is None:
            self._loaded = models.open_model(self.cell.model, self.cell.given)
        return self._loaded

    def _entry(self, produced: Produced) -> Entry:
        engine = str(export.facts(self.cell.target, "RUNTIME"))
        return Entry(artifact=produced.artifact, path=produced.file, runtime=engine)

    def _score(self, recipes: Sequence[Recipe], data: ScoredPhotos) -> list[BenchmarkRow]:
        made = [(self._network(), recipe, self._entry(self._produced(recipe))) for recipe in recipes]
        rows = measure_made(
            made, self.sweep.budget, self.cache, data=data, threads=self.sweep.threads,
            progress=self._within(", ".join(map(str, recipes))), warn=self.warn,
        )  # fmt: skip
        return [self._named(row, recipe) for row, recipe in zip(rows, recipes, strict=True)]

    def _within(self, what: str) -> Progress:
        return lambda phase, done, total: self.progress(f"{phase}: {what}", done, total)

    def _named(self, row: BenchmarkRow, recipe: Recipe) -> BenchmarkRow:
        """Return a row under the name of the network it began with.

        Raises RefusedError or RuntimeFailedError for a row that is not ok.
        """
        if row.status == "refused":
            raise RefusedError(row.reason)
        if row.status != "ok":
            raise RuntimeFailedError(f"measuring {recipe}: {row.reason}")
        return dataclasses.replace(row, model=self.cell.name, recipe=str(recipe))
