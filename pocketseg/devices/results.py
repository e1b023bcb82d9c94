"""The results of a bundle's run: progress.json, a sealed record a run, class maps named by their hashes.

docs/bundle.md describes the folder, which an app on a phone writes as `device replay` does here.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pocketseg.core import runs
from pocketseg.core._schema import printable
from pocketseg.core.errors import BundleError, DataError, RecordError
from pocketseg.core.files import make_folder, write_bytes, write_json, write_text
from pocketseg.core.outside import read_within
from pocketseg.core.record import MOST_BYTES as MOST_RECORD_BYTES
from pocketseg.core.record import read_record, sealed
from pocketseg.data.photos import Pixels
from pocketseg.devices.progress import MOST_BYTES, SCHEMA_VERSION, JobProgress, read_progress

PROGRESS = "progress.json"
MAPS = "maps"
MOST_MAP_BYTES = 256 << 20
RECORD_NAME = re.compile(r"(0|[1-9][0-9]{0,6})\.json")


class Results:
    """The folder that a job's results are written into. Every file in it is complete."""

    def __init__(self, folder: Path, job: str, bundle: str, runs_count: int) -> None:
        self.folder, self._job, self._bundle, self._runs = make_folder(folder), job, bundle, runs_count

    def progress(self, state: str, *, run: int = 0, phase: str = "", reason: str = "") -> None:
        """Write how far the job is, replacing what was written before."""
        write_json(
            self.folder / PROGRESS,
            {
                "schema_version": SCHEMA_VERSION, "job": self._job, "bundle": self._bundle, "state": state, "run": run,
                "runs": self._runs, "phase": phase, "reason": printable(reason), "at": now(),
            },
        )  # fmt: skip

    def add_map(self, class_map: Pixels) -> str:
        """Keep a class map, H,W uint8; return its hash."""
        data = runs.encode(class_map)
        name = hashlib.sha256(data).hexdigest()
        path = self.folder / MAPS / f"{name}.runs"
        if not path.exists():
            write_bytes(path, data)
        return name

    def add_record(self, run: int, document: dict[str, Any]) -> Path:
        """Seal and keep the record of a run, after its maps. Raises RecordError, StorageError."""
        return write_text(self.folder / f"{run}.json", sealed(document) + "\n")

    def finished(self) -> set[int]:
        """Return the runs whose records are there, whole and of this bundle and job."""
        found = set()
        for path in self.folder.glob("*.json"):
            if RECORD_NAME.fullmatch(path.name):
                try:
                    said = read_result(path).get("bundle") or {}
                except RecordError:
                    continue
                if (said.get("sha256"), said.get("job"), f"{said.get('run')}.json") == (
                    self._bundle,
                    self._job,
                    path.name,
                ):
                    found.add(int(path.stem))
        return found


def now() -> str:
    """Return the present time as records state it, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_result(path: Path) -> dict[str, Any]:
    """Return the record in a file. Raises RecordError, which names the file."""
    try:
        data = read_within(path, MOST_RECORD_BYTES)
    except FileNotFoundError as error:
        raise RecordError(f"{path} does not exist", hint="give a record, or a job's folder", path=path) from error
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} cannot be read ({error})", hint="copy it again", path=path) from error
    return read_record(data, str(path))


def read_map(folder: Path, name: str) -> bytes:
    """Return the bytes of the class map with that hash, beside a record. Raises BundleError where it is not
    that map.
    """
    path = folder / MAPS / f"{name}.runs"
    try:
        data = read_within(path, MOST_MAP_BYTES)
    except (OSError, ValueError) as error:
        said = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        raise BundleError(f"class map {path} {said}", hint="copy the job's folder again", path=path) from error
    if hashlib.sha256(data).hexdigest() != name:
        raise BundleError(f"class map {path} is damaged: its sha256 is not its name", hint="copy it again", path=path)
    return data


def kept_progress(folder: Path) -> JobProgress | None:
    """Return the content of a job folder's progress.json, None where it has none. Raises DeviceError, DataError."""
    path = folder / PROGRESS
    try:
        data = read_within(path, MOST_BYTES)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error})", hint="give another folder") from error
    return read_progress(data, job=None, bundle=None)
