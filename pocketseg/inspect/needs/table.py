"""What the releases of the phones' runtimes read; `python -m scripts.phone_runtimes` writes it from those releases."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

READS = ("runtimes.json",)
PATH = Path(__file__).with_name("runtimes.json")


@cache
def releases_of(target: str) -> dict[str, Any]:
    """Return what is known of the runtime of a target's files, on phones."""
    table: dict[str, dict[str, Any]] = json.loads(PATH.read_text(encoding="utf-8"))
    return table[target]


def text(release: str, known: list[str]) -> str:
    """Write a release as the oldest that does something: the first one that was looked at may not be the oldest."""
    return f"{release} or older" if release == known[0] else release
