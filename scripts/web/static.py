"""Writes the page of an existing bundle, with the code of `pocketseg export-page`, for tests in browsers."""

from __future__ import annotations

import sys
from pathlib import Path

from pocketseg.core.errors import PocketSegError
from pocketseg.core.files import sha256_file
from pocketseg.web import page
from pocketseg.web.static_page import write_page


def main(arguments: list[str]) -> int:
    """Write it: BUNDLE OUT [PAGE], where PAGE is another build of the page."""
    if len(arguments) not in (2, 3):
        print("usage: python -m scripts.web static BUNDLE OUT [PAGE]", file=sys.stderr)
        return 2
    bundle, out = Path(arguments[0]), Path(arguments[1])
    page.PAGE = Path(arguments[2]) if arguments[2:] else page.PAGE
    try:
        for sentence in write_page(bundle, sha256_file(bundle / "bundle.json"), out):
            print(sentence)
    except PocketSegError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0
