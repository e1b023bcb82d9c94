"""What the releases of the phones' runtimes read; `python -m scripts.phone_runtimes` writes it from those releases."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

READS = ("runtimes.json", "quickstart.json")
PATH = Path(__file__).with_name("runtimes.json")
QUICKSTART = Path(__file__).with_name("quickstart.json")  # `python -m scripts.phone_runtimes.quickstart` writes it


@cache
def releases_of(target: str) -> dict[str, Any]:
    """Return what is known of the runtime of a target's files, on phones."""
    table: dict[str, dict[str, Any]] = json.loads(PATH.read_text(encoding="utf-8"))
    return table[target]



def opened_by(target: str) -> str:
    """Say which runtime opens the quick start's files of a target, in all their precisions; empty where none are known."""
    found: dict[str, dict[str, str]] = json.loads(QUICKSTART.read_text(encoding="utf-8"))
    sentences: dict[str, list[str]] = {}
    for precision, sentence in found.get(target, {}).items():
        sentences.setdefault(sentence, []).append(precision)
    whole = len(sentences) == 1
    return "; ".join(text if whole else f"{', '.join(which)} {text}" for text, which in sentences.items())
