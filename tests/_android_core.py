"""Builds and tests the Kotlin core of the Android app in a copy, so that the checkout stays unchanged."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TIMEOUT_S = 1200  # from an empty Maven repository
_LEFT_OUT = shutil.ignore_patterns("target", "*.md")
_UNREACHABLE = re.compile(
    r"Could not (transfer|find|resolve)|Cannot access|UnknownHost|Connection (refused|reset|timed out)|offline mode"
)


@cache
def core_target(parent: Path) -> Path:
    """Run the core's own tests; return its folder `target`. Skips where Maven or its dependencies are not available."""
    harness = parent / "android_harness"
    shutil.copytree(ROOT / "android_harness", harness, ignore=_LEFT_OUT, dirs_exist_ok=True)
    maven(harness, "-pl", "core", "test", f"-Dpocketseg.checkout={ROOT}")
    return harness / "core" / "target"


def maven(harness: Path, *arguments: str) -> None:
    """Run Maven in a harness's folder. Skips where it, or something it has to fetch, is not available."""
    if shutil.which("mvn") is None:
        pytest.skip("NOT VERIFIED: no mvn on this machine")
    command = ["mvn", "-B", "-q", *arguments]
    done = subprocess.run(command, cwd=harness, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        said = (done.stdout + done.stderr)[-4000:]
        if _UNREACHABLE.search(said) and "There are test failures" not in said:
            pytest.skip(f"NOT VERIFIED: Maven cannot fetch what it needs: {said[-300:]}")
        pytest.fail(said)


def fuzzed(target: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield Kotlin's verdict on each damaged file, `read` or the name of an error, and the file."""
    for line in (target / "fuzz" / f"{name}.txt").read_text(encoding="ascii").splitlines():
        said, _, content = line.partition("\t")
        yield said, base64.b64decode(content)
