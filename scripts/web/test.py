"""Everything of the page that can be run without a phone, part by part, real browsers last; the last lines count it."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.files import disk_faults, make_folder, write_json
from scripts.parts import NOT_VERIFIED, Outcome, Part, count, counted, lane, report
from scripts.web import browsers, files, npm, page

_CHECK_S = 120.0
_TIMED = "tests/browsers/measures.test.ts"
_PATIENCE = "POCKETSEG_WEB_PATIENCE"  # a maintainer's alone, on a busy computer: see web_harness/tests/browsers
_UNIT_S = 300.0
_PYTHON_S = 600.0
_BROWSERS_S = 900.0
_WORTH = re.compile(r"measured: |\s*\S+ \|browsers\| tests/")  # what tests say of themselves, and each file's time
_CASES = "tests/unit/cases.test.ts"
_TEST_FILE = ".test.ts"
_TOLD = "POCKETSEG_WEB_TOLD"  # a file that says to the tests in browsers where everything is


def main(arguments: list[str]) -> int:
    """Run every part; return 1 where one failed or could not be run."""
    if arguments:
        print("usage: python -m scripts.web test", file=sys.stderr)
        return 2
    began = time.monotonic()
    lacks = npm.lacks()
    if lacks:
        print(f"{NOT_VERIFIED}the page: {lacks}")
        return 1
    told: dict[str, object] = {"python": sys.executable, "checkout": str(ROOT)}
    outcomes = lane(_parts(told))
    return report("web", outcomes, time.monotonic() - began)


def _parts(told: dict[str, object]) -> list[Part]:
    return [
        ("npm's packages, as the lock has them", _packages),
        ("types, lint and format", _checked),
        ("conformance cases, in Node", partial(_vitest, "unit", _UNIT_S, only=_CASES)),
        ("further tests in Node", partial(_vitest, "unit", _UNIT_S, but=_CASES)),
        ("the page that is committed is what is built", _page),
        ("the runtimes, as they are pinned", _runtimes),
        ("tests in Python", _python),
        ("files and bundles to measure", partial(_files, told)),
        *((f"{kind.name} runs here", partial(_browser, kind, told)) for kind in browsers.KINDS),
        ("the page in browsers", partial(_in_browsers, told)),
    ]


def _packages(outcome: Outcome) -> None:
    outcome.said = npm.ready()


def _checked(outcome: Outcome) -> None:
    npm.run(["tsc", "--noEmit"], limit_s=_CHECK_S)
    said = npm.run(["biome", "ci", "--colors=off", "."], limit_s=_CHECK_S)
    outcome.said = next((line for line in said.splitlines() if line.startswith("Checked")), "no complaint")


def _page(outcome: Outcome) -> None:
    outcome.said = page.check()


def _runtimes(outcome: Outcome) -> None:
    outcome.said = _ran([sys.executable, "-m", "scripts.web", "runtimes"], _PYTHON_S).strip().splitlines()[-1]


def _python(outcome: Outcome) -> None:
    """Run the tests that are marked `web`, which may use Node and what it built."""
    written = make_folder(browsers.cache_folder() / "reports") / "python.xml"
    written.unlink(missing_ok=True)
    tests = sorted(str(path) for path in (ROOT / "tests").glob("test_web_*.py"))
    workers = ["--numprocesses", "logical", "--maxprocesses", "2", "--dist", "loadgroup"]
    try:
        _ran([sys.executable, "-m", "pytest", "-q", "-m", "web", *workers, f"--junitxml={written}", *tests], _PYTHON_S)
    finally:
        if written.is_file():
            count([written], outcome)


def _files(told: dict[str, object], outcome: Outcome) -> None:
    made = files.ready()
    told["artifacts"] = {name: [str(path) for path in made.exported(name)] for name in files.PHOTOS}
    told["bundles"] = {name: str(made.bundle(name)) for name in (*files.PHOTOS, files.SMALL)}
    told["photos"] = files.PHOTOS
    outcome.said = f"{made.folder}"


def _browser(kind: browsers.Kind, told: dict[str, object], outcome: Outcome) -> None:
    """Report which browser it is; without Chromium the page was not tested, which is a fault where it is available."""
    try:
        found = browsers.ready(kind)
    except browsers.Unavailable as error:
        outcome.not_verified.append(f"the page in {kind.name}: {error.message}")
        outcome.said = "not here"
        return
    told[kind.name] = str(found.program)
    outcome.said = f"{found.version}, {found.origin}"


def _in_browsers(told: dict[str, object], outcome: Outcome) -> None:
    if "chromium" not in told:
        outcome.said = "no browser to test in"
        return
    if "bundles" not in told:
        raise DataError("there is no bundle to measure: a part before this one failed")
    pictures = make_folder(browsers.cache_folder() / "screenshots")
    built = browsers.cache_folder() / "built"  # by the tests, of changed sources, each once
    with disk_faults(built):
        shutil.rmtree(built, ignore_errors=True)
    path = browsers.cache_folder() / "reports" / "told.json"
    limit_s = _BROWSERS_S * _patience()
    with tempfile.TemporaryDirectory(prefix="pocketseg-web-") as scratch:
        write_json(path, {**told, "screenshots": str(pictures), "scratch": scratch})
        try:
            for chosen in ({"but": _TIMED}, {"only": _TIMED}):  # the timed ones with nothing beside them
                _twice(partial(_vitest, "browsers", limit_s, told=path), outcome, **chosen)
        finally:
            print(f"screenshots: {pictures}")


def _twice(run: Callable[..., None], outcome: Outcome, **chosen: str) -> None:
    """Run tests; the files of those that fail run once more, alone, and the outcome says so where they pass then.

    A browser shares its two cores with another file's, with services that start late and with its own updates.
    """
    before = list(outcome.failed)
    try:
        run(outcome, **chosen)
    except DataError as first:
        found = [test for test in outcome.failed if test not in before]
        files = sorted({test.suite for test in found})
        if not found or not all(file.endswith(_TEST_FILE) for file in files):
            raise
        print(f"taken again, alone: {', '.join(files)}\n{first.hint}")
        for file in files:
            run(Outcome(part=outcome.part), only=file)
        outcome.failed, outcome.tests = before, outcome.tests + len(found)
        outcome.said = counted(outcome)
        outcome.second_try += [str(test) for test in found]


def _patience() -> float:
    """Return the factor for time limits of tests in browsers; see web_harness/tests/browsers/_patience.ts."""
    try:
        return float(os.environ.get(_PATIENCE, "1"))
    except ValueError:
        raise UsageError(f"${_PATIENCE} is {os.environ[_PATIENCE]!r}", hint="a number, 1 where it is not set") from None


def _vitest(
    project: str, limit_s: float, outcome: Outcome, *, told: Path | None = None, only: str = "", but: str = ""
) -> None:
    """Run a project of Vitest's, `only` one of its files, or all `but` one; count the tests in its report."""
    written = make_folder(browsers.cache_folder() / "reports") / f"{project}.xml"
    written.unlink(missing_ok=True)
    words = ["vitest", "run", "--project", project, "--reporter=default", "--reporter=junit"]
    words += ["--maxWorkers=2"] if project == "browsers" else []  # each file has its own servers and browsers
    words += [f"--outputFile.junit={written}", *([only] if only else []), *([f"--exclude={but}"] if but else [])]
    said = ""
    try:
        said = npm.run(words, limit_s=limit_s, environment={} if told is None else {_TOLD: str(told)})
    except DataError as error:
        said = error.hint
        raise
    finally:
        if written.is_file():
            count([written], outcome)
        for line in said.splitlines():
            if _WORTH.match(line):
                print(line)
            elif line.startswith(NOT_VERIFIED):
                outcome.not_verified.append(line.removeprefix(NOT_VERIFIED))
    if outcome.tests == 0:
        raise DataError(f"vitest ran no test of {project}", hint=said[-4000:])


def _ran(command: list[str], limit_s: float) -> str:
    return npm.run(command, limit_s=limit_s, folder=ROOT)
