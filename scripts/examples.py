"""Puts sources into a page of docs/ that shows them, so that what is shown is what was compiled."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from pocketseg.core.errors import DataError

_BLOCK = re.compile(r"(?<=<!-- )([A-Z]\w+)( -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)


def shown(page: str, place: Path, language: str, source: Callable[[str], str]) -> str:
    """Return the page with each `<!-- NAME -->` ... `<!-- end -->` holding the source of NAME. Raises DataError.

    place: the page's file, for messages. source: returns the text of a name.
    """
    if not _BLOCK.search(page):
        hint = "write <!-- NAME --> and <!-- end --> around it"
        raise DataError(f"{place.name} has no marker for an example", hint=hint)
    return _BLOCK.sub(lambda found: f"{found[1]}{found[2]}```{language}\n{source(found[1])}```\n", page)
