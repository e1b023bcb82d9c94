"""Files of a data set by their stems: suffixes in any case, hidden files left out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pocketseg.core.errors import DataError
from pocketseg.data.faults import Report

_LEFT_BY_SYSTEMS = ("thumbs.db", "desktop.ini", "__macosx")


def is_hidden(name: str) -> bool:
    """Return whether a file is not part of the data: .DS_Store and ._NAME of macOS, Thumbs.db of Windows."""
    return name.startswith(".") or name.lower() in _LEFT_BY_SYSTEMS


def visible(folder: Path) -> list[Path]:
    """Return a folder's entries in order, without hidden files; empty where there is no such folder."""
    return sorted(p for p in folder.iterdir() if not is_hidden(p.name)) if folder.is_dir() else []


def by_stem(folder: Path, suffixes: Sequence[str], report: Report) -> dict[str, Path]:
    """Return the folder's files of some suffixes (lower case, with their dot) by stem.

    A name that is not valid text, and a second file of one name, are reported and left out.
    """
    found: dict[str, Path] = {}
    for path in visible(folder):
        if not path.name.lower().endswith(tuple(suffixes)):
            continue
        stem = next(path.name[: -len(s)] for s in suffixes if path.name.lower().endswith(s))
        if not is_text(path.name):
            report(DataError(f"the name of {path} is not UTF-8", hint="rename it: ids are text", path=path))
        elif stem in found:
            message = f"{path} and {found[stem]} have the same name"
            report(DataError(message, hint="rename one of them, or remove it", path=path))
        else:
            found[stem] = path
    return found


def is_text(name: str) -> bool:
    """Return whether a file's name is text; bytes that are not UTF-8 appear as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)
