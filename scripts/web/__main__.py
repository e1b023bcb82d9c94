"""`python -m scripts.web COMMAND`: each command is a module beside this one, with `main(arguments)`."""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    "runtimes": "fetch the runtimes' WebAssembly into pocketseg/web/runtimes",
    "page": "build the page into pocketseg/web/page; --check: say whether what is there is what is built",
    "browsers": "find browsers to test in, or fetch Debian's into the cache, and say where they are",
    "files": "make the exported files and bundles that the tests in browsers measure, and say where they are",
    "faults": "write docs/browser-faults.md, of what no browser does to the server",
    "serve": "serve a bundle that is there already, by the code of `pocketseg serve`",
    "static": "write the page of a bundle that is there already, by the code of `pocketseg export-page`",
    "photos": "write photos' files of many kinds for browsers to decode, and what pocketseg makes of them",
    "came": "say in JSON what came back of a page, its agreement computed anew",
    "test": "all of the page that needs no phone, real browsers too",
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
