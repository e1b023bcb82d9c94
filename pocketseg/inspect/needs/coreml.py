"""A .mlpackage's needs: the iOS and macOS that have its operations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_BEFORE_IOS = -9  # specification version 7 is iOS 16's, 8 iOS 17's, 9 iOS 18's


def read(path: Path) -> dict[str, Any]:
    """Read the package's version, which follows the systems'."""
    from pocketseg.mlprogram.package import open_package

    ios = open_package(path).model.specificationVersion - _BEFORE_IOS
    return {"least_os": f"iOS {ios}, macOS {ios - 3}"}
