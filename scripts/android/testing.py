"""All that can be run of the Android app without a phone, in two lanes side by side; the last lines count it."""

from __future__ import annotations

import shutil
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core.errors import DataError, PocketSegError
from pocketseg.core.files import sha256_file
from scripts.android import apk, check, given, pins
from scripts.android.maven import HARNESS, class_path, copy_harness, maven
from scripts.android.tools import Tools, missing, run, tools

_COPY = "beside"  # below target/: the second build, and the core's tests
_KTLINT_S = 300.0
_NOT_VERIFIED = "NOT VERIFIED: "  # how a test begins the reason why this machine could not run it
_REPORT_CHARACTERS = 8000


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a part came to; `tests` counts those that passed."""

    part: str
    seconds: float = 0.0
    tests: int = 0
    skipped: int = 0
    said: str = ""
    fault: str = ""
    not_verified: list[str] = field(default_factory=list)


Part = tuple[str, Callable[[Outcome], None]]


def run_all() -> int:
    """Run every part; return 1 where one failed."""
    began = time.monotonic()
    lacks = missing()
    if lacks:
        print(f"{_NOT_VERIFIED}the Android app: {lacks}")
        return 1
    outcomes = _all_parts(tools())
    print()
    for each in outcomes:
        print(f"{'FAILED' if each.fault else 'ok':6}  {each.seconds:5.0f} s  {each.part}: {each.said}")
    for each in outcomes:
        if each.fault:
            print(f"\nFAILED: {each.part}\n{each.fault[-_REPORT_CHARACTERS:]}")
    failed = sum(bool(each.fault) for each in outcomes)
    tests, skipped = sum(each.tests for each in outcomes), sum(each.skipped for each in outcomes)
    print(
        f"\nandroid: {tests} tests passed, {skipped} skipped; {len(outcomes) - failed} of {len(outcomes)} parts passed"
        f" in {time.monotonic() - began:.0f} s"
    )
    for each in outcomes:
        for reason in each.not_verified:
            print(f"{_NOT_VERIFIED}{reason}")
    return int(failed > 0)


def _all_parts(found: Tools) -> list[Outcome]:
    """Run what can be run side by side, then what looks at the results."""
    copy = HARNESS / "target" / _COPY
    shutil.rmtree(copy, ignore_errors=True)
    copy_harness(copy)
    for module in ("core", "runtimes", "app"):  # the Kotlin plugin keeps classes whose sources are gone
        shutil.rmtree(HARNESS / module / "target", ignore_errors=True)
    made: dict[str, apk.Apk] = {}
    ready: list[given.Given] = []
    before = _lane([("the bundle and the runtimes that the app's tests run", lambda o: _ready(ready, o))])
    one: list[Part] = [
        ("core: compiled, animal-sniffer, its tests", lambda o: _core(found, copy, o)),
        ("ktlint", lambda o: _ktlint(found, copy, o)),
        ("a second APK, of another folder", lambda o: _keep(made, "second", apk.pack(found, copy), o)),
    ]
    two: list[Part] = [
        (
            "app: compiled against the runtimes, animal-sniffer, its tests on Android 8, 12 and 15",
            lambda o: _app(found, ready, o),
        ),
        ("the APK", lambda o: _keep(made, "first", apk.pack(found), o)),
    ]
    is_cold = bool(pins.absent(pins.repository(), pins.read()))  # two Mavens would fetch into one folder
    outcomes = [*_lane(two), *_lane(one)] if is_cold else _side_by_side(one, two)
    return (
        before
        + outcomes
        + _lane(
            [
                ("the same bytes when built twice", lambda o: _same(made, o)),
                ("checks of the APK", lambda o: _checks(found, made, o)),
                ("hashes of what Maven took", _pins),
            ]
        )
    )


def _side_by_side(one: Sequence[Part], two: Sequence[Part]) -> list[Outcome]:
    results: dict[int, list[Outcome]] = {}

    def work(index: int, parts: Sequence[Part]) -> None:
        results[index] = _lane(parts)

    threads = [threading.Thread(target=work, args=(index, parts)) for index, parts in enumerate((one, two))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcome for index in sorted(results) for outcome in results[index]]


def _lane(parts: Sequence[Part]) -> list[Outcome]:
    """Run parts one after the other; one that fails does not keep the next from running."""
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


def _core(found: Tools, harness: Path, outcome: Outcome) -> None:
    """Compile all and test the core; the app's tests run in the other lane."""
    try:
        maven(found, ["-pl", "app", "-am", "test", "-Dapp.tests.skip=true"], harness)
    finally:
        _count(harness / "core", outcome)


