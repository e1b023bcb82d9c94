"""Produce one artifact: convert in a process of its own, run it, compare it, keep it whole with its manifest."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import compress
import export
import models
from benchmark import runtimes
from pocketseg.core import errors, manifest
from pocketseg.core.cache import ROOT, Cache, code_hash, host, versions
from pocketseg.core.errors import ExportError, PocketSegError, RefusedError, StorageError, UsageError
from pocketseg.core.files import disk_faults, storage_error
from pocketseg.core.precisions import CALIBRATION_METHODS, MIXED
from pocketseg.core.types import Artifact, OutputKind, Recipe
from pocketseg.data.calibration import Calibration, parity_photos
from pocketseg.data.seen import need_garments

if TYPE_CHECKING:
    from compress import Budget, Mixed

_NOTHING = models.Given()
_running: set[subprocess.Popen[bytes]] = set()
_SOURCES = (
    "models",
    "compress",
    "pocketseg/core",
    "pocketseg/data",
    "pocketseg/training/evaluate.py",  # parity's side of the network
    "pocketseg/training/fake_quant.py",
    "pocketseg/artifacts/_process.py",
    "pocketseg/artifacts/produce.py",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to produce. model: a released name or a checkpoint's path; given: what its file does not say.

    budget: what the recipe's steps may train and choose on; None: the embedded photos, for a few passes.
    calibration: photos for number ranges, and those that the file is compared on. calibration_method, converter: empty
    means the target's default.
    """

    model: str
    target: str
    recipe: Recipe
    output: OutputKind = OutputKind.LOGITS
    calibration: Calibration
    calibration_method: str = ""
    converter: str = ""
    given: models.Given = _NOTHING
    budget: Budget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """An artifact, the folder that holds it, and whether it was there already."""

    artifact: Artifact
    folder: Path
    reused: bool

    @property
    def file(self) -> Path:
        """Path of the exported file or package."""
        return self.folder / self.artifact.file


def check(request: Request, loaded: models.Loaded | None = None) -> models.Loaded:
    """Open the model, unless it is given, and refuse, before any work, what its target cannot do."""
    valid = export.facts(request.target, "PRECISIONS")
    loaded = loaded or models.open_model(request.model, request.given)
    for step in request.recipe.steps:
        compress.parsed(step)
    if reason := (export.facts(request.target, "REFUSALS") or {}).get(request.recipe.precision):
        raise RefusedError(
            f"target {request.target} has no precision {request.recipe.precision}: {reason}",
            hint=f"it has: {', '.join(valid)}",
        )
    _check_calibration(request, loaded)
    converters = export.facts(request.target, "CONVERTERS") or ()
    if request.converter and not converters:
        raise UsageError(f"target {request.target} has one converter", hint="leave --converter out")
    if request.converter and request.converter not in converters:
        raise errors.UnknownNameError("converter", request.converter, converters)
    reason = export.exporter(request.target).refusal(loaded.spec, request.recipe)
    if reason:
        raise RefusedError(f"{request.target} {request.recipe} of {loaded.name}: {reason}")
    budget = request.budget or compress.Budget()
    if request.recipe.all_steps:
        compress.check(loaded, request.recipe.all_steps, budget)
    if request.recipe.precision == MIXED:
        compress.check_mixed(loaded, budget)
    return loaded


