"""JSON and TOML from outside, read within bounds: whatever is wrong raises ValueError with a sentence that says so.

Callers catch OSError and ValueError and name the file, so that each raises its own kind of error.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

MOST_BYTES = 256 << 20  # of one file; a results file with every raw latency of a thousand rows takes a tenth of it
MOST_TOML_BYTES = 1 << 20  # TOML files are written by hand
DEEPEST = 64  # levels of lists and tables; what the project writes has fewer than 10
LONGEST_NUMBER = 4300  # characters; Python itself bounds whole numbers only
_DEPTH = f"it is nested deeper than {DEEPEST} levels"
# a key with this many parts: tomllib's memory grows with the square of their number
_LONG_KEY = re.compile(rf"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){{{DEEPEST}}}""")


def read_json(path: Path, most_bytes: int = MOST_BYTES) -> Any:
    """Return the value in a JSON file. Raises OSError where it cannot be read, ValueError where it is not JSON."""
    return parse_json(read_within(path, most_bytes))


def read_toml(path: Path, most_bytes: int = MOST_TOML_BYTES) -> dict[str, Any]:
    """Return the table in a TOML file. Raises OSError where it cannot be read, ValueError where it is not TOML."""
    return parse_toml(read_within(path, most_bytes))


def parse_json(text: str | bytes) -> Any:
    """Return a JSON value; NaN and infinities are refused, as RFC 8259 demands. Raises ValueError."""
    try:
        found = json.loads(_decoded(text), parse_constant=_no_number, parse_float=_finite, parse_int=_whole)
    except RecursionError:
        raise ValueError(_DEPTH) from None
    check_depth([found])
    return found


def parse_toml(text: str | bytes) -> dict[str, Any]:
    """Return a TOML table. Raises ValueError."""
    text = _decoded(text)
    if len(text) > MOST_TOML_BYTES:
        raise ValueError(f"it is larger than {MOST_TOML_BYTES:,} bytes")
    if _LONG_KEY.search(text):
        raise ValueError(_DEPTH)
    try:
        found = tomllib.loads(text)
    except RecursionError:
        raise ValueError(_DEPTH) from None
    check_depth([found])
    return found


def read_within(path: Path, most_bytes: int) -> bytes:
    """Return a regular file's bytes; a pipe would block for ever. Raises OSError, or ValueError beyond the bound."""
    with os.fdopen(open_regular(path), "rb") as stream:
        # read() allocates as much as it is asked for
        found = stream.read(min(os.fstat(stream.fileno()).st_size, most_bytes) + 1)
    if len(found) > most_bytes:
        raise ValueError(f"it is larger than {most_bytes:,} bytes")
    return found


def open_regular(path: Path) -> int:
    """Return a descriptor for reading a regular file. Raises OSError, or ValueError for a pipe or a device."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise ValueError("it is no regular file")
    return handle


def check_depth(values: Iterable[Any]) -> None:
    """Refuse lists and tables nested so deep that recursive functions would fail on them. Raises ValueError."""
    level = [v for v in values if isinstance(v, list | dict)]
    for _ in range(DEEPEST):
        inside = (v.values() if isinstance(v, dict) else v for v in level)
        level = [v for part in inside for v in part if isinstance(v, list | dict)]
        if not level:
            return
    raise ValueError(_DEPTH)


def _decoded(text: str | bytes) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 text: byte {error.start} is {text[error.start]:#04x}") from error


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number in JSON")


def _whole(text: str) -> int:
    _check_length(text)
    return int(text)


def _finite(text: str) -> float:
    _check_length(text)
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text[:20]} is beyond what a number can hold")
    return value


def _check_length(number: str) -> None:
    if len(number) > LONGEST_NUMBER:
        raise ValueError(f"a number in it has more than {LONGEST_NUMBER:,} characters")
