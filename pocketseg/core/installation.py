"""Where pocketseg runs from, a checkout or an installed wheel, and how its user repairs or extends it."""

from __future__ import annotations

import re
import sys
from functools import cache

import pocketseg
from pocketseg.core.cache import ROOT

READS = ()
_COMMIT = re.compile(r"[0-9a-f]{40}")


def in_checkout() -> bool:
    """Return whether the code lies in a checkout rather than in an installed wheel."""
    return (ROOT / "scripts" / "setup").is_file()


def repair() -> str:
    """Return what to do when a file that comes with pocketseg is missing or damaged."""
    return "restore the checkout" if in_checkout() else f"install the pocketseg wheel again (it is installed in {ROOT})"


def complete_environment() -> str:
    """Return what to do when a package that pocketseg requires is missing."""
    return "make setup" if in_checkout() else "install the pocketseg wheel again, with its dependencies"


def python() -> str:
    """Return the command that starts the Python of pocketseg's environment."""
    return ".venv/bin/python" if in_checkout() else sys.executable


def version() -> str:
    """Return the version of pocketseg."""
    return pocketseg.__version__


@cache
def commit() -> str | None:
    """Return the commit of the checkout, 40 hex digits; None where it cannot be read."""
    found = ROOT / ".git"
    try:
        if found.is_file():  # the .git file of a worktree or a submodule
            found = ROOT / found.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        head = (found / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref:"):
            return head if _COMMIT.fullmatch(head) else None
        name = head.removeprefix("ref:").strip()
        common = found / "commondir"
        base = found / common.read_text(encoding="utf-8").strip() if common.is_file() else found
        if (base / name).is_file():
            said = (base / name).read_text(encoding="utf-8").strip()
        else:
            packed = (base / "packed-refs").read_text(encoding="utf-8").splitlines()
            said = next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
    except (OSError, ValueError):
        return None
    return said if _COMMIT.fullmatch(said) else None


def build_type() -> str:
    """Return `debug` where Python itself is a debug build, which is slow, else `release`."""
    return "debug" if hasattr(sys, "gettotalrefcount") else "release"