def shrunk(
    request: Request,
    cache: Cache,
    loaded: models.Loaded,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> tuple[Request, models.Loaded]:
    """Apply the recipe's steps, each once, and give a request for the network after them."""
    if not request.recipe.all_steps:
        return request, loaded
    after = compress.shrink(loaded, request.recipe.all_steps, request.budget or compress.Budget(), cache, progress)
    return dataclasses.replace(request, model=str(after.source), given=_NOTHING), after


def _check_calibration(request: Request, loaded: models.Loaded) -> None:
    """Refuse photos that are not like those of the network, and a method that the target's quantizer lacks or that
    nothing would use."""
    if needs_calibration(request.recipe) and not request.calibration.spec:
        need_garments(loaded.name, loaded.spec.classes, loaded.metadata, str(request.recipe))
    method, valid = request.calibration_method, export.facts(request.target, "CALIBRATIONS")
    if not method:
        return
    if method not in CALIBRATION_METHODS:
        raise errors.UnknownNameError("calibration method", method, CALIBRATION_METHODS)
    if not needs_calibration(request.recipe):
        raise UsageError(f"{request.recipe} needs no calibration", hint="leave --calibration-method out, or take w8a8")
    if method not in valid:
        raise RefusedError(
            f"target {request.target} does not calibrate by {method}", hint=f"it has: {', '.join(valid)}"
        )


def calibration_method(request: Request) -> str:
    """Name the method that a request calibrates by: the target's default where it names none, empty without photos."""
    if not needs_calibration(request.recipe):
        return ""
    return request.calibration_method or str(export.facts(request.target, "CALIBRATIONS")[0])


def step_notes(artifact: Artifact) -> list[str]:
    """List what the steps before a file had to say, e.g. that one kept the network as it was."""
    return compress.notes(artifact.facts.get("steps", ()))


def key_facts(request: Request, loaded: models.Loaded, mixed: Mixed | None = None) -> dict[str, Any]:
    """Collect everything that decides the file: weights, spec, request, float layers, code, tools, host."""
    own = [f"export/{p.name}" for p in sorted((ROOT / "export").glob("_*.py"))]
    engine = export.facts(request.target, "RUNTIME")
    return {
        "model": loaded.name,
        "checkpoint": loaded.sha256,
        "spec": dataclasses.asdict(loaded.spec),
        "assumed": loaded.assumed,
        "target": request.target,
        "recipe": str(request.recipe),
        "output": request.output.value,
        "converter": request.converter or (export.facts(request.target, "CONVERTERS") or ("",))[0],
        "calibration": request.calibration.hash if needs_calibration(request.recipe) else "",
        "calibration_split": request.calibration.split_hash if needs_calibration(request.recipe) else "",
        "calibration_method": calibration_method(request),
        "mixed": mixed.hash if mixed else "",
        "parity_photos": parity_photos(request.calibration).hash,
        "code": code_hash([*_SOURCES, *own, f"export/{request.target}.py", *runtimes.sources(str(engine))]),
        "tools": versions(["numpy", "torch", *export.facts(request.target, "TOOLS"), runtimes.tool(engine)]),
        "host": host(),
    }


def needs_calibration(recipe: Recipe) -> bool:
    """Say whether a recipe looks at photos."""
    return recipe.precision.startswith("w8a8")


def produce(
    request: Request,
    cache: Cache,
    loaded: models.Loaded | None = None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Produced:
    """Give the artifact from the cache, or apply the recipe's steps, convert, check and keep it.

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
        _convert(request, facts, work, mixed)
        with disk_faults(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            _settle(work / "out", place)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    artifact, _ = manifest.read_manifest(place)
    return Produced(artifact=artifact, folder=place, reused=False)


def _convert(request: Request, facts: dict[str, Any], work: Path, mixed: Mixed | None) -> None:
    """Run the conversion in its own process, so that memory, warnings and crashes stay there."""
    message = {
        "model": str(Path(request.model).resolve()) if Path(request.model).is_file() else request.model,
        "name": facts["model"],
        "given": request.given.to_json(),
        "target": request.target,
        "recipe": str(request.recipe),
        "output": request.output.value,
        "converter": facts["converter"],
        "calibration": request.calibration.to_json(),
        "calibration_method": facts["calibration_method"],
        "tools": facts["tools"],
        "checkpoint": facts["checkpoint"],
        "sensitivity": str(mixed.folder.resolve()) if mixed else "",
    }
    with disk_faults(work):
        (work / "request.json").write_text(json.dumps(message), encoding="utf-8")
    environment = {**os.environ, "TMPDIR": str(work), "TQDM_DISABLE": "1", "PYTHONWARNINGS": "ignore"}
    # one thread each: conversions run side by side, and threads that wait for one another on a shared core crawl
    environment |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    with disk_faults(work), (work / "log.txt").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "pocketseg.artifacts._process", str(work)],
            stdin=subprocess.PIPE,  # the child ends when this end closes: no orphan works on after a kill
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=work,
            env=environment,
        )
        _running.add(child)
        try:
            code = child.wait()
        finally:
            child.kill()
            child.wait()
            _running.discard(child)
    if code == 0 and (work / "out" / manifest.NAME).is_file():
        return
    raise _failure(request, work, code)


def _settle(finished: Path, place: Path) -> None:
    """Move finished work to its place; where another process was faster, its equal result stays."""
    if place.exists() and not (place / manifest.NAME).is_file():
        shutil.rmtree(place)
    try:
        finished.rename(place)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def stop_conversions() -> None:
    """End every conversion that runs in this process's threads."""
    for child in list(_running):
        child.kill()


def _failure(request: Request, work: Path, code: int) -> PocketSegError:
    """Turn what the child left into the error that it met."""
    what = f"{request.target} {request.recipe} of {request.model}"
    try:
        said = json.loads((work / "error.json").read_text(encoding="utf-8"))
        kind = getattr(errors, str(said["type"]), ExportError)
        if kind is errors.UnknownNameError:
            kind = UsageError  # its message is made already
        known = isinstance(kind, type) and issubclass(kind, PocketSegError)
        make: type[PocketSegError] = kind if known else ExportError
        return make(str(said["message"]), hint=str(said["hint"]))
    except (OSError, ValueError, KeyError):
        lines = (work / "log.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        full = os.strerror(errno.ENOSPC)
        if code == StorageError.exit_code or any(full in line for line in lines[-5:]):  # no room for a message
            return storage_error(OSError(errno.ENOSPC, full), work)
        how = f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
        return ExportError(f"the conversion to {what} {how}", hint="\n".join(lines[-5:]))
