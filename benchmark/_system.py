"""Values from the system's files in /proc and /sys, and from sysctl on macOS; empty if the system has none."""

from __future__ import annotations

import subprocess
from pathlib import Path

SYSTEM = Path("/")  # /proc and /sys lie below it
_SYSCTL_S = 2.0


def read_text(path: Path) -> str:
    """Return a file's text without surrounding whitespace; empty if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0 \n\t")
    except (OSError, ValueError):
        return ""


def read_number(path: Path) -> float | None:
    """Return the number in a file; None if there is none."""
    try:
        return float(read_text(path))
    except ValueError:
        return None


def sysctl(*arguments: str) -> str:
    """Return what macOS prints for these arguments of its `sysctl`."""
    try:
        asked = subprocess.run(
            ["/usr/sbin/sysctl", *arguments], capture_output=True, text=True, check=False, timeout=_SYSCTL_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip()
