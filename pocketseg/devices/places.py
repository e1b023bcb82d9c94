"""Where files run, as it is written on a command line: `android`, `android:SERIAL`, `ios`, `ios:UDID`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pocketseg.core.errors import UnknownNameError, UsageError

KINDS = ("android", "ios")
_APP = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,154}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A kind of phone, and which one of that kind; None where there is but one.

    app: the bundle id of the app on an iPhone, where a team signed it with one of its own; None: the app's.
    """

    kind: str
    serial: str | None
    app: str | None = None

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


def with_app(where: Place, app: str | None) -> Place:
    """Return the place with an app's bundle id. Raises UsageError where it is none, or where the place has no such."""
    if app is None:
        return where
    if where.kind != "ios":
        raise UsageError(f"--app is for iPhones, and {where} is none", hint="leave it out")
    return replace(where, app=app_id(app))


def app_id(text: str) -> str:
    """Return the text where it may be an app's bundle id. Raises UsageError."""
    if not _APP.fullmatch(text):
        raise UsageError(f"{text[:80]!r} is no bundle id of an app", hint="such as org.example.pocketseg")
    return text
