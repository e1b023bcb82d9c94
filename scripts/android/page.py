"""Put the sources of android_harness/examples into docs/android.md, so that what is shown is what was compiled."""

from __future__ import annotations

import re

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_text

PAGE = ROOT / "docs" / "android.md"
EXAMPLES = ROOT / "android_harness" / "examples" / "kotlin" / "dev" / "pocketseg" / "examples"
_BLOCK = re.compile(r"(?<=<!-- )([A-Z]\w+)( -->\n)(.*?)(?=<!-- end -->)", re.DOTALL)


def with_examples(page: str) -> str:
    """Return the page with each `<!-- NAME -->` ... `<!-- end -->` holding NAME.kt. Raises DataError."""
    if not _BLOCK.search(page):
        raise DataError(
            f"{PAGE.name} has no place for an example", hint="write <!-- NAME --> and <!-- end --> around it"
        )
    return _BLOCK.sub(lambda found: f"{found[1]}{found[2]}```kotlin\n{_source(found[1])}```\n", page)


def write() -> None:
    """Write the page anew."""
    write_text(PAGE, with_examples(PAGE.read_text(encoding="utf-8")))


def _source(name: str) -> str:
    """Read an example from its imports on."""
    text = (EXAMPLES / f"{name}.kt").read_text(encoding="utf-8")
    return text[text.index("import ") :]
