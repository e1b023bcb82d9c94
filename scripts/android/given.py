"""The bundle that the app's tests run: made from released networks once, and again when what makes it has changed."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.files import sha256_file
from scripts.android.fetch import sha256_bytes
from scripts.android.tools import Tools, run

MAKER = "scripts.android.test_bundle"
_FOLDERS = ("benchmark", "conformance/schema", "export", "models", "pocketseg", "requirements")
_KINDS = (".py", ".json", ".txt", ".toml")
_MAKE_S = 3600.0  # both networks are exported to four targets where nothing is in the cache


def has_maker() -> bool:
    """Say whether this checkout has what makes the bundle."""
    return importlib.util.find_spec(MAKER) is not None


def bundle(tools: Tools) -> Path:
    """Return the bundle, made where it is not in the cache. Raises DataError."""
    digests = "".join(f"{path.relative_to(ROOT)}{sha256_file(path)}" for path in _sources())
    folder = tools.cache / f"test-bundle-{sha256_bytes(digests.encode())[:16]}"
    if not (folder / "bundle.zip").is_file():
        run([sys.executable, "-m", MAKER, folder], timeout_s=_MAKE_S, folder=ROOT)
    return folder / "bundle.zip"


def _sources() -> Iterator[Path]:
    """Yield the files that decide what is in it."""
    yield ROOT / "scripts" / "android" / "test_bundle.py"
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix in _KINDS and "__pycache__" not in path.parts:
                yield path
