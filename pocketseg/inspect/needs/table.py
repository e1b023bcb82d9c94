"""What releases of the phones' runtimes can read; `python -m scripts.phone_runtimes` extracts it from those
releases."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

READS = ("runtimes.json", "quickstart.json")
PATH = Path(__file__).with_name("runtimes.json")
QUICKSTART = Path(__file__).with_name("quickstart.json")  # written by `python -m scripts.phone_runtimes.quickstart`


@cache
def releases_of(target: str) -> dict[str, Any]:
    """Return what is known about the runtime of a target's files on phones."""
    table: dict[str, dict[str, Any]] = json.loads(PATH.read_text(encoding="utf-8"))
    return table[target]


def opened_by(target: str) -> list[str]:
    """Return which runtime opens the quick start's files of a target: one line for precisions with the same answer."""
    found: dict[str, dict[str, str]] = json.loads(QUICKSTART.read_text(encoding="utf-8"))
    lines: dict[str, list[str]] = {}
    for precision, sentence in found.get(target, {}).items():
        lines.setdefault(sentence, []).append(precision)
    return [f"{' '.join(precisions)} {sentence}" for sentence, precisions in lines.items()]
