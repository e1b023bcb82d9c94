"""What devicectl's errors mean for the user: a table of its messages, and what to do about each.

Written from output that others published. A message that is in no row is shown as devicectl printed it.
"""

from __future__ import annotations

import re
from typing import Any

from pocketseg.core.errors import DeviceError
from pocketseg.core.record import printable
from pocketseg.devices.phone import PhoneLostError

_MOST_LEVELS = 8  # an error holds the one below it
_MOST_SHOWN = 300
_TEXTS = ("NSLocalizedDescription", "NSLocalizedFailureReason", "NSDescription", "BSErrorCodeDescription")


class CalledError(DeviceError):
    """A call of devicectl that failed; another one may succeed."""


class UnclearError(CalledError):
    """No answer, or an unreadable one: what was asked for may have been done."""


class LockedError(CalledError):
    """The phone is locked."""


class NoAppError(CalledError):
    """The app is not installed on the phone."""


class FullError(CalledError):
    """The phone's storage is full."""


class AbsentError(CalledError):
    """There is no such file on the phone."""


class GoneError(CalledError, PhoneLostError):
    """The connection to the phone broke, or the phone is not there."""


_UNLOCK = "unlock the iPhone, keep it unlocked and its screen on, and run the command again"
_ROWS: tuple[tuple[str, type[CalledError], str, str], ...] = (
    (
        r"explicitly trusted|invalid code signature|inadequate entitlements|certificate is not trusted",
        CalledError,
        "the iPhone does not trust the developer who signed the app",
        "on the iPhone: Settings, General, VPN & Device Management, trust the developer. An app that was signed "
        "without a paid account runs for 7 days; then build and install it again",
    ),
    (
        r"Developer Mode",
        CalledError,
        "Developer Mode is off on the iPhone",
        "on the iPhone: Settings, Privacy & Security, Developer Mode; it restarts, and asks once more",
    ),
    (
        r"[Dd]eveloper disk image|\bDDI\b|kAMDMobileImageMounter",
        CalledError,
        "the iPhone's developer services are not there",
        "unlock it, open Xcode's Devices window and wait until Xcode has prepared the iPhone; its iOS may need a newer "
        "Xcode",
    ),
    (r"\bLocked\b|is locked|not be, unlocked|passcode protected", LockedError, "the iPhone is locked", _UNLOCK),
    (
        r"not (been )?paired|must be paired|[Uu]npaired|Trust This Computer|pairing (record|dialog)",
        CalledError,
        "the iPhone is not paired with this Mac",
        "plug it in, unlock it, and tap Trust; then `xcrun devicectl manage pair --device UDID`",
    ),
    (
        r"No space left|[Nn]ot enough (free )?(disk )?(space|storage)|out of space|ENOSPC|NSFileWriteOutOfSpace",
        FullError,
        "the iPhone's storage is full",
        "free some space on it: Settings, General, iPhone Storage; then run the command again",
    ),
    (
        r"is not installed|InstallationLookupFailed|-10814|not find an app|[Aa]pplication .{0,80}unknown|"
        r"No application|ActionError error 3\b",
        NoAppError,
        "the app is not installed on the iPhone",
        "build and install it with Xcode (docs/ios.md); where it was signed with another bundle id, give that: "
        "--app ID",
    ),
    (
        r"No such file|does(n['’]t| not) exist|couldn['’]t be opened|ENOENT|[Ff]ile not found",
        AbsentError,
        "there is no such file on the iPhone",
        "give the command again",
    ),
    (
        r"device was not found|[Nn]ot connected|disconnected|[Cc]onnection (was |has been )?(invalidated|interrupted|"
        r"reset|lost|refused)|[Tt]unnel|timed out|RemotePairingError|Transport error|unavailable",
        GoneError,
        "the connection to the iPhone was lost",
        "plug it in, unlock it, and check that `xcrun devicectl list devices` lists it",
    ),
)


def meant(text: str) -> CalledError:
    """Return the error that devicectl's output stands for."""
    shown = printable(text, _MOST_SHOWN)
    for pattern, kind, sentence, hint in _ROWS:
        if re.search(pattern, text):
            return kind(f"{sentence}: {shown}", hint=hint)
    return CalledError(f"devicectl failed: {shown}", hint="look at the iPhone's screen, and run the command again")


def sentences(error: Any) -> list[str]:
    """Return the messages of an error in devicectl's JSON and of those below it, each once."""
    found: dict[str, None] = {}
    for _ in range(_MOST_LEVELS):
        if not isinstance(error, dict):
            break
        about = error.get("userInfo")
        about = about if isinstance(about, dict) else {}
        texts = [text for name in _TEXTS if isinstance(text := _string(about.get(name)), str) and text]
        code, domain = error.get("code"), error.get("domain")
        if not texts and isinstance(domain, str):
            texts = [f"{domain} error {code}"]
        found |= dict.fromkeys(printable(text, _MOST_SHOWN) for text in texts)
        below = about.get("NSUnderlyingError")
        error = below.get("error") if isinstance(below, dict) else None
    return list(found)


def _string(value: Any) -> Any:
    return value.get("string") if isinstance(value, dict) else value
