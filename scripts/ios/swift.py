"""Swift's commands on ios_harness: `python -m scripts.ios swift build -c release`, and the build that tests share."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.files import make_folder
from scripts.ios import toolchain

HARNESS = ROOT / "ios_harness"
# With other flags, or elsewhere, all would be compiled again. A file that is not compiled again repeats no warning, so
# a warning is an error; a debug build is a hundred times slower on pixels.
SHARED = (
    "-c", "release", "--scratch-path", ".build/tests", "-Xswiftc", "-enable-testing", "-Xswiftc", "-warnings-as-errors",
)  # fmt: skip
_BUILD_S = 900.0
_ANY_S = 3600.0
_PROGRAMS = ("swift", "swiftc", "swift-format", "plutil")
_SAID_CHARACTERS = 6000


def build() -> Path:
    """Build the package and its tests; return the folder of its programs. Raises DataError with what Swift said."""
    folder = make_folder(HARNESS / ".build")
    with (folder / "lock").open("w") as stream:  # of two builds at a time, one fails: its own lock sees no namespaces
        fcntl.flock(stream, fcntl.LOCK_EX)
        succeed(["swift", "build", *SHARED, "--build-tests"], limit_s=_BUILD_S)
    return folder / "tests" / "release"


def program(name: str) -> str:
    """Return the path, for toolchain.run, of a program that `build` made."""
    return f"{toolchain.PLACE}/ios_harness/.build/tests/release/{name}"


def succeed(command: list[str], *, limit_s: float) -> str:
    """Run a command in ios_harness; return all its output. Raises DataError with it where the command fails."""
    done = toolchain.run(command, checkout=ROOT, limit_s=limit_s)
    said = f"{done.stdout}\n{done.stderr}".strip()
    if done.returncode != 0:
        raise DataError(f"`{' '.join(command[:2])}` failed ({done.returncode})", hint=said[-_SAID_CHARACTERS:])
    return said


def main(arguments: list[str]) -> int:
    """Run it; return its exit status. Words that do not begin with a program are passed to Swift: build, test, run."""
    if not arguments:
        print("usage: python -m scripts.ios swift build|test|run ..., or swift swift-format ...", file=sys.stderr)
        return 2
    command = arguments if arguments[0] in _PROGRAMS or "/" in arguments[0] else ["swift", *arguments]
    try:
        return toolchain.show(command, checkout=ROOT, limit_s=_ANY_S)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
