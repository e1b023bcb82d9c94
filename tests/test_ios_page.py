"""docs/ios.md shows the examples as they were compiled, none longer than it promises, and names what is there."""

from __future__ import annotations

import re

import pytest

from pocketseg.core.errors import DataError
from scripts.ios import page, project

pytestmark = pytest.mark.documents
EXAMPLES = sorted(file.stem for file in page.EXAMPLES.glob("*.swift"))


def _page() -> str:
    return page.PAGE.read_text(encoding="utf-8")


def test_the_page_shows_the_sources_that_were_compiled() -> None:
    assert page.with_examples(_page()) == _page(), "run `python -m scripts.ios page`"
    assert [name for name in EXAMPLES if f"<!-- {name} -->" in _page()] == EXAMPLES


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_takes_thirty_lines_beside_its_imports(name: str) -> None:
    lines = (page.EXAMPLES / f"{name}.swift").read_text(encoding="utf-8").splitlines()
    code = [line for line in lines if not line.startswith("import ")]
    assert len("\n".join(code).strip().splitlines()) <= 30


def test_an_example_that_is_not_there_is_named() -> None:
    with pytest.raises(DataError, match="shows Absent"):
        page.with_examples("<!-- Absent -->\n<!-- end -->")
    with pytest.raises(DataError, match="no marker for an example"):
        page.with_examples("# iOS")


def test_the_project_that_is_opened_is_there() -> None:
    (named,) = set(re.findall(r"open ios_harness/App/(\w+\.xcodeproj)", _page()))
    assert named == project.BUNDLE
    assert (project.APP / named).is_dir()


def test_it_says_that_nobody_ran_it() -> None:
    assert "Nobody has yet run the app on an iPhone" in _page().split("##")[0]
