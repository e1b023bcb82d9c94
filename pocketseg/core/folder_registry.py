"""The folder is the registry: a file that does not start with an underscore is a plug-in of its name."""

from __future__ import annotations

import ast
import functools
import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

IMPORTS = ()  # what `late` imports is followed where its names are used


@functools.cache
def plugin_names(folder: Path) -> tuple[str, ...]:
    """List the plug-ins of a package's folder, sorted, without importing any."""
    return tuple(sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")))


@functools.cache
def literal(path: Path, name: str) -> Any:
    """Read a module-level literal (`NAME = (...)`) out of a file without importing it; None where it has none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return ast.literal_eval(node.value)
    return None


def late(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Give a package's `__getattr__`: public names and the modules that they come from, imported when asked for."""

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(homes[name]), name)

    return get