def _ready(ready: list[given.Given], outcome: Outcome) -> None:
    made = given.given()
    ready.append(made)
    if made.natives is None:
        outcome.not_verified.append(f"inference by the phone's own runtimes: {made.lacks}")
    outcome.said = f"{made.bundle.stat().st_size / 1e6:.1f} MB"


def _app(found: Tools, ready: list[given.Given], outcome: Outcome) -> None:
    """Compile and test the app; a test without what it needs says so by its assumption."""
    told = [word for each in ready for word in each.told()]
    try:
        maven(found, ["-pl", "app", "-am", "test", "-Dcore.tests.skip=true", *told])
    finally:
        _count(HARNESS / "app", outcome)


def _count(module: Path, outcome: Outcome) -> None:
    """Count the tests that Maven ran, by its reports."""
    failed = 0
    for report in sorted((module / "target" / "surefire-reports").glob("TEST-*.xml")):
        suite = ET.parse(report).getroot()
        numbers = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
        failed += numbers["failures"] + numbers["errors"]
        outcome.skipped += numbers["skipped"]
        outcome.tests += numbers["tests"] - numbers["skipped"] - numbers["failures"] - numbers["errors"]
        outcome.not_verified += [
            message.removeprefix(_NOT_VERIFIED)
            for each in suite.iter("skipped")
            if (message := each.get("message", "")).startswith(_NOT_VERIFIED)
        ]
    outcome.said = f"{outcome.tests} passed, {outcome.skipped} skipped, {failed} failed"


def _ktlint(found: Tools, harness: Path, outcome: Outcome) -> None:
    folder = HARNESS / "target"
    maven(found, [pins.COPY, "-N", f"-Dartifact={pins.KTLINT}", f"-DoutputDirectory={folder}"], harness)
    _, name, version, _, kind = pins.KTLINT.split(":")
    sources = ["core/src/**/*.kt", "app/src/**/*.kt", "examples/**/*.kt"]
    run(["java", "-jar", folder / f"{name}-{version}-{kind}.jar", *sources], timeout_s=_KTLINT_S, folder=harness)
    outcome.said = "no complaint"


def _keep(made: dict[str, apk.Apk], name: str, built: apk.Apk, outcome: Outcome) -> None:
    made[name] = built
    outcome.said = f"{built.unsigned.stat().st_size / 1e6:.1f} MB"


def _same(made: dict[str, apk.Apk], outcome: Outcome) -> None:
    first, second = (sha256_file(made[name].unsigned) for name in ("first", "second"))
    if first != second:
        outcome.fault = f"one build gives {first}, another {second}"
    outcome.said = f"{first}, before it is signed"


def _checks(found: Tools, made: dict[str, apk.Apk], outcome: Outcome) -> None:
    findings = check.check(found, made["first"].signed)
    said = "\n".join(check.lines(findings))
    print(said)
    failed = sum(bool(each.faults) for each in findings)
    outcome.fault = said if failed else ""
    outcome.said = f"{len(findings) - failed} of {len(findings)} hold"


def _pins(outcome: Outcome) -> None:
    """What is there is what is pinned, and nothing was taken that is not."""
    pinned, folder = pins.read(), pins.repository()
    absent = pins.absent(folder, pinned)
    strange = pins.unpinned(folder, [*class_path().program, class_path().android], pinned)
    faults = [*pins.faults(folder, pinned), *(f"{name} is not pinned" for name in strange)]
    faults += [f"{name} was not fetched" for name in absent]
    outcome.said = f"{len(pinned) - len(absent)} artifacts as {pins.PINNED.name} has them"
    if faults:
        raise DataError("\n".join(faults))
