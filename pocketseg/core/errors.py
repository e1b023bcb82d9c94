"""The error tree: every error a user can cause, each with its exit code.

PocketSegError            1   anything below, or a fault of the product that we can name
+-- UsageError            2   the command line or an argument is wrong
|   +-- UnknownNameError  2   no such model, target, precision...; suggests the nearest
+-- DataError             3   photos, masks, folders, splits, results
|   +-- SplitError        3   a split that does not fit its data, or one that leaks
|   +-- RecordError       3   a record of a measurement that is damaged, or of a newer version
|   +-- BundleError       3   a bundle for phones, or a class map, that is damaged or of a newer version
+-- CheckpointError       4   a weights file that cannot be used
+-- ExportError           5   a conversion that failed
|   +-- RefusedError      5   something a target cannot do, found before any work
|   +-- ParityError       5   a file that does not compute what its network computes
+-- ManifestError         6   a manifest.json that is damaged or does not fit its file
+-- RuntimeFailedError    7   a runtime that did not load or run a file
+-- StorageError          8   a full disk, a missing permission
+-- DeviceError           9   a phone that is missing, disconnected, or did not do what it was asked
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class PocketSegError(Exception):
    """An error that says what is wrong, where, and what to do; the cli prints it without a traceback."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(PocketSegError):
    """The command line or an argument is wrong."""

    exit_code = 2


class UnknownNameError(UsageError):
    """A name that is not in its list: suggests the nearest, or the one that was `meant`, and lists the rest."""

    def __init__(self, kind: str, got: str, valid: Iterable[str], *, meant: str = "", hint: str = "") -> None:
        names = list(valid)
        near = [meant] if meant else difflib.get_close_matches(got, names, n=1, cutoff=0.5)
        message = f"unknown {kind} {got!r}" + (f"; did you mean {near[0]!r}?" if near else "")
        listing = f"valid: {', '.join(names)}" if names else ""
        super().__init__(message, hint="\n".join(part for part in (listing, hint) if part))


class DataError(PocketSegError):
    """Photos, masks or folders that cannot be used; `path` and `line` (from 1) locate each error in a long report."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str = "", path: Path | None = None, line: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.line = line


class SplitError(DataError):
    """A split that does not fit its data, or that leaks."""


class RecordError(DataError):
    """A record of a measurement that is damaged, breaks the rules of records, or is of a newer version."""


class BundleError(DataError):
    """A bundle for phones, or a class map in one, that is damaged, breaks the rules of bundles, or is of a newer
    version."""


class CheckpointError(PocketSegError):
    """A weights file that cannot be used."""

    exit_code = 4


class ExportError(PocketSegError):
    """A conversion that failed."""

    exit_code = 5


class RefusedError(ExportError):
    """A target that cannot do what was asked, found before any work."""


class ParityError(ExportError):
    """A file that does not compute what its network computes."""


class ManifestError(PocketSegError):
    """A manifest.json that is damaged or does not fit its file."""

    exit_code = 6


class RuntimeFailedError(PocketSegError):
    """A runtime that did not load or run a file."""

    exit_code = 7


class StorageError(PocketSegError):
    """A full disk, a missing permission, or a path that cannot be written; `path` says where."""

    exit_code = 8

    def __init__(self, message: str, *, hint: str = "", path: Path | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class DeviceError(PocketSegError):
    """A phone that is missing, disconnected, or did not do what it was asked; finished work is kept."""

    exit_code = 9
