"""The last lines of `make test-ios` count what ran: each argument of a Swift test, and say what could not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pocketseg.core.errors import DataError
from scripts import parts
from scripts.ios import test, toolchain

WRITTEN = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="TestResults" errors="0" tests="3" failures="1" skipped="1" time="0.0">
    <testcase classname="T" name="aCaseIsBad(x:)" time="0.0"><failure message="no" /></testcase>
    <testcase classname="T" name="aCaseIsGood(x:)" time="0.0" />
    <testcase classname="T" name="one()" time="0.0" />
    <testcase classname="T" name="two()" time="0.0"><skipped>NOT VERIFIED: no file</skipped></testcase>
  </testsuite>
</testsuites>
"""
NAMES = ("aCaseIsGood(x:)", "aCaseIsBad(x:)")
SAID = "\n".join(f"◇ Passing 1 argument x → {number} to {name}" for name in NAMES for number in "123")


def test_each_argument_of_a_swift_test_is_counted_and_none_of_one_that_failed(tmp_path: Path) -> None:
    written = tmp_path / "swift.xml"
    written.write_text(WRITTEN, encoding="utf-8")
    outcome = parts.Outcome(part="tests")
    test.count_swift(written, SAID, outcome)
    assert (outcome.tests, outcome.skipped) == (4, 1)
    assert outcome.said == "4 passed, as arguments of 2 functions; 1 skipped, 1 failed"
    assert outcome.not_verified == ["no file"]


def test_without_a_toolchain_the_rest_runs_and_what_did_not_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cannot() -> toolchain.Toolchain:
        raise toolchain.Unavailable("there is no Swift toolchain here: there is no `apt-get`")

    monkeypatch.setattr(toolchain, "ready", cannot)
    monkeypatch.setattr(test, "_ours", lambda: [("ours", lambda outcome: None)])
    assert test.main([]) == 1, "what did not run is no success"
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[-2].startswith("ios: 0 tests passed, 0 skipped; 1 of 2 parts passed in")
    assert lines[-1].startswith(
        "NOT VERIFIED: the Swift package, its tests and its format: there is no Swift toolchain"
    )


def test_a_part_that_fails_keeps_no_other_from_running(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(outcome: parts.Outcome) -> None:
        raise DataError("it is broken", hint="mend it")

    outcomes = parts.lane([("one", fails), ("two", lambda outcome: setattr(outcome, "tests", 2))])
    assert parts.report("all", outcomes, 1.0) == 1
    said = capsys.readouterr().out
    assert "FAILED: one\nit is broken\nmend it" in said
    assert said.strip().splitlines()[-1] == "all: 2 tests passed, 0 skipped; 1 of 2 parts passed in 1 s"
