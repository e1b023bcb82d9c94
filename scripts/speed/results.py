"""docs/speed.json: every run that was timed, and every file that was made."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmark.device import cpu_model, usable_cores
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_json
from pocketseg.core.outside import read_json

PATH = ROOT / "docs" / "speed.json"


def read(path: Path = PATH) -> dict[str, Any]:
    """Return the runs made so far, and the files: for each side and file the hashes that it had."""
    if not path.exists():
        return {"computer": {}, "runs": [], "files": {"before": {}, "after": {}}}
    found: dict[str, Any] = read_json(path)
    return found


def has(path: Path, side: str, revision: str, task: str, number: int) -> bool:
    """Return whether a run is among them."""
    wanted = (side, revision, task, number)
    return any((run["side"], run["revision"], run["task"], run["round"]) == wanted for run in read(path)["runs"])


def check(path: Path, side: str, revision: str) -> None:
    """Raise DataError where the file's runs are of another computer, or of another revision of this side."""
    content = read(path)
    if (content["computer"] or _computer()) != _computer():
        raise DataError(f"{path} holds runs of another computer", hint="give another --out")
    if other := {run["revision"] for run in content["runs"] if run["side"] == side} - {revision}:
        raise DataError(
            f"{path} holds runs of {', '.join(sorted(other))} as `{side}`, not of {revision}", hint="give another --out"
        )


def add(path: Path, side: str, revision: str, task: str, number: int, found: Mapping[str, Any]) -> None:
    """Append a run. Raises DataError as `check` does."""
    check(path, side, revision)
    content = read(path)
    for name, digest in found.get("files", {}).items():
        known = content["files"][side].setdefault(name, [])
        known += [] if digest in known else [digest]
    about = {"side": side, "revision": revision, "task": task, "round": number}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    content["runs"].append({**about, "at": at, **{k: v for k, v in found.items() if k != "files"}})
    write_json(path, {**content, "computer": _computer()})


@functools.cache
def _computer() -> dict[str, Any]:
    return {"cpu": cpu_model(), "cores": usable_cores(), "memory_gb": round(psutil.virtual_memory().total / 1e9)}
