"""Long checks name the tests that failed, and those of browsers that passed only when they ran again, alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocketseg.core.errors import DataError
from scripts import parts
from scripts.web import test as web

CASE = '<testcase classname="{file}" name="{name}">{inside}</testcase>'
SUITE = '<testsuites><testsuite tests="{tests}" failures="{failures}">{cases}</testsuite></testsuites>'
FILE, OTHER = "tests/browsers/a.test.ts", "tests/browsers/b.test.ts"


def written(path: Path, **wrong: str) -> Path:
    """Write a report of JUnit's of the tests `one` of FILE and `two` of OTHER; wrong: what a test's failure says."""
    cases = "".join(
        CASE.format(file=file, name=name, inside=f"<failure>{wrong[name]}</failure>" if name in wrong else "")
        for file, name in ((FILE, "one"), (OTHER, "two"))
    )
    path.write_text(SUITE.format(tests=2, failures=len(wrong), cases=cases), encoding="utf-8")
    return path


def test_a_test_that_failed_is_named_in_the_last_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(outcome: parts.Outcome) -> None:
        parts.count([written(tmp_path / "a.xml", two="\n  it never came\n at line 3")], outcome)
        raise DataError("vitest failed")

    assert parts.report("all", parts.lane([("browsers", fails)]), 1.0) == 1
    said = capsys.readouterr().out.strip().splitlines()
    assert said[-2].startswith("all: 1 tests passed")
    assert said[-1] == f"FAILED browsers: {OTHER}: two: it never came"


class Runs:
    """Stands for Vitest: `two` fails in the first `failures` runs."""

    def __init__(self, folder: Path, failures: int) -> None:
        self.folder, self.failures, self.asked = folder, failures, list[dict[str, str]]()

    def __call__(self, outcome: parts.Outcome, **chosen: str) -> None:
        self.asked.append(chosen)
        wrong = {"two": "it never came"} if len(self.asked) <= self.failures else {}
        parts.count([written(self.folder / "a.xml", **wrong)], outcome)
        if wrong:
            raise DataError("vitest failed")


def test_a_file_of_a_browser_that_passes_alone_is_said_to_have_run_twice(tmp_path: Path) -> None:
    runs, outcome = Runs(tmp_path, failures=1), parts.Outcome(part="browsers")
    web._twice(runs, outcome, but="x")
    assert runs.asked == [{"but": "x"}, {"only": OTHER}]
    assert (outcome.tests, outcome.failed) == (2, [])
    assert outcome.second_try == [f"{OTHER}: two: it never came"]


def test_a_file_of_a_browser_that_fails_alone_too_has_failed(tmp_path: Path) -> None:
    runs, outcome = Runs(tmp_path, failures=2), parts.Outcome(part="browsers")
    with pytest.raises(DataError):
        web._twice(runs, outcome, but="x")
    assert [test.name for test in outcome.failed] == ["two"] and outcome.second_try == []


def test_what_names_no_test_is_not_tried_again() -> None:
    asked = []

    def fails(outcome: parts.Outcome, **chosen: str) -> None:
        asked.append(chosen)
        raise DataError("vitest cannot start")

    with pytest.raises(DataError):
        web._twice(fails, parts.Outcome(part="browsers"), only=FILE)
    assert len(asked) == 1
