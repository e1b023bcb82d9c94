"""A .mlpackage's needs: the iOS and macOS that have its operations."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def read(path: Path) -> dict[str, Any]:
    """Read the package."""
    from pocketseg.inspect import coreml

    return {"least_os": coreml.read(path, None).least_os}
