"""`python -m scripts.ios COMMAND`: each command is a module beside this one, with `main(arguments)`."""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    "toolchain": "fetch Swift into the cache, and print where it is",
    "swift": "run a command of Swift's in ios_harness: swift build, swift test",
    "test": "test everything of the iOS harness that needs neither a Mac nor a phone",
    "stubs": "compare the stand-ins for Apple's modules with published declarations, and type-check the sources",
    "project": "write the Xcode project and the schemas' Swift source",
    "recording": "run a bundle's files here and keep their inputs and outputs for `replay`",
    "page": "write the sources that docs/ios.md shows",
    "faults": "write docs/ios-faults.md, on what goes wrong between computer and phone",
}


def main(arguments: list[str]) -> int:
    """Run one command; return its exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        lines = [f"  {name:<10} {what}" for name, what in COMMANDS.items()]
        print("python -m scripts.ios COMMAND", *lines, sep="\n", file=sys.stderr)
        return 2
    module = importlib.import_module(f"scripts.ios.{arguments[0]}")
    return int(module.main(arguments[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
