"""How a network is called: by what its file says, else by its run's folder or its file; equal names are told apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pocketseg.core.errors import UsageError

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_OF_A_RUN = ("best", "last")  # file names that say nothing: the run's folder is used


def check_name(name: str) -> str:
    """Return a name that files, rows and tables may have. Raises UsageError for any other."""
    if not PLAIN_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is not a name for a model", hint="use only letters, digits, _ . and -; --out chooses the folder"
        )
    return name


def name_of(path: Path, metadata: Mapping[str, str]) -> str:
    """Return the name in a weights file of our own, else its run's folder, else the file's name without the suffix.

    The run's folder of runs/mine/best.safetensors is mine.
    """
    said = metadata.get("name", "") if "network" in metadata else ""
    if PLAIN_NAME.fullmatch(said):
        return said
    return (path.resolve().parent.name if path.stem in _OF_A_RUN else "") or path.stem


def told_apart(names: Sequence[str], paths: Sequence[Path]) -> list[str]:
    """Return distinct names: the given ones, with as many of each file's folders as needed."""
    folders = [_folders(name, path) for name, path in zip(names, paths, strict=True)]
    for depth in range(max((len(above) for above in folders), default=0) + 1):
        found = ["/".join((*above[len(above) - depth :], name)) for above, name in zip(folders, names, strict=True)]
        if len(set(found)) == len(found):
            return found
    return [str(path) for path in paths]


def _folders(name: str, path: Path) -> tuple[str, ...]:
    """Return the folders above what a network is named after: above its run's folder, where that gives the name."""
    above = path.resolve().parent
    return (above.parent if path.stem in _OF_A_RUN and above.name == name else above).parts[1:]
