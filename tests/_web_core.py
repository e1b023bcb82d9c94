"""Runs the browser page's own readers, built once for Node, on files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from pocketseg.core.cache import ROOT

HARNESS = ROOT / "web_harness"
_LIMIT_S = 300.0
_AT_ONCE = 500  # files of one process: a crash names where to look


@cache
def _program(folder: Path) -> Path:
    """Build the program into a folder; return it. Skips where Node or the build tools are not available."""
    vite = HARNESS / "node_modules" / "vite" / "bin" / "vite.js"
    if shutil.which("node") is None or not vite.is_file():
        pytest.skip("NOT VERIFIED: no node here, or no web_harness/node_modules, which `make test-web` installs")
    built = folder / "beside"
    _node(
        str(vite), "build", "--config", "vite.beside.config.ts", "--outDir", str(built), "--bypass-lock"
    )  # each worker its own
    return built / "beside.js"


def checked(kind: str, files: Iterable[bytes], folder: Path, build: Path) -> list[str]:
    """Return the page's verdict on each file: `read` with a hash of its content, or the name of an error.

    folder: where the files are written. build: of the program, shared by all tests of a session.
    """
    paths, found = [], []
    for number, data in enumerate(files):
        path = folder / f"{kind}-{number}"
        path.write_bytes(data)
        paths.append(path)
    for start in range(0, len(paths), _AT_ONCE):
        found += _node(str(_program(build)), kind, *map(str, paths[start : start + _AT_ONCE])).splitlines()
    assert len(found) == len(paths), f"{len(found)} answers to {len(paths)} {kind}"
    return found


def _node(*arguments: str) -> str:
    done = subprocess.run(
        ["node", *arguments], cwd=HARNESS, capture_output=True, text=True, timeout=_LIMIT_S, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout
