"""`sparse_nm:N-M`: N of M weights in a row kept. Refused: none of the runtimes that files are made for gains by it."""

from __future__ import annotations

import re
from pathlib import Path

from compress._work import Work
from pocketseg.core.errors import RefusedError, UsageError

SUMMARY = "keep N of M weights in a row; refused, because no target's runtime is faster or smaller for the pattern"
VALUE = "N-M, e.g. 2-4"
TRAINS = False
TOOLS = ()


def check(value: str) -> None:
    """Refuse every value, and say why. Raises UsageError, RefusedError."""
    if not re.fullmatch(r"[0-9]+-[0-9]+", value):
        raise UsageError(f"sparse_nm:{value} is no pattern", hint="write sparse_nm:N-M, e.g. sparse_nm:2-4")
    raise RefusedError(
        f"sparse_nm:{value}: N of M patterns are computed faster by some GPUs' tensor cores only; no target here has a "
        "runtime that does, and zeros without a pattern pack as well",
        hint="for fewer bytes sparse:0.5, for fewer multiply-adds prune:0.5",
    )


def teachers(value: str) -> tuple[str, ...]:
    """Learn from no other network."""
    return ()


def apply(work: Work) -> Path:
    """Never get here: every value is refused."""
    check(work.value)
    return work.weights
