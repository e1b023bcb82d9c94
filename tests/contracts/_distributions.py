"""Which names are distributions that the project may install: those of its locks."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from pocketseg.core.cache import ROOT


def unknown(names: Iterable[str]) -> list[str]:
    """Return the names that no lock pins."""
    return [name for name in names if _plain(name) not in _locked()]


@functools.cache
def _locked() -> frozenset[str]:
    lines = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "requirements").glob("*.txt"))
    return frozenset(map(_plain, re.findall(r"^([A-Za-z0-9._-]+)==", lines, re.MULTILINE)))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
