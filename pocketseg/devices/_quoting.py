"""The one way in which a string reaches a device's shell.

adb joins its arguments and hands them to `sh` on the device, so a list of arguments protects nothing there. Every line
for that shell is made here: names on the device are hashes and job ids, checked against their patterns, and whatever
else is a word of a line is quoted or refused.
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
    """Return a line which the device's `sh` takes apart into exactly these words. Raises DeviceError where none can.

    The program is a plain name, so that no word is taken for an assignment, a path or a keyword. Its exit code is the
    last line on stderr: adb itself gives 0 where the connection is cut in the middle.
    """
    if not _PROGRAM.fullmatch(program):
        raise DeviceError(f"{program!r} is no name of a program on a device")
    line = " ".join([program, *(_quoted(word) for word in words)])
    if len(line) > _MOST_CHARACTERS:
        raise DeviceError(f"a command for the device is longer than {_MOST_CHARACTERS:,} characters")
    return line + END


def ended(err: str) -> tuple[int, str] | None:
    """Return the exit code that a line's last words on stderr say, and stderr without them; None where it was cut."""
    found = _ENDED.search(err)
    return (int(found[1]), err[: found.start()]) if found else None


def _quoted(word: str) -> str:
    if "\0" in word:
        raise DeviceError("a word for the device's shell holds a NUL", hint="no program can be given one")
    try:
        word.encode()
    except UnicodeEncodeError as error:  # a file name that is no text
        raise DeviceError("a word for the device's shell is no UTF-8 text") from error
    return shlex.quote(word)


def bundle_hash(text: str) -> str:
    """Return the text where it is the hash of a bundle: 64 hex digits. Raises DeviceError."""
    if not _HASH.fullmatch(text):
        raise DeviceError(f"{text[:80]!r} is no hash of a bundle", hint="it has 64 digits, 0 to 9 and a to f")
    return text


def job_id(text: str) -> str:
    """Return the text where it is the id of a job: 32 hex digits. Raises DeviceError."""
    if not _JOB.fullmatch(text):
        raise DeviceError(f"{text[:80]!r} is no job's id", hint="it has 32 digits, 0 to 9 and a to f")
    return text
