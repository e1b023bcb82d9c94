"""The only way in which a string reaches a device's shell.

adb joins its arguments and hands them to `sh` on the device, so passing a list of arguments protects nothing there.
Every line for that shell is made here: names on the device are hashes and job ids, checked against their patterns, and
every other word of a line is quoted or refused.
"""

from __future__ import annotations

import re
import shlex

from pocketseg.core.errors import DeviceError

_MOST_CHARACTERS = 8_192  # of one line; ours have some hundreds, and old adb cuts what is longer
END = "; printf '\\nend=%s\\n' \"$?\" >&2"  # what a line ends with, that says how its program ended
_PROGRAM = re.compile(r"[a-z0-9_]{1,32}")
_ENDED = re.compile(r"\nend=([0-9]{1,3})\r?\n\Z")
_HASH = re.compile(r"[0-9a-f]{64}")
_JOB = re.compile(r"[0-9a-f]{32}")


def shell_line(program: str, *words: str) -> str:
    """Return a line that the device's `sh` splits into exactly these words. Raises DeviceError where there is none.

    The program is a plain name, so no word is taken for an assignment, a path or a keyword. Its exit code is the last
    line on stderr: adb itself returns 0 where the connection is cut in the middle.
    """
    if not _PROGRAM.fullmatch(program):
        raise DeviceError(f"{program!r} is not the name of a program on a device")
    line = " ".join([program, *(_quoted(word) for word in words)])
    if len(line) > _MOST_CHARACTERS:
        raise DeviceError(f"a command for the device is longer than {_MOST_CHARACTERS:,} characters")
    return line + END


def ended(err: str) -> tuple[int, str] | None:
    """Return the exit code at the end of stderr, and stderr without it; None where the output was cut off."""
    found = _ENDED.search(err)
    return (int(found[1]), err[: found.start()]) if found else None


def _quoted(word: str) -> str:
    if "\0" in word:
        raise DeviceError("a word for the device's shell contains a NUL", hint="no program can be passed one")
    try:
        word.encode()
    except UnicodeEncodeError as error:  # a file name that is no text
        raise DeviceError("a word for the device's shell is not UTF-8 text") from error
    return shlex.quote(word)


def bundle_hash(text: str) -> str:
    """Return the text if it is the hash of a bundle, 64 hex digits. Raises DeviceError."""
    if not _HASH.fullmatch(text):
        raise DeviceError(f"{text[:80]!r} is not the hash of a bundle", hint="it has 64 digits, 0 to 9 and a to f")
    return text


def job_id(text: str) -> str:
    """Return the text if it is the id of a job, 32 hex digits. Raises DeviceError."""
    if not _JOB.fullmatch(text):
        raise DeviceError(f"{text[:80]!r} is not a job id", hint="it has 32 digits, 0 to 9 and a to f")
    return text
