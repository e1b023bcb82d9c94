"""Finished work by content: one folder per key, whole or absent; the key hashes everything that decides the result."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import platform
import re
import shlex
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.core.errors import StorageError, UnknownNameError
from pocketseg.core.files import disk_faults, expanded, make_folder, sha256_json, size_bytes

# the folder that holds pocketseg/ and the packages beside it, in a checkout or installed
ROOT = Path(__file__).resolve().parents[2]
READS = ()
ELSEWHERE = "Choose a folder that you may write to, by --cache-dir (before the command) or $POCKETSEG_CACHE_DIR."
KINDS = ("artifacts", "rows", "scores", "sensitivity", "steps", "yardstick")
_UNFINISHED = "unfinished"
_ABANDONED_S = 24 * 3600
_KEY = re.compile(r"[0-9a-f]{40}")


def default_folder() -> Path:
    """Return the cache folder: $POCKETSEG_CACHE_DIR, or pocketseg in the user's cache folder.

    Raises StorageError where the user's home folder cannot be found.
    """
    named = os.environ.get("POCKETSEG_CACHE_DIR")
    if named:
        return expanded(named)
    base = os.environ.get("XDG_CACHE_HOME", "")
    if Path(base).is_absolute():  # relative paths are invalid: XDG Base Directory Specification, 0.8
        return Path(base) / "pocketseg"
    try:
        return Path.home() / ".cache" / "pocketseg"
    except RuntimeError as error:
        raise StorageError(
            "your home folder cannot be found, so there is no place for the cache", hint=ELSEWHERE
        ) from error


def versions(distributions: Iterable[str]) -> dict[str, str]:
    """Return the installed versions of distributions, `absent` for one that is not installed."""
    return {name: _version(name, importlib.metadata.version) for name in sorted(set(distributions))}


@functools.cache
def _version(name: str, look_up: Callable[[str], str]) -> str:
    """Return what is installed, read once in a process: a file for each name."""
    try:
        return look_up(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


def host() -> dict[str, str]:
    """Return what results depend on about this machine."""
    return {"system": platform.system(), "machine": platform.machine(), "python": platform.python_version()}


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of finished work: KIND/KEY/..."""

    folder: Path

    def place(self, kind: str, facts: dict[str, Any]) -> Path:
        """Return the folder of the work that `facts` decide; it exists only when that work is finished."""
        if kind not in KINDS:
            raise UnknownNameError("kind of cached work", kind, KINDS)
        return self.folder / kind / sha256_json(facts)[:40]

    def workspace(self) -> Path:
        """Return the folder for unfinished work, on the same disk; leftovers older than a day are removed."""
        work = make_folder(self.folder / _UNFINISHED)
        for old in work.iterdir():
            if time.time() - old.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(old, ignore_errors=True)
        return work

    def summary(self) -> dict[str, tuple[int, int]]:
        """Count entries and bytes of each kind, unfinished work included."""
        found = {}
        for kind in (*KINDS, _UNFINISHED):
            entries = self._entries(kind)
            found[kind] = (len(entries), sum(size_bytes(e) for e in entries))
        return found

    def _entries(self, kind: str) -> list[Path]:
        """List our entries: folders named by a key. A run's own `artifacts/`, or a user's, holds other names."""
        folder = self.folder / kind
        entries = sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []
        return [e for e in entries if kind not in KINDS or _KEY.fullmatch(e.name)]

    def cleaning(self, *kinds: str) -> str:
        """Return the command that removes entries of these kinds, or of all kinds where none is given."""
        with suppress(StorageError):
            if self.folder.absolute() == default_folder().absolute():
                return " ".join(("pocketseg cache --clean", *kinds))
        return " ".join((f"pocketseg --cache-dir {shlex.quote(str(self.folder))} cache --clean", *kinds))

    def clean(self, kinds: Sequence[str] = ()) -> int:
        """Remove the entries of these kinds, or of all kinds where none is given; return the bytes freed.

        Raises UnknownNameError before anything is removed.
        """
        every = (*KINDS, _UNFINISHED)
        for kind in kinds:
            if kind not in every:
                raise UnknownNameError("kind of cached work", kind, every)
        freed = 0
        for kind in dict.fromkeys(kinds or every):
            folder = self.folder / kind
            entries = self._entries(kind)
            size = sum(size_bytes(e) for e in entries)
            with disk_faults(folder):
                for entry in entries:
                    shutil.rmtree(entry)
                if entries and not any(folder.iterdir()):
                    folder.rmdir()
            freed += size
        return freed
