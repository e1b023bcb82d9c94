"""The page's files: which they are, where they are, and what to do if the runtimes are missing."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pocketseg.core.errors import DataError
from pocketseg.core.installation import in_checkout
from pocketseg.core.outside import read_json

READS = ()  # what is handed to browsers decides no result that is kept
_HERE = Path(__file__).parent
PAGE = _HERE / "page"
RUNTIMES = _HERE / "runtimes"
LICENCES = _HERE / "licences"
PINS = _HERE / "runtimes.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """A file of a runtime: its path in the npm package, its size and hash."""

    member: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An npm package that contains a runtime.

    Attributes:
        name: as in session.json.
        folder: below RUNTIMES.
    """

    name: str
    package: str
    version: str
    folder: str
    file: str
    size_bytes: int
    sha256: str
    files: Mapping[str, PinnedFile]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the files that are taken from the package."""
        return tuple(self.files)


@functools.cache
def _pins() -> dict[str, Any]:
    found: dict[str, Any] = read_json(PINS)
    return found


def registry() -> str:
    """Return the npm registry that is stated with the pinned versions."""
    return str(_pins()["registry"])


def runtimes() -> list[Archive]:
    """Return the page's runtimes in their pinned versions."""
    found = []
    for said in _pins()["archives"]:
        files = {
            PurePosixPath(one["file"]).name: PinnedFile(
                member=one["file"], size_bytes=one["size_bytes"], sha256=one["sha256"]
            )
            for one in said["members"]
        }
        found.append(Archive(**{name: value for name, value in said.items() if name != "members"}, files=files))
    return found


def runtime_urls() -> dict[str, str]:
    """Return the folder of each runtime, relative to the page."""
    return {archive.name: f"runtimes/{archive.folder}/" for archive in runtimes()}


def page_files() -> dict[str, Path]:
    """Return the page's own files by URL, relative to the page. Raises DataError if the page is not built."""
    found = {path.relative_to(PAGE).as_posix(): path for path in sorted(PAGE.rglob("*")) if path.is_file()}
    if "index.html" not in found:
        raise DataError(f"the page is not in {PAGE}", hint="install PocketSeg again: the page comes with it")
    return found


def runtime_files() -> dict[str, Path]:
    """Return the runtimes' files by URL. Raises DataError if one is missing or damaged."""
    found = {
        f"runtimes/{archive.folder}/{name}": (RUNTIMES / archive.folder / name, pinned)
        for archive in runtimes()
        for name, pinned in archive.files.items()
    }
    lacking = [
        path.name for path, pinned in found.values() if not path.is_file() or path.stat().st_size != pinned.size_bytes
    ]
    if lacking:
        way = (
            "fetch them once: `make setup-web`"
            if in_checkout()
            else "install PocketSeg again: its wheel is built with them"
        )
        raise DataError(f"the page's runtimes are missing or damaged: {', '.join(lacking)} in {RUNTIMES}", hint=way)
    return {url: path for url, (path, _) in found.items()}


def licences() -> bytes:
    """Return the licences and notices of everything in the page, one after another, as a text."""
    parts = []
    for path in sorted(LICENCES.glob("*.txt")):
        title = path.stem.partition("-")[2]
        parts.append(f"==== {title} ====\n\n{path.read_text(encoding='utf-8').strip()}\n")
    return "\n\n".join(parts).encode()
