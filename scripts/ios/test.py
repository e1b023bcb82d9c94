"""Everything of the iOS harness that can be run without a Mac and a phone, part by part; the last lines count it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from scripts.ios import swift, toolchain
from scripts.parts import NOT_VERIFIED, Outcome, Part, count, lane, report

_TESTS_S = 600.0
_FORMAT_S = 180.0
_CASES_S = 300.0
_OURS_S = 600.0
_FOLDERS = ("Package.swift", "Sources", "Tests", "App", "ExecuTorch", "Stubs", "examples")
_REPORT = ".build/swift.xml"
_ARGUMENTS = re.compile(r"Passing \d+ arguments? .* to (\S+)$", re.MULTILINE)
_SET = re.compile(r"^\S+: (\d+) of (\d+) equal", re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Run every part; return 1 where one failed or could not be run."""
    if arguments:
        print("usage: python -m scripts.ios test", file=sys.stderr)
        return 2
    began = time.monotonic()
    before = lane([("Swift for Linux", _toolchain)])
    lacks = before[0].fault
    outcomes = [*before, *lane(_ours() if lacks else [*_swifts(), *_ours()])]
    status = report("ios", outcomes, time.monotonic() - began)
    if lacks:
        print(f"{NOT_VERIFIED}the Swift package, its tests and its format: {lacks.splitlines()[0]}")
    return status


def _swifts() -> list[Part]:
    return [
        ("the package is built, and no warning with it", _built),
        ("its tests", _tests),
        ("swift-format", _formatted),
        ("replay runs the conformance cases", _cases),
        ("the stand-ins for Apple's modules, the sources against them", _stubs),
    ]


def _ours() -> list[Part]:
    return [
        ("the Xcode project is what its writer writes", _project),
        ("tests in Python", _beside),
    ]


def _toolchain(outcome: Outcome) -> None:
    found = toolchain.ready()
    outcome.said = f"Swift {found.version} of {len(found.packages)} packages of Debian's, run by {found.way}"


def _built(outcome: Outcome) -> None:
    swift.build()
    outcome.said = "for release, as Linux compiles it"


def _tests(outcome: Outcome) -> None:
    """Run Swift's compiled tests; each argument of a test counts as a test."""
    written = swift.HARNESS / ".build" / "swift-swift-testing.xml"
    written.unlink(missing_ok=True)
    command = ["swift", "test", "--skip-build", *swift.SHARED, "--xunit-output", _REPORT]
    done = toolchain.run(command, checkout=ROOT, limit_s=_TESTS_S)
    said = f"{done.stdout}\n{done.stderr}"
    if not written.is_file():
        raise DataError("`swift test` reported no test", hint=said[-6000:])
    count_swift(written, said, outcome)
    if done.returncode != 0:
        failed = [line for line in said.splitlines() if line.startswith("✘")]
        raise DataError(outcome.said, hint="\n".join(failed) or said[-6000:])
    if outcome.tests == 0:
        raise DataError("`swift test` ran no test", hint=said[-6000:])


def count_swift(written: Path, said: str, outcome: Outcome) -> None:
    """Count the tests in Swift Testing's report; `said` is its printed output, as the report has no arguments."""
    count([written], outcome)
    arguments = Counter(_ARGUMENTS.findall(said))
    passed = [case.get("name", "") for case in ET.parse(written).getroot().iter("testcase") if len(case) == 0]
    functions = len(passed)
    outcome.tests = sum(max(1, arguments[name]) for name in passed)
    outcome.said = f"{outcome.tests} passed, as arguments of {functions} functions; " + outcome.said.split(", ", 1)[1]


def _formatted(outcome: Outcome) -> None:
    folders = [name for name in _FOLDERS if (swift.HARNESS / name).exists()]
    swift.succeed(["swift-format", "lint", "--recursive", "--strict", *folders], limit_s=_FORMAT_S)
    outcome.said = f"no complaint about {', '.join(folders)}"


def _cases(outcome: Outcome) -> None:
    said = swift.succeed([swift.program("replay"), "cases", f"{toolchain.PLACE}/conformance/cases"], limit_s=_CASES_S)
    sets = [(int(equal), int(every)) for equal, every in _SET.findall(said)]
    if not sets:
        raise DataError("replay named no set of cases", hint=said[-2000:])
    print(said)
    outcome.said = f"{sum(equal for equal, _ in sets)} of {sum(every for _, every in sets)} equal, {len(sets)} sets"


def _stubs(outcome: Outcome) -> None:
    said = _ran([sys.executable, "-m", "scripts.ios", "stubs"])
    print(said, end="")
    outcome.said = "; ".join(line for line in said.splitlines() if line.startswith(("stand-ins:", "misspelt")))


def _project(outcome: Outcome) -> None:
    _ran([sys.executable, "-m", "scripts.ios", "project", "--check"])
    outcome.said = "to the last byte"


def _beside(outcome: Outcome) -> None:
    """Run the tests that are marked `ios`, which may use what Swift built."""
    written = swift.HARNESS / ".build" / "python.xml"
    written.unlink(missing_ok=True)
    files = sorted(str(path) for path in (ROOT / "tests").glob("test_ios_*.py"))  # to read all others takes a minute
    workers = ["--numprocesses", "logical", "--maxprocesses", "2", "--dist", "loadgroup"]
    try:
        _ran([sys.executable, "-m", "pytest", "-q", "-m", "ios", *workers, f"--junitxml={written}", *files])
    finally:
        if written.is_file():
            count([written], outcome)


def _ran(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", timeout=_OURS_S, cwd=ROOT,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise DataError(f"`{' '.join(command[1:4])}` took longer than {_OURS_S:.0f} s and was ended") from error
    if done.returncode != 0:
        said = f"{done.stdout}\n{done.stderr}".strip()
        raise DataError(f"`{' '.join(command[1:4])}` failed ({done.returncode})", hint=said[-6000:])
    return done.stdout
