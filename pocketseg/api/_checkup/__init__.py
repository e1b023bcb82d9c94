"""What a checkup finds about one thing, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """The state of one thing.

    Attributes:
        MISSING: pocketseg needs it and it is absent.
        OPTIONAL: absent, and needed for one purpose only.
        ELSEWHERE: not available on this system.
        DOUBT: a latency measured now would not be valid.
        UNKNOWN: the system does not tell.
    """

    OK = "ok"
    MISSING = "missing"
    OPTIONAL = "optional"
    ELSEWHERE = "elsewhere"
    DOUBT = "doubt"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was examined. said: what was found; remedy: what to do, empty where there is nothing to do."""

    name: str
    status: Status = Status.OK
    said: str = ""
    remedy: str = ""
