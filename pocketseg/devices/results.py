"""What a place where a bundle ran leaves: progress.json, a sealed record a run, class maps named by their hashes.

docs/bundle.md describes the folder, which an app on a phone writes as `device replay` does here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pocketseg.core import runs
from pocketseg.core._schema import printable
from pocketseg.core.errors import BundleError, DataError, RecordError
from pocketseg.core.files import make_folder, write_bytes, write_json, write_text
from pocketseg.core.outside import parse_json, read_within
from pocketseg.core.record import MOST_BYTES, read_record, sealed
from pocketseg.data.photos import Pixels

PROGRESS = "progress.json"
MAPS = "maps"
SCHEMA_VERSION = "1.0"
STATES = ("running", "finished", "refused", "failed")
MOST_PROGRESS_BYTES = 64 << 10
MOST_MAP_BYTES = 256 << 20
RECORD_NAME = re.compile(r"(0|[1-9][0-9]{0,6})\.json")
MAP_NAME = re.compile(r"[0-9a-f]{64}\.runs")
JOB = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PHASE = re.compile(r"[^\x00-\x1f\x7f]{0,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is. state: one of STATES; reason: why it is refused or failed. run, runs: of the bundle's runs.

    at: of the device's clock, UTC.
    """

    job: str
    bundle: str
    state: str
    run: int = 0
    runs: int = 0
    phase: str = ""
    reason: str = ""
    at: str = ""


class Results:
    """The folder that a job's results are written into. Whatever is in it is whole."""

    def __init__(self, folder: Path, job: str, bundle: str, runs_count: int) -> None:
        self.folder, self._job, self._bundle, self._runs = make_folder(folder), job, bundle, runs_count

    def progress(self, state: str, *, run: int = 0, phase: str = "", reason: str = "") -> None:
        """Say how far it is; replaces what was said before."""
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
        """List the runs whose records are there, whole and of this bundle and job."""
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
    """Return this moment as records say it, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_result(path: Path) -> dict[str, Any]:
    """Read a record file. Raises RecordError, which names it."""
    try:
        data = read_within(path, MOST_BYTES)
    except FileNotFoundError as error:
        raise RecordError(f"{path} does not exist", hint="give a record, or a job's folder", path=path) from error
    except (OSError, ValueError) as error:
        raise RecordError(f"{path} cannot be read ({error})", hint="copy it again", path=path) from error
    return read_record(data, str(path))


def read_map(folder: Path, name: str) -> bytes:
    """Return the bytes of the class map of that hash, beside a record. Raises BundleError where it is not that map."""
    path = folder / MAPS / f"{name}.runs"
    try:
        data = read_within(path, MOST_MAP_BYTES)
    except (OSError, ValueError) as error:
        said = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        raise BundleError(f"class map {path} {said}", hint="copy the job's folder again", path=path) from error
    if hashlib.sha256(data).hexdigest() != name:
        raise BundleError(f"class map {path} is damaged: its name is not its sha256", hint="copy it again", path=path)
    return data


def parse_progress(data: bytes, where: str) -> Progress:
    """Return what a progress.json says. Raises DataError where it is none, or is of a newer version."""
    try:
        if len(data) > MOST_PROGRESS_BYTES:
            raise ValueError(f"it is larger than {MOST_PROGRESS_BYTES:,} bytes")
        said = parse_json(data)
        if not isinstance(said, dict):
            raise ValueError("it is no table")
        version = said.get("schema_version")
        if not isinstance(version, str) or not re.fullmatch(r"[0-9]{1,4}\.[0-9]{1,4}", version):
            raise ValueError("it says no schema_version such as 1.0")
        if int(version.partition(".")[0]) > int(SCHEMA_VERSION.partition(".")[0]):
            raise DataError(
                f"{where} is of version {version}, and this program reads {SCHEMA_VERSION}",
                hint="update pocketseg, or install an app of its version",
            )
        checks: Mapping[str, Callable[[Any], bool]] = {
            "job": lambda v: isinstance(v, str) and bool(JOB.fullmatch(v)),
            "bundle": lambda v: isinstance(v, str) and bool(_SHA256.fullmatch(v)),
            "state": lambda v: v in STATES,
            "run": lambda v: type(v) is int and 0 <= v <= 1_000_000,
            "runs": lambda v: type(v) is int and 0 <= v <= 1_000_000,
            "phase": lambda v: isinstance(v, str) and bool(_PHASE.fullmatch(v)),
            "reason": lambda v: isinstance(v, str) and len(v) <= 4096,
            "at": lambda v: isinstance(v, str) and len(v) <= 40,
        }
        for name, is_good in checks.items():
            if not is_good(said.get(name)):
                raise ValueError(f"{name} is {printable(repr(said.get(name)), 40)}")
    except ValueError as error:
        raise DataError(f"{where} is damaged: {error}", hint="try again") from error
    values = {name: said[name] for name in checks}
    return Progress(**{**values, "phase": printable(said["phase"]), "reason": printable(said["reason"])})


def read_progress(folder: Path) -> Progress | None:
    """Read a job folder's progress.json, None where it has none. Raises DataError."""
    path = folder / PROGRESS
    try:
        data = read_within(path, MOST_PROGRESS_BYTES)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error})", hint="give another folder") from error
    return parse_progress(data, str(path))
