"""What is timed: `make setup`, `make quickstart` from an empty cache and again, and a sweep, each in a clone."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.files import make_folder, sha256_path
from pocketseg.core.outside import read_json
from scripts.speed.stages import PAINTING, marks, stages, told
from scripts.speed.watched import Watched, watch

MODELS = ("u2netp", "topformer_tiny")
TARGETS = ("coreml", "executorch", "onnx", "tflite", "torchmobile")
# Precisions that need neither training nor labelled photos; of Core ML's three palettes the finest and the coarsest.
RECIPES = ("fp32", "fp16", "w8", "w8dyn", "w8a8", "w4", "pal8", "pal4")
QUICKSTART = Path("runs/quickstart")
SWEEP = Path("runs/speed-sweep")
_JOBS = 2
_LAST_LINES = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """A checkout's committed state, in a folder that only the timing uses."""

    folder: Path
    revision: str

    @property
    def cache(self) -> Path:
        """Return the folder of its cache."""
        return self.folder.with_name(f"{self.folder.name}-cache")

    def environment(self) -> dict[str, str]:
        """Return the environment of its commands: this one, without what would change what they do."""
        own = {k: v for k, v in os.environ.items() if not k.startswith("POCKETSEG_")}
        for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "MAKEFLAGS", "MAKELEVEL"):
            own.pop(name, None)
        return {**own, "POCKETSEG_CACHE_DIR": str(self.cache), "PYTHONUNBUFFERED": "1"}


def cloned(checkout: Path, work: Path) -> Clone:
    """Clone what a checkout has committed into WORK, once. Raises UsageError where it has changes that are not."""
    if changes := _git(checkout, "status", "--porcelain", "--untracked-files=no"):
        raise UsageError(f"{checkout} has changes: {changes.splitlines()[0].strip()}", hint="commit them first")
    revision = _git(checkout, "rev-parse", "HEAD").strip()
    folder = make_folder(work).resolve() / revision[:12]
    if not folder.is_dir():
        _git(work, "clone", "--quiet", "--no-checkout", str(checkout.resolve()), str(folder))
        _git(folder, "checkout", "--quiet", "--detach", revision)
    return Clone(folder=folder, revision=revision)


def setup(clone: Clone) -> dict[str, dict[str, Any]]:
    """Set a clone up from nothing but pip's own caches."""
    _remove(clone.folder / ".venv")
    return {"setup": _told("setup", _run(clone, ["make", "setup"]))}


def quickstart(clone: Clone) -> dict[str, dict[str, Any]]:
    """Run the quick start from an empty cache, and once more."""
    _need_setup(clone)
    for folder in (clone.cache, clone.folder / "runs"):
        _remove(folder)
    out, began = clone.folder / QUICKSTART, time.time()
    seen = _with_masks(_run(clone, ["make", "quickstart"]), out / "masks", began)
    first = {**_told("quickstart", seen), **_by_itself(out, seen.wall_s), **_made(out)}
    again = _run(clone, ["make", "quickstart"])
    return {"quickstart": first, "rerun": {**_told("rerun", again), **_by_itself(out, again.wall_s)}}


def sweep(clone: Clone) -> dict[str, dict[str, Any]]:
    """Run the sweep from an empty cache, two jobs at a time.

    Each file takes its planned turns and no further ones: how long a run waits for undisturbed turns is the computer's.
    """
    _need_setup(clone)
    for folder in (clone.cache, clone.folder / SWEEP):
        _remove(folder)
    command = [
        ".venv/bin/pocketseg", "sweep", "--models", ",".join(MODELS), "--recipes", ",".join(RECIPES), "--targets",
        ",".join(TARGETS), "--jobs", str(_JOBS), "--out", str(SWEEP),
    ]  # fmt: skip
    seen = _run(clone, command, POCKETSEG_CEILING_S="0")
    return {"sweep": {**_told("sweep", seen), **_made(clone.folder / SWEEP)}}


TASKS: Mapping[str, Callable[[Clone], dict[str, dict[str, Any]]]] = {
    "setup": setup,
    "quickstart": quickstart,
    "sweep": sweep,
}


def _run(clone: Clone, command: Sequence[str], **more: str) -> Watched:
    """Run a command in a clone. Raises DataError where it fails: its time says nothing.

    more: variables of its environment.
    """
    found = watch(command, clone.folder, {**clone.environment(), **more})
    if found.status != 0:
        last = "\n".join(found.text.splitlines()[-_LAST_LINES:])
        raise DataError(f"`{' '.join(command)}` in {clone.folder} ended with status {found.status}", hint=last)
    return found


def _told(task: str, seen: Watched) -> dict[str, Any]:
    """Return a run as JSON values: what it took, and where its time went."""
    return {
        "wall_s": round(seen.wall_s, 1),
        "user_s": round(seen.user_s, 1),
        "system_s": round(seen.system_s, 1),
        "peak_bytes": seen.peak_bytes,
        "peak_process_bytes": seen.peak_process_bytes,
        "stages": _rounded(stages(task, seen.lines, seen.wall_s)),
        **({k: v and round(v, 1) for k, v in asdict(marks(seen.lines)).items()} if task == "quickstart" else {}),
    }


def _by_itself(out: Path, wall_s: float) -> dict[str, Any]:
    """Return the stages that a run wrote down itself, where it did."""
    path = out / "stages.json"
    if not path.is_file():
        return {}
    phases, files = told(read_json(path), wall_s)
    return {"stages": _rounded(phases), "file_stages": _rounded(files)}


def _rounded(seconds: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in seconds.items()}


def _with_masks(seen: Watched, masks: Path, began: float) -> Watched:
    """Return a run with a line at the moment when its first mask was written."""
    written = [path.stat().st_mtime - began for path in masks.rglob("*.png")]
    if not written:
        return seen
    return replace(seen, lines=tuple(sorted((*seen.lines, (min(written), PAINTING)))))


def _made(out: Path) -> dict[str, Any]:
    """Return what a run measured, counted, and the hash of every file that it made."""
    rows = read_json(out / "results.json")["rows"]
    files = {}
    for path in sorted(out.glob("artifacts/*/manifest.json")):
        content = read_json(path)
        name = f"{content['model']} {content['target']} {content['recipe']}"
        files[name] = sha256_path(path.parent / content["file"])
    return {
        "rows": dict(Counter(row["status"] for row in rows)),
        "verdicts": dict(Counter(row["verdict"] for row in rows if row.get("verdict"))),
        "photos": sum(row["photos"] for row in rows),
        "timed_runs": sum(len(row["latencies_ms"]) for row in rows),
        "files": files,
    }


def _need_setup(clone: Clone) -> None:
    if not (clone.folder / ".venv" / ".setup-done").is_file():
        _run(clone, ["make", "setup"])


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UsageError(f"git {arguments[0]} in {folder}: {done.stderr.strip()}", hint="name a git checkout")
    return done.stdout
