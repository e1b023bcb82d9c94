"""What a network is called: by what its file says, else by its run's folder or its file; told apart where two agree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pocketseg.core.errors import UsageError

PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_OF_A_RUN = ("best", "last")  # file names that say nothing: the run's folder does


def check_name(name: str) -> str:
    """Return a name that files, rows and tables may bear. Raises UsageError for any other."""
    if not PLAIN_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name of a model", hint="letters, digits, _ . - alone; --out says in which folder"
        )
    return name


def name_of(path: Path, metadata: Mapping[str, str]) -> str:
    """Return what a weights file of our own says, else its run's folder (runs/mine/best.safetensors: mine), else its
    own name without the suffix."""
    said = metadata.get("name", "") if "network" in metadata else ""
    if PLAIN_NAME.fullmatch(said):
        return said
    return (path.resolve().parent.name if path.stem in _OF_A_RUN else "") or path.stem


def told_apart(names: Sequence[str], paths: Sequence[Path]) -> list[str]:
    """Return names that differ: those given, else with the folder of each file before them, else whole paths."""
    longer = [f"{path.resolve().parent.name}/{path.stem}" for path in paths]
    for found in (list(names), longer):
        if len(set(found)) == len(found):
            return found
    return [str(path) for path in paths]
