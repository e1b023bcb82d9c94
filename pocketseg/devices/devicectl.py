"""A client for Apple's `xcrun devicectl`, of Xcode 15 and newer: reads its JSON strictly, and explains its errors.

Written from Apple's help texts and from output that others published; it has never been run with a phone. Every call is
a list of arguments with a time limit, and its answer is read from a file, up to a limit: what devicectl prints is meant
for people, and changes.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DeviceError
from pocketseg.core.outside import read_json
from pocketseg.core.record import printable
from pocketseg.devices._call import Answer, TooLongError, TooMuchError, call
from pocketseg.devices._devicectl_errors import GoneError, UnclearError, meant, sentences
from pocketseg.devices.phone import NoWayError

ANSWER_S = 60.0  # the first call of a day mounts what the developer services need
_MOST_SAID_BYTES = 1 << 20
_MOST_JSON_BYTES = 16 << 20  # all processes of a phone are some hundred kB
_AGAIN_S = 3.0
_SPARE_S = 10.0  # beyond the limit that devicectl is given itself, which it may overlook
_NEWEST_JSON = 5  # Xcode 27's; Xcode 15.0 wrote none
_KNOWN_JSON = (None, *range(1, _NEWEST_JSON + 1))
_MOST_SHOWN = 300
_BY_HAND = (
    "or by hand, from any computer: `pocketseg device bundle ARTIFACT... --out BUNDLE`, send BUNDLE.zip to the iPhone "
    "(AirDrop, or Finder's Files), open it there in the app, run it, share its results back, and "
    "`pocketseg device import RESULTS.zip --bundle BUNDLE.zip --out DIR`"
)
_NO_XCODE = ("unable to find utility", "invalid active developer path", "xcode-select", "license agreements")


def devicectl(words: Sequence[str], *, timeout_s: float = ANSWER_S, passed: Sequence[str] = ()) -> dict[str, Any]:
    """Run one command of devicectl; return the `result` of its answer. passed: arguments that must come last.

    Raises:
        NoWayError: where there is no devicectl.
        CalledError: where devicectl reports an error.
        UnclearError: where it does not answer.
        DeviceError: for anything else.
    """
    verb = _verb(words)
    with tempfile.TemporaryDirectory(prefix="pocketseg-devicectl-") as folder:
        file = Path(folder) / "answer.json"
        own = ["--quiet", "--timeout", str(int(timeout_s)), "--json-output", str(file)]
        answer = _run(["devicectl", *words, *own, *passed], f"`devicectl {' '.join(verb)}`", timeout_s + _SPARE_S)
        if not file.exists():
            _refuse_without_xcode(answer)
            raise UnclearError(f"devicectl left no answer: {said(answer)}", hint="see `xcrun devicectl list devices`")
        return _result(file, verb, answer)


def asked(
    words: Sequence[str], *, timeout_s: float = ANSWER_S, before_again: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Run a command that changes nothing on the phone, and retry once where the connection broke.

    The first connection of a day often breaks. before_again: cleans up here what the first try left.
    """
    try:
        return devicectl(words, timeout_s=timeout_s)
    except GoneError:
        time.sleep(_AGAIN_S)
        before_again()
        return devicectl(words, timeout_s=timeout_s)


def _verb(words: Sequence[str]) -> list[str]:
    """Return the words that name a command: those before its first option."""
    first = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    return list(words[:first])


def _run(arguments: Sequence[str], what: str, timeout_s: float) -> Answer:
    program = shutil.which("xcrun")
    if program is None:
        message = (
            "iPhones are reached by `xcrun devicectl`, which Xcode 15 or newer brings on a Mac: there is no `xcrun`"
        )
        raise NoWayError(message, hint=_BY_HAND)
    try:
        return call([program, *arguments], timeout_s=timeout_s, most_bytes=_MOST_SAID_BYTES)
    except OSError as error:
        message = f"{program} does not start: {error.strerror or error}"
        raise NoWayError(message, hint=f"install Xcode 15 or newer\n{_BY_HAND}") from error
    except TooLongError as error:
        hint = "check that the iPhone is unlocked and plugged in, and what its screen shows; then run the command again"
        raise UnclearError(f"{what} did not finish within {timeout_s:.0f} s", hint=hint) from error
    except TooMuchError as error:
        raise DeviceError(f"{what} printed {error}, and was cut off", hint="that is not a valid answer") from error


def _refuse_without_xcode(answer: Answer) -> None:
    text = answer.err + answer.text
    if any(sign in text for sign in _NO_XCODE):
        message = f"this Mac's Xcode has no `devicectl`: {said(answer)}"
        hint = f"install Xcode 15 or newer, open it once, and `xcode-select -s` its folder\n{_BY_HAND}"
        raise NoWayError(message, hint=hint)


def _result(file: Path, verb: Sequence[str], answer: Answer) -> dict[str, Any]:
    name = ".".join(("devicectl", *verb))
    try:
        if file.is_symlink():
            raise ValueError("it is a link")
        found = read_json(file, _MOST_JSON_BYTES)
    except (OSError, ValueError) as error:
        raise UnclearError(f"devicectl's answer cannot be read: {error}", hint="run the command again") from error
    info = found.get("info") if isinstance(found, dict) else None
    if not isinstance(info, dict):
        raise UnclearError("devicectl's answer is malformed: it has no `info`", hint="run the command again")
    version = info.get("jsonVersion")
    if isinstance(version, bool) or version not in _KNOWN_JSON:
        shown = printable(str(version), 40)
        hint = f"update pocketseg, or `xcode-select -s` an older Xcode\n{_BY_HAND}"
        message = f"devicectl answers in version {shown} of its JSON, but this pocketseg reads 1 to {_NEWEST_JSON}"
        raise DeviceError(message, hint=hint)
    if info.get("commandType") != name:
        shown = printable(str(info.get("commandType")), 80)
        raise UnclearError(f"devicectl answered {shown} when asked for {name}", hint="run the command again")
    if info.get("outcome") != "success" or answer.code != 0:
        told = sentences(found.get("error")) or [said(answer)]
        raise meant(" / ".join(told))
    result = found.get("result")
    if not isinstance(result, dict):
        raise UnclearError(f"devicectl's answer to {name} has no `result`", hint="run the command again")
    return result


def said(answer: Answer) -> str:
    """Return in one short line what went wrong, from a call's output."""
    lines = answer.err.strip().splitlines() or answer.text.strip().splitlines()
    complaint = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "")
    return printable(complaint, _MOST_SHOWN) or f"no error message, exit code {answer.code}"
