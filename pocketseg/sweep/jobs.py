"""A sweep's jobs, run in worker processes of this host or of a cluster: plain values in, plain values out.

A job reads what earlier jobs left in the cache, so workers share its folder and the sweep's. An error in a job is
returned as a value and becomes the cell's row; it does not end the sweep. Only a full disk is raised, as it ends
everything.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import compress
import export
import models
from benchmark.engine import measure
from benchmark.entry import Entry
from benchmark.kept import score_once
from benchmark.rows import to_message
from pocketseg.artifacts.deliver import put
from pocketseg.artifacts.produce import produce_group, step_notes
from pocketseg.core.cache import Cache
from pocketseg.core.errors import PocketSegError, RuntimeFailedError, StorageError
from pocketseg.core.files import FULL_DISK, storage_error
from pocketseg.core.manifest import read_manifest
from pocketseg.core.types import BenchmarkRow, Recipe
from pocketseg.sweep.measure import measure_made, score_ahead
from pocketseg.sweep.photos import photos_of
from pocketseg.sweep.plan import Cell, Sweep, request


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Do one job and return its result, or the error it met: {"error": message}. Raises StorageError."""
    cache, sweep = Cache(Path(job["cache"])), Sweep.from_json(job["sweep"])
    try:
        with contextlib.suppress(OSError):  # relative paths begin where the sweep was started; absolute ones need not
            os.chdir(job["here"])
        if job["kind"] == "steps":
            return _steps(job, sweep, cache)
        if job["kind"] == "files":
            return _files(job, sweep, cache)
        if job["kind"] == "together":
            return _together([_cell(c) for c in job["cells"]], sweep, cache, Path(job["out"]))
        if job["kind"] == "test":
            return _test([_cell(c) for c in job["cells"]], sweep, cache, Path(job["out"]))
        return _measure([_cell(c) for c in job["cells"]], sweep, cache, Path(job["out"]))
    except StorageError:
        raise
    except PocketSegError as error:
        return {"error": error.message}
    except OSError as error:
        if error.errno in FULL_DISK:
            raise storage_error(error, Path(error.filename or job["out"])) from error
        return {"error": f"{type(error).__name__}: {error}".strip().splitlines()[0]}
    except Exception as error:  # noqa: BLE001 - a sweep turns any fault of a cell into its row
        return {"error": f"{type(error).__name__}: {error}".strip().splitlines()[0]}


def _cell(content: dict[str, Any]) -> Cell:
    given = models.Given.from_json(content["given"])
    return Cell(**{**content, "recipe": Recipe.parse(content["recipe"]), "given": given})


def _steps(job: dict[str, Any], sweep: Sweep, cache: Cache) -> dict[str, Any]:
    """Apply the first steps of a recipe; the results of those before are in the cache."""
    loaded = models.open_model(job["model"], models.Given.from_json(job["given"]))
    after = compress.shrink(loaded, job["steps"], sweep.budget, cache)
    return {"weights": after.sha256, "notes": compress.notes(compress.lineage(after)[-1:])}


def _files(job: dict[str, Any], sweep: Sweep, cache: Cache) -> dict[str, Any]:
    """Make files of one network for one target, verify that each runs and agrees with its network, and put it into its
    cell's folder; the error of one is its own. If asked, score them while other files are made.
    """
    cells, out = [_cell(content) for content in job["cells"]], Path(job["out"])
    calibration = sweep.photos()
    loaded = models.open_model(cells[0].model, cells[0].given)
    outcomes = produce_group([request(cell, sweep, calibration) for cell in cells], cache, loaded)
    found: list[dict[str, Any]] = []
    for cell, outcome in zip(cells, outcomes, strict=True):
        if isinstance(outcome, PocketSegError):
            found.append({"error": outcome.message})
        else:
            put(outcome, out / "artifacts" / cell.folder)
            found.append({"reused": outcome.reused})
    if job["scored"]:
        made = [cell for cell, said in zip(cells, found, strict=True) if "error" not in said]
        entries = [(loaded, cell.recipe, _entry(cell, out)) for cell in made]
        score_ahead(entries, sweep.budget, cache, photos_of(sweep, "val"), sweep.threads)
    return {"files": found}


def _measure(cells: list[Cell], sweep: Sweep, cache: Cache, out: Path) -> dict[str, Any]:
    """Measure files of one target side by side, on validation photos.

    Each is compared with the network that it was made from.
    """
    loaded = {model: models.open_model(model, given) for model, given in {c.model: c.given for c in cells}.items()}
    made = [(loaded[cell.model], cell.recipe, _entry(cell, out)) for cell in cells]
    rows = measure_made(made, sweep.budget, cache, data=photos_of(sweep, "val"), threads=sweep.threads)
    return {"rows": [to_message(row) for row in rows]}


def _together(cells: list[Cell], sweep: Sweep, cache: Cache, out: Path) -> dict[str, Any]:
    """Time files of one target side by side, without scoring them again. Raises RuntimeFailedError where one fails."""
    rows = measure([_entry(cell, out) for cell in cells], threads=sweep.threads, cache=cache)
    for cell, row in zip(cells, rows, strict=True):
        if row.status != "ok":
            raise RuntimeFailedError(f"{cell.title}: {row.reason}")
    return {"times": [to_message(row) for row in rows]}


def _test(cells: list[Cell], sweep: Sweep, cache: Cache, out: Path) -> dict[str, Any]:
    """Score files on the test photos, each once. Raises RuntimeFailedError where one does not run."""
    entries = [_entry(cell, out) for cell in cells]
    found = score_once(entries, cache, data=photos_of(sweep, "test"), threads=sweep.threads)
    return {"tested": [asdict(tested) for tested in found]}


def about(sweep: Sweep, cells: Sequence[Cell], rows: Sequence[BenchmarkRow]) -> list[str]:
    """Return a sentence on how steps trained, where any trained for one of the files."""
    made = {(row.model, row.recipe) for row in rows if row.status == "ok"}
    steps = [step for c in cells if (c.name, str(c.recipe)) in made for step in c.recipe.all_steps]
    if not (sweep.epochs and steps and compress.trains(steps)):
        return []
    passes = "one pass" if sweep.epochs == 1 else f"{sweep.epochs} passes"
    return [f"Steps trained for at most {passes} over the training photos of {sweep.data or 'the embedded sample'}."]


def notes(cells: Sequence[Cell], out: Path) -> list[str]:
    """Return the notes of the steps of finished files, with the files' names; files that no longer exist have none."""
    said = []
    for cell in cells:
        with contextlib.suppress(PocketSegError):
            said += [f"{cell.title}: {note}" for note in step_notes(_entry(cell, out).artifact)]
    return said


def _entry(cell: Cell, out: Path) -> Entry:
    """Open a cell's file in its folder. Raises ManifestError."""
    artifact, file = read_manifest(out / "artifacts" / cell.folder)
    return Entry(artifact=artifact, path=file, runtime=str(export.facts(cell.target, "RUNTIME")))
