"""Produces artifacts: convert in a separate process, run, compare, and keep each complete with its manifest."""

from __future__ import annotations

import dataclasses
import errno
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import compress
import models
from pocketseg.artifacts import answers
from pocketseg.artifacts.converter import Converter
from pocketseg.artifacts.key import key_facts
from pocketseg.artifacts.request import Request, check
from pocketseg.core import errors, manifest
from pocketseg.core.cache import Cache
from pocketseg.core.errors import PocketSegError, StorageError
from pocketseg.core.files import disk_faults
from pocketseg.core.precisions import MIXED
from pocketseg.core.types import Artifact

if TYPE_CHECKING:
    from compress import Mixed

_NOTHING = models.Given()


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """An artifact, the folder that holds it, and whether it was there already.

    Attributes:
        seconds: of each stage of making it, in order; empty where it was there already.
    """

    artifact: Artifact
    folder: Path
    reused: bool
    seconds: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def file(self) -> Path:
        """Return the path of the exported file or package."""
        return self.folder / self.artifact.file


def shrunk(
    request: Request,
    cache: Cache,
    loaded: models.Loaded,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> tuple[Request, models.Loaded]:
    """Apply the recipe's steps, each once, and return a request for the resulting network."""
    if not request.recipe.all_steps:
        return request, loaded
    after = compress.shrink(loaded, request.recipe.all_steps, request.budget or compress.Budget(), cache, progress)
    return dataclasses.replace(request, model=str(after.source), given=_NOTHING), after


def produce(
    request: Request,
    cache: Cache,
    loaded: models.Loaded | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    converter: Converter | None = None,
) -> Produced:
    """Return the artifact from the cache, or apply the recipe's steps, convert, check and keep it.

    converter: of a caller that produces several files of one network and target, which share their process; the caller
    closes it. Raises RefusedError before any work, ParityError where the file does not compute what its network
    computes, ExportError where the converter fails, StorageError where the disk does.
    """
    request, loaded = shrunk(request, cache, loaded or check(request), progress)
    mixed = None
    if request.recipe.precision == MIXED:
        mixed = compress.mixed(loaded, request.budget or compress.Budget(), request.calibration, cache, progress)
    progress(f"converting {loaded.name} to {request.target}, then running and comparing it", 0, 1)
    facts = key_facts(request, loaded, mixed)
    place = cache.place("artifacts", facts)
    if (place / manifest.NAME).is_file():
        try:
            artifact, _ = manifest.read_any_manifest(place)
            return Produced(artifact=artifact, folder=place, reused=True)
        except errors.ManifestError:
            shutil.rmtree(place, ignore_errors=True)  # damaged since: make it again
    with disk_faults(cache.folder):
        work = Path(tempfile.mkdtemp(prefix=f"{request.target}-", dir=cache.workspace()))
    try:
        with Converter(cache) if converter is None else nullcontext(converter) as process:
            message = _message(request, loaded, facts, mixed, answers.place(cache, loaded, request.calibration))
            what = f"the conversion to {request.target} {request.recipe} of {request.model}"
            seconds = process.convert(message, work, what)
        with disk_faults(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            _settle(work / "out", place)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    artifact, _ = manifest.read_any_manifest(place)
    return Produced(artifact=artifact, folder=place, reused=False, seconds=seconds)


def produce_group(
    requests: Sequence[Request],
    cache: Cache,
    loaded: models.Loaded | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    done: Callable[[int, Produced | PocketSegError], None] = lambda place, outcome: None,
) -> list[Produced | PocketSegError]:
    """Produce files of one network and target in one process, and return each, or its error, in order.

    An error, and a crash too, costs its file only. Each file is in the cache as soon as it is finished.

    Args:
        loaded: the network before the recipes' steps, which all requests name.
        done: called with the place among the requests as each is finished.

    Raises:
        StorageError: which would stop every other file too.
    """
    outcomes: list[Produced | PocketSegError] = []
    with Converter(cache) as converter:
        for place, request in enumerate(requests):
            outcomes.append(attempt(request, cache, loaded, progress, converter))
            done(place, outcomes[-1])
    return outcomes


def attempt(
    request: Request,
    cache: Cache,
    loaded: models.Loaded | None,
    progress: Callable[[str, int, int], None],
    converter: Converter,
) -> Produced | PocketSegError:
    """Return an artifact, or the error that it met; as `produce`. Raises StorageError."""
    try:
        return produce(request, cache, loaded and check(request, loaded), progress, converter)
    except StorageError:
        raise
    except PocketSegError as error:
        return error


def _message(
    request: Request, loaded: models.Loaded, facts: dict[str, Any], mixed: Mixed | None, kept: Path
) -> dict[str, Any]:
    """Return what the conversion process is told, as JSON values. kept: where the network's own answers are kept."""
    return {
        "model": models.handed_over(loaded),
        "target": request.target,
        "recipe": str(request.recipe),
        "output": request.output.value,
        "converter": facts["converter"],
        "calibration": request.calibration.to_json(),
        "calibration_method": facts["calibration_method"],
        "tools": facts["tools"],
        "answers": str(kept.resolve()),
        "sensitivity": str(mixed.folder.resolve()) if mixed else "",
    }


def _settle(finished: Path, place: Path) -> None:
    """Move finished work to its place in the cache; where another process was faster, its equal result stays."""
    if place.exists() and not (place / manifest.NAME).is_file():
        shutil.rmtree(place)
    try:
        finished.rename(place)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def step_notes(artifact: Artifact) -> list[str]:
    """Return the notes of the steps before a file, e.g. that a step left the network unchanged."""
    return compress.notes(artifact.facts.get("steps", ()))
