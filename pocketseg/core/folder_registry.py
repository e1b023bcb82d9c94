"""The folder is the registry: a file whose name does not start with an underscore is a plug-in of that name."""

from __future__ import annotations

import ast
import functools
import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

IMPORTS = ()  # imports made by `late` are followed where their names are used


@functools.cache
def plugin_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the plug-ins in a package's folder, sorted, without importing any."""
    return tuple(sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")))


@functools.cache
def literal(path: Path, name: str) -> Any:
    """Return a module-level literal (`NAME = (...)`) of a file without importing it; None where it has none."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return ast.literal_eval(node.value)
    return None


def late(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return a package's `__getattr__`, which imports each public name from its module on first use."""

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(homes[name]), name)

    return get
