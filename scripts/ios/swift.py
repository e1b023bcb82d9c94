"""A command of Swift's, run in ios_harness: `python -m scripts.ios swift swift build -c release`, or `swift build`."""

from __future__ import annotations

import sys

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from scripts.ios import toolchain

_LIMIT_S = 3600.0
_PROGRAMS = ("swiftc", "swift-format", "swift", "plutil")


def main(arguments: list[str]) -> int:
    """Run it; return its exit status. Words that do not begin with a program are Swift's: build, test, run."""
    if not arguments:
        print("usage: python -m scripts.ios swift build|test|run ..., or swift swift-format ...", file=sys.stderr)
        return 2
    command = arguments if arguments[0] in _PROGRAMS or "/" in arguments[0] else ["swift", *arguments]
    try:
        return toolchain.show(command, checkout=ROOT, limit_s=_LIMIT_S)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
