"""Puts the sources of android_harness/examples into docs/android.md, so that what is shown is what was compiled."""

from __future__ import annotations

from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_text
from scripts.examples import shown

PAGE = ROOT / "docs" / "android.md"
EXAMPLES = ROOT / "android_harness" / "examples" / "kotlin" / "dev" / "pocketseg" / "examples"


def with_examples(page: str) -> str:
    """Return the page with each `<!-- NAME -->` ... `<!-- end -->` holding NAME.kt. Raises DataError."""
    return shown(page, PAGE, "kotlin", _source)


def write() -> None:
    """Rewrite the page."""
    write_text(PAGE, with_examples(PAGE.read_text(encoding="utf-8")))


def _source(name: str) -> str:
    """Return an example from its imports on."""
    text = (EXAMPLES / f"{name}.kt").read_text(encoding="utf-8")
    return text[text.index("import ") :]
