"""`sparse_nm:N-M`: keep N of every M weights in a row. Always refused: no target's runtime gains from it."""

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
    """Refuse every value with the reason. Raises UsageError, RefusedError."""
    if not re.fullmatch(r"[0-9]+-[0-9]+", value):
        raise UsageError(f"sparse_nm:{value} is not a pattern", hint="write sparse_nm:N-M, e.g. sparse_nm:2-4")
    raise RefusedError(
        f"sparse_nm:{value}: N of M patterns are computed faster by some GPUs' tensor cores only; no target here has a "
        "runtime that does, and zeros without a pattern pack as well",
        hint="for fewer bytes sparse:0.5, for fewer multiply-adds prune:0.5",
    )


def teachers(value: str) -> tuple[str, ...]:
    """Return no further networks."""
    return ()


def apply(work: Work) -> Path:
    """Never called: every value is refused."""
    check(work.value)
    return work.weights
