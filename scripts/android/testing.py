"""Everything of the Android app that can be run without a phone, in two lanes side by side; the last lines count it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from pocketseg.core.errors import DataError
from pocketseg.core.files import sha256_file
from scripts.android import apk, check, given, pins
from scripts.android.maven import HARNESS, class_path, copy_harness, maven
from scripts.android.tools import Tools, missing, run, tools
from scripts.parts import NOT_VERIFIED, Outcome, Part, count, lane, report

_COPY = "beside"  # below target/: the second build, and the core's tests
_KTLINT_S = 300.0


def run_all() -> int:
    """Run every part; return 1 where one failed."""
    began = time.monotonic()
    lacks = missing()
    if lacks:
        print(f"{NOT_VERIFIED}the Android app: {lacks}")
        return 1
    outcomes = _all_parts(tools())
    return report("android", outcomes, time.monotonic() - began)


def _all_parts(found: Tools) -> list[Outcome]:
    """Run what can be run side by side, then the checks of the results."""
    copy = HARNESS / "target" / _COPY
    shutil.rmtree(copy, ignore_errors=True)
    copy_harness(copy)
    for module in ("core", "runtimes", "app"):  # the Kotlin plugin keeps classes whose sources are gone
        shutil.rmtree(HARNESS / module / "target", ignore_errors=True)
    made: dict[str, apk.Apk] = {}
    ready: list[given.Given] = []
    before = lane([("the bundle and the runtimes that the app's tests run", lambda o: _ready(ready, o))])
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
    outcomes = [*lane(two), *lane(one)] if is_cold else _side_by_side(one, two)
    return (
        before
        + outcomes
        + lane(
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
        results[index] = lane(parts)

    threads = [threading.Thread(target=work, args=(index, parts)) for index, parts in enumerate((one, two))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcome for index in sorted(results) for outcome in results[index]]


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
    """Compile and test the app; a test without what it needs is skipped by its assumption."""
    told = [word for each in ready for word in each.told()]
    try:
        maven(found, ["-pl", "app", "-am", "test", "-Dcore.tests.skip=true", *told])
    finally:
        _count(HARNESS / "app", outcome)


def _count(module: Path, outcome: Outcome) -> None:
    """Count the tests that Maven ran, from its reports."""
    count(sorted((module / "target" / "surefire-reports").glob("TEST-*.xml")), outcome)


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
    """Check that what is there is what is pinned, and that nothing unpinned was used."""
    pinned, folder = pins.read(), pins.repository()
    absent = pins.absent(folder, pinned)
    strange = pins.unpinned(folder, [*class_path().program, class_path().android], pinned)
    faults = [*pins.faults(folder, pinned), *(f"{name} is not pinned" for name in strange)]
    faults += [f"{name} was not fetched" for name in absent]
    outcome.said = f"{len(pinned) - len(absent)} artifacts as {pins.PINNED.name} has them"
    if faults:
        raise DataError("\n".join(faults))
