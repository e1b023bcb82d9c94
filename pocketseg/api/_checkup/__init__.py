"""What a checkup finds of one thing, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a thing stands.

    MISSING: pocketseg needs it and it is not there. OPTIONAL: not there, and wanted for one thing alone. ELSEWHERE:
    this system cannot have it. DOUBT: a latency that is measured now would not be valid. UNKNOWN: the system does not
    say.
    """

    OK = "ok"
    MISSING = "missing"
    OPTIONAL = "optional"
    ELSEWHERE = "elsewhere"
    DOUBT = "doubt"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. said: what was found; remedy: what to do, empty where there is nothing to do."""

    name: str
    status: Status = Status.OK
    said: str = ""
    remedy: str = ""
