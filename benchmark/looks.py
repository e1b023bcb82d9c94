"""Summarises the device's state before, during and after the turns for the verdict; see docs/method.md.

The speed of single cores within a turn is not judged: the yardstick was run right before and after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Look = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Fields with the same names in Conditions.

    Attributes:
        frequency: the lower share.
        thermal: the last thermal warning, if any.
    """

    frequency: float | None
    thermal: str | None
    low_power: bool
    hidden: bool


def seen(start: Look | None, turns: Sequence[Look], end: Look | None) -> Seen:
    """Return a summary of `/state/start`, of each `device` in `/turns`, and of `/state/end`."""
    states = [state for state in (start, end) if state]
    looks = [look for look in (start, *turns, end) if look]
    shares = [state["frequency_share"] for state in states if state["frequency_share"] is not None]
    return Seen(
        frequency=min(shares, default=None),
        thermal=next((look["thermal"] for look in reversed(looks) if look["thermal"]), None),
        low_power=any(state["low_power"] for state in states),
        hidden=any(look["foreground"] is False for look in looks),
    )
