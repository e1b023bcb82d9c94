"""Where files run, as written on a command line: `android`, `android:SERIAL`, `ios`, `ios:UDID`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pocketseg.core.errors import UnknownNameError, UsageError

KINDS = ("android", "ios")
_APP = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,154}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A kind of phone, and which phone of that kind; None where only one is connected.

    app: the app's bundle id on an iPhone, where a team signed it with one of its own; None: the default one.
    """

    kind: str
    serial: str | None
    app: str | None = None

    def __str__(self) -> str:
        return self.kind if self.serial is None else f"{self.kind}:{self.serial}"


def place(text: str) -> Place:
    """Return the place that KIND[:SERIAL] names; a serial may contain colons. Raises UsageError."""
    kind, colon, serial = text.partition(":")
    if kind not in KINDS:
        raise UnknownNameError("place", kind, KINDS, hint="to name one of several phones, write KIND:SERIAL")
    if colon and not serial.strip():
        raise UsageError(f"{text!r} names no phone after the colon", hint=f"write {kind}, or {kind}:SERIAL")
    return Place(kind=kind, serial=serial if colon else None)


def with_app(where: Place, app: str | None) -> Place:
    """Return the place with an app's bundle id. Raises UsageError for an invalid id, or a kind of phone that
    has none.
    """
    if app is None:
        return where
    if where.kind != "ios":
        raise UsageError(f"--app is for iPhones, and {where} is not one", hint="leave it out")
    return replace(where, app=app_id(app))


def app_id(text: str) -> str:
    """Return the text if it can be an app's bundle id. Raises UsageError."""
    if not _APP.fullmatch(text):
        raise UsageError(f"{text[:80]!r} is not the bundle id of an app", hint="such as org.example.pocketseg")
    return text
