"""`python -m scripts.web COMMAND`: each command is a module beside this one, with `main(arguments)`."""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    "runtimes": "fetch the runtimes' WebAssembly into pocketseg/web/runtimes",
    "page": "build the page into pocketseg/web/page; --check: only compare what is there with a new build",
    "browsers": "find browsers to test in, or fetch Debian's into the cache, and print where they are",
    "files": "make the exported files and bundles that the tests in browsers measure, and print where they are",
    "faults": "write docs/browser-faults.md, on abuse of the server",
    "serve": "serve an existing bundle, with the code of `pocketseg serve`",
    "static": "write the page of an existing bundle, with the code of `pocketseg export-page`",
    "photos": "write photo files of many kinds for browsers to decode, and pocketseg's results for them",
    "came": "print what came back from a page as JSON, its agreement computed again",
    "test": "test everything of the page that needs no phone, in real browsers too",
}


def main(arguments: list[str]) -> int:
    """Run one command; return its exit code."""
    if not arguments or arguments[0] not in COMMANDS:
        lines = [f"  {name:<10} {what}" for name, what in COMMANDS.items()]
        print("python -m scripts.web COMMAND", *lines, sep="\n", file=sys.stderr)
        return 2
    module = importlib.import_module(f"scripts.web.{arguments[0]}")
    return int(module.main(arguments[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
