"""`sparse:R`: set the share R of all convolution weights to 0, the smallest ones.

This saves bytes where a file is compressed or its format stores sparse weights (Core ML); the multiply-adds stay.
"""

from __future__ import annotations

from pathlib import Path

from compress._sparse import MOST, zero_in_rounds
from compress._work import Work, share

SUMMARY = "set a share R of all convolution weights to 0, the smallest; saves bytes where zeros are packed, no time"
VALUE = "R, a share above 0, at most 0.95"
TRAINS = True
TOOLS = ("lightning-fabric", "torchmetrics")
LOSSES = {"distil_logit": 1.0, "temperature": 2.0}  # relative to the network before the step


def check(value: str) -> None:
    """Refuse a value that is not a share. Raises UsageError."""
    share("sparse", value, MOST)


def teachers(value: str) -> tuple[str, ...]:
    """Return no further networks."""
    return ()


def apply(work: Work) -> Path:
    """Zero and train round by round; return the last round's weights."""
    return zero_in_rounds(work, "sparse", lambda weight: weight.abs(), LOSSES)
