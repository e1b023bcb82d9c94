"""docs/android.md shows the examples as they were compiled, and none is longer than it promises."""

from __future__ import annotations

import pytest

from scripts.android import page

pytestmark = pytest.mark.documents


def test_the_page_shows_the_sources_that_were_compiled() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.with_examples(text) == text, "run `python -m scripts.android page`"
    shown = {name.stem for name in page.EXAMPLES.glob("*.kt") if f"<!-- {name.stem} -->" in text}
    assert shown == {name.stem for name in page.EXAMPLES.glob("*.kt")}


@pytest.mark.parametrize("name", sorted(file.stem for file in page.EXAMPLES.glob("*.kt")))
def test_a_runtime_takes_thirty_lines(name: str) -> None:
    text = (page.EXAMPLES / f"{name}.kt").read_text(encoding="utf-8")
    assert len(text[text.index("/**") :].splitlines()) <= 30
