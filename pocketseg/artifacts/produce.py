"""Produces one artifact: convert in a separate process, run, compare, and keep it complete with its manifest."""

from __future__ import annotations

import dataclasses
import errno
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import compress
import models
from pocketseg.artifacts.key import key_facts
from pocketseg.artifacts.request import Request, check
from pocketseg.core import child, errors, manifest
from pocketseg.core.cache import Cache
from pocketseg.core.errors import ExportError
from pocketseg.core.files import disk_faults
from pocketseg.core.precisions import MIXED
from pocketseg.core.types import Artifact

if TYPE_CHECKING:
    from compress import Mixed

_NOTHING = models.Given()
_PROCESS = "pocketseg.artifacts._process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """An artifact, the folder that holds it, and whether it was there already."""

    artifact: Artifact
    folder: Path
    reused: bool

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
) -> Produced:
    """Return the artifact from the cache, or apply the recipe's steps, convert, check and keep it.

    Raises RefusedError before any work, ParityError where the file does not compute what its network computes,
    ExportError where the converter fails, StorageError where the disk does.
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
            artifact, _ = manifest.read_manifest(place)
            return Produced(artifact=artifact, folder=place, reused=True)
        except errors.ManifestError:
            shutil.rmtree(place, ignore_errors=True)  # damaged since: make it again
    with disk_faults(cache.folder):
        work = Path(tempfile.mkdtemp(prefix=f"{request.target}-", dir=cache.workspace()))
    try:
        _convert(request, loaded, facts, work, mixed)
        with disk_faults(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            _settle(work / "out", place)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    artifact, _ = manifest.read_manifest(place)
    return Produced(artifact=artifact, folder=place, reused=False)


def _convert(request: Request, loaded: models.Loaded, facts: dict[str, Any], work: Path, mixed: Mixed | None) -> None:
    """Run the conversion in its own process, so that memory, warnings and crashes stay there."""
    message = {
        "model": models.handed_over(loaded),
        "target": request.target,
        "recipe": str(request.recipe),
        "output": request.output.value,
        "converter": facts["converter"],
        "calibration": request.calibration.to_json(),
        "calibration_method": facts["calibration_method"],
        "tools": facts["tools"],
        "sensitivity": str(mixed.folder.resolve()) if mixed else "",
    }
    # one thread each: conversions run side by side, and threads waiting for one another on a shared core are very slow
    child.run(
        _PROCESS,
        message,
        work,
        result=f"out/{manifest.NAME}",
        what=f"the conversion to {request.target} {request.recipe} of {request.model}",
        default=ExportError,
        environment=child.environment(threads=1, TQDM_DISABLE="1"),
    )


def _settle(finished: Path, place: Path) -> None:
    """Move finished work to its place in the cache; where another process was faster, its equal result stays."""
    if place.exists() and not (place / manifest.NAME).is_file():
        shutil.rmtree(place)
    try:
        finished.rename(place)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def stop_conversions() -> None:
    """End every conversion that runs in this process's threads."""
    child.stop_all(_PROCESS)


def step_notes(artifact: Artifact) -> list[str]:
    """Return the notes of the steps before a file, e.g. that a step left the network unchanged."""
    return compress.notes(artifact.facts.get("steps", ()))
