"""Runs the Swift command-line tool `replay`, built once for all tests."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from scripts.ios import swift, toolchain

LIMIT_S = 300.0
_AT_ONCE = 500  # files of one process: a crash names where to look


@cache
def tool() -> str:
    """Build it; return its path for toolchain.run. Skips where Swift is not available."""
    try:
        swift.build()
    except toolchain.Unavailable as error:
        pytest.skip(f"NOT VERIFIED: {error.message}")
    return swift.program("replay")


def ask(*arguments: object, writable: Path) -> tuple[int, str, str]:
    """Run it; return its exit code and output. writable: the folder of its arguments."""
    command = [tool(), *map(str, arguments)]
    done = toolchain.run(command, checkout=ROOT, limit_s=LIMIT_S, writable=[writable])
    return done.returncode, done.stdout, done.stderr


def checked(kind: str, files: Iterable[bytes], folder: Path) -> list[str]:
    """Return its verdict on each file: `read`, or the name of an error."""
    paths, found = [], []
    for number, data in enumerate(files):
        path = folder / f"{kind}-{number}"
        path.write_bytes(data)
        paths.append(path)
    for start in range(0, len(paths), _AT_ONCE):
        code, said, errors = ask("check", kind, *paths[start : start + _AT_ONCE], writable=folder)
        if code != 0:
            raise DataError(f"replay ended with {code} among {kind} from {start} on", hint=errors[-2000:])
        found += said.split()
    assert len(found) == len(paths), f"{len(found)} answers to {len(paths)} {kind}"
    return found
