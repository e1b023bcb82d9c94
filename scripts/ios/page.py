"""Puts the sources of ios_harness/examples into docs/ios.md, so that what is shown is what was compiled."""

from __future__ import annotations

import sys

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_text
from scripts.examples import shown

PAGE = ROOT / "docs" / "ios.md"
EXAMPLES = ROOT / "ios_harness" / "examples"


def with_examples(page: str) -> str:
    """Return the page with each `<!-- NAME -->` ... `<!-- end -->` holding NAME.swift. Raises DataError."""
    return shown(page, PAGE, "swift", _source)


def _source(name: str) -> str:
    path = EXAMPLES / f"{name}.swift"
    if not path.is_file():
        raise DataError(f"{PAGE.name} shows {name}, but there is no {path.name} in {EXAMPLES.name}")
    return path.read_text(encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Rewrite the page."""
    if arguments:
        print("usage: python -m scripts.ios page", file=sys.stderr)
        return 2
    write_text(PAGE, with_examples(PAGE.read_text(encoding="utf-8")))
    return 0
