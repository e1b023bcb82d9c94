"""The schemas of conformance/schema as a Swift source, as a Swift package on Linux has no better place for files.

`python -m scripts.ios.schemas` writes it; tests/test_ios_sources.py checks that the committed file is up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pocketseg.core.files import write_text

CHECKOUT = Path(__file__).resolve().parents[2]
SCHEMAS = CHECKOUT / "conformance" / "schema"
SOURCE = CHECKOUT / "ios_harness" / "Sources" / "HarnessCore" / "Contract" / "SchemaTexts.swift"

_HEAD = """\
// Written by `python -m scripts.ios.schemas` of conformance/schema: change those, and write it again.
// swift-format-ignore-file

/// The schemas of conformance/schema, as they are.
enum SchemaTexts {
"""


def text() -> str:
    """Return the Swift source that holds every schema, each as a constant of its document's name."""
    parts = [_constant(path) for path in sorted(SCHEMAS.glob("*.schema.json"))]
    return _HEAD + "\n".join(parts) + "}\n"


def main(arguments: list[str]) -> int:
    """Write the source; return the exit code."""
    del arguments
    write_text(SOURCE, text())
    return 0


def _constant(path: Path) -> str:
    name = path.name.removesuffix(".schema.json")
    body = path.read_text(encoding="utf-8")
    if '"""#' in body or "\\#" in body:
        raise ValueError(f"{path.name} contains the end of a Swift raw string: add one more # to its delimiters")
    return f'  static let {name} = #"""\n{body.rstrip()}\n"""#\n'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
