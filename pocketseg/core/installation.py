"""What pocketseg runs from, a checkout or an installed wheel, and how its user repairs or extends either."""

from __future__ import annotations

import sys

from pocketseg.core.cache import ROOT

READS = ()


def in_checkout() -> bool:
    """Return whether the code lies in a checkout; otherwise it lies where a wheel was installed."""
    return (ROOT / "scripts" / "setup").is_file()


def repair() -> str:
    """Return what to do where a file that comes with pocketseg is missing or damaged."""
    return "restore the checkout" if in_checkout() else f"install the wheel of pocketseg again: it lies in {ROOT}"


def complete_environment() -> str:
    """Return what to do where a package that pocketseg requires is missing."""
    return "make setup" if in_checkout() else "install the wheel of pocketseg again, with its dependencies"


def python() -> str:
    """Return the command that starts the Python of pocketseg's environment."""
    return ".venv/bin/python" if in_checkout() else sys.executable
