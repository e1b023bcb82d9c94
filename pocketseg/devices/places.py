"""Where files run, as it is written on a command line: `android`, or `android:SERIAL`."""

from __future__ import annotations

from dataclasses import dataclass

from pocketseg.core.errors import UnknownNameError, UsageError

KINDS = ("android",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A kind of phone, and which one of that kind; None where there is but one."""

    kind: str
    serial: str | None

    def __str__(self) -> str:
        return self.kind if self.serial is None else f"{self.kind}:{self.serial}"


def place(text: str) -> Place:
    """Return the place that KIND[:SERIAL] names; a serial may hold colons. Raises UsageError."""
    kind, colon, serial = text.partition(":")
    if kind not in KINDS:
        raise UnknownNameError("place", kind, KINDS, hint="one phone of several is KIND:SERIAL")
    if colon and not serial.strip():
        raise UsageError(f"{text!r} names no phone after the colon", hint=f"write {kind}, or {kind}:SERIAL")
    return Place(kind=kind, serial=serial if colon else None)
