"""Parts of a long check: each is timed, a failure does not stop the others, and the last lines count them."""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core.errors import PocketSegError

NOT_VERIFIED = "NOT VERIFIED: "  # how a test begins the reason why this machine could not run it
_REPORT_CHARACTERS = 8000
_LINE_CHARACTERS = 400


@dataclass(frozen=True)
class Failed:
    """A test that failed. suite: its file or class. why: the first line of what it said."""

    suite: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.suite}: {self.name}: {self.why}"[:_LINE_CHARACTERS]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """The result of a part; `tests` counts those that passed, `failed` and `second_try` name others."""

    part: str
    seconds: float = 0.0
    tests: int = 0
    skipped: int = 0
    said: str = ""
    fault: str = ""
    failed: list[Failed] = field(default_factory=list)
    second_try: list[str] = field(default_factory=list)
    not_verified: list[str] = field(default_factory=list)


Part = tuple[str, Callable[[Outcome], None]]


def lane(parts: Sequence[Part]) -> list[Outcome]:
    """Run parts one after another; one that fails does not stop the next."""
    outcomes = []
    for name, work in parts:
        outcome = Outcome(part=name)
        began = time.monotonic()
        try:
            work(outcome)
        except PocketSegError as error:
            outcome.fault = f"{error.message}\n{error.hint}".strip()
        except (OSError, KeyError, ET.ParseError) as error:  # a part before it failed
            outcome.fault = f"{type(error).__name__}: {error}"
        outcome.seconds = time.monotonic() - began
        print(f"{'FAILED' if outcome.fault else 'ok':6}  {outcome.seconds:5.0f} s  {name}", flush=True)
        outcomes.append(outcome)
    return outcomes


def report(title: str, outcomes: Sequence[Outcome], seconds: float) -> int:
    """Print a table of the parts, what failed, and the counts; return 1 where one failed, else 0."""
    print()
    for each in outcomes:
        print(f"{'FAILED' if each.fault else 'ok':6}  {each.seconds:5.0f} s  {each.part}: {each.said}")
    for each in outcomes:
        if each.fault:
            print(f"\nFAILED: {each.part}\n{each.fault[-_REPORT_CHARACTERS:]}")
    failed = sum(bool(each.fault) for each in outcomes)
    tests, skipped = sum(each.tests for each in outcomes), sum(each.skipped for each in outcomes)
    print(
        f"\n{title}: {tests} tests passed, {skipped} skipped; {len(outcomes) - failed} of {len(outcomes)} parts passed"
        f" in {seconds:.0f} s"
    )
    for each in outcomes:
        for test in each.failed if each.fault else ():
            print(f"FAILED {each.part}: {test}")
        for said in each.second_try:
            print(f"passed at the second try: {said}")
        for reason in each.not_verified:
            print(f"{NOT_VERIFIED}{reason}")
    return int(failed > 0)


def count(reports: Sequence[Path], outcome: Outcome) -> None:
    """Add the tests of JUnit's reports to an outcome, with the reasons of those that this machine could not run."""
    failed = 0
    for path in reports:
        for suite in ET.parse(path).getroot().iter("testsuite"):
            numbers = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
            failed += numbers["failures"] + numbers["errors"]
            outcome.skipped += numbers["skipped"]
            outcome.tests += numbers["tests"] - numbers["skipped"] - numbers["failures"] - numbers["errors"]
            outcome.failed += [
                _failed(case, wrong) for case in suite.iter("testcase") if (wrong := _wrong(case)) is not None
            ]
            outcome.not_verified += [
                message.removeprefix(NOT_VERIFIED)
                for each in suite.iter("skipped")
                if (message := each.get("message") or each.text or "").startswith(NOT_VERIFIED)
            ]
    outcome.said = counted(outcome, failed)


def counted(outcome: Outcome, failed: int = 0) -> str:
    """Return an outcome's counts in words."""
    return f"{outcome.tests} passed, {outcome.skipped} skipped, {failed} failed"


def _wrong(case: ET.Element) -> ET.Element | None:
    found = case.find("failure")
    return case.find("error") if found is None else found


def _failed(case: ET.Element, wrong: ET.Element) -> Failed:
    said = wrong.get("message") or wrong.text or ""
    why = next((line.strip() for line in said.splitlines() if line.strip()), "no reason given")
    return Failed(case.get("classname", ""), case.get("name", ""), why)
