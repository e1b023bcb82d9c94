"""Removes what a record must not reveal of its computer: the folders of files, which contain users' names."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_CHAR = r"(?:[^\s/\\'\"`<>|]|(?<=\w)'(?=\w)|\\ )"
_WORDS = r"(?: (?!and/or\b|\d+/\d+\b)[\w.'-]+){1,3}"  # of a folder's name with spaces: a separator follows
_POSIX = rf"{_CHAR}+(?:{_WORDS}(?=/))?(?:/+{_CHAR}+(?:{_WORDS}(?=/))?)*/*"
_NAME = r"(?:[^\s/\\'\"`<>|:]|(?<=\w)'(?=\w))"
_WINDOWS = rf"{_NAME}+(?:{_WORDS}(?=[\\/]))?(?:[\\/]+{_NAME}+(?:{_WORDS}(?=[\\/]))?)*[\\/]*"
_TILDE = r"~(?:[A-Za-z_][\w.-]*)?[\\/]"
_BEGINS = rf"file:/|{_TILDE}|/|[A-Za-z]:[\\/]|\\\\"
_PATH = re.compile(
    rf"(?P<quote>['\"`])(?P<quoted>(?:{_BEGINS})[^\n]*?)(?P=quote)(?!\w)"
    r"|(?P<address>\b(?!file:)[A-Za-z][A-Za-z0-9+.-]+://[^\s'\"`<>]*)"
    rf"|(?<!\w)file:/+{_POSIX}"
    rf"|(?<![\w.~/\\]){_TILDE}[\\/]*{_WINDOWS}"
    rf"|(?<!\w)[A-Za-z]:[\\/]+{_WINDOWS}"
    rf"|(?<![\w.~/\\])\\\\+{_WINDOWS}"
    rf"|(?:(?<![\w.~/\\)\]}}*-])|(?=/(?:home|Users)/))/+{_POSIX}"
)
_ROOT = re.compile(r"/+[^/]*/*")  # names nobody: /tmp
_HOME = re.compile(r"(?:file:/*|[A-Za-z]:)?[\\/]+(?:home|Users)[\\/]+[^\\/]+?([):;,.\]}]*)[\\/]*", re.IGNORECASE)
_IS_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\|~[\w.-]*\\")


def without_folders(text: str, file: Path) -> str:
    """Return a text without the folders in absolute paths: of `file`, of any other file, and in file:// addresses.

    The home folder becomes `~`. Names with spaces are recognised in quotes, in known folders, and if they have at most
    four words between two separators. Fractions, words joined by a slash, relative paths and other addresses stay.
    """
    for own in sorted({str(file), str(file.absolute()), str(file.resolve())}, key=len, reverse=True):
        text = text.replace(own, file.name)
    for folder in _spaced(file):
        text = text.replace(folder, re.sub(r"\s", "_", folder))
    return _PATH.sub(_last, text)


def _last(found: re.Match[str]) -> str:
    if found["address"] is not None:
        return found[0]
    quote, path = found["quote"] or "", found["quoted"] if found["quote"] else found[0]
    if _ROOT.fullmatch(path):
        return found[0]
    if home := _HOME.fullmatch(path):
        return f"{quote}~{home[1]}{quote}"
    separator = r"[\\/]+" if _IS_WINDOWS.match(path) else r"/+"
    return f"{quote}{[part for part in re.split(separator, path) if part][-1]}{quote}"


def _spaced(file: Path) -> Iterator[str]:
    """Yield the known folders with spaces in their paths, the longest first."""
    known = {*file.absolute().parents, *file.resolve().parents, Path(sys.prefix), Path(tempfile.gettempdir())}
    with suppress(RuntimeError):  # a user without one
        known.add(Path.home())
    yield from sorted((name for name in map(str, known) if re.search(r"\s", name)), key=len, reverse=True)
