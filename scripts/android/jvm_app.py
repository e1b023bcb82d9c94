"""The app on this computer's JVM in a phone's place: the command that the stand-in for Android's `am` starts."""

from __future__ import annotations

from pathlib import Path

from scripts.android.given import Given
from scripts.android.maven import HARNESS, maven
from scripts.android.tools import Tools

CLASS = "dev.pocketseg.harness.real.StartedByShell"
_OPENED = ("java.lang", "java.io")  # what Robolectric looks into


def compile_tests(tools: Tools, harness: Path = HARNESS) -> Path:
    """Compile the app and its tests without running any; return the harness. Raises DataError."""
    maven(tools, ["-pl", "app", "-am", "test-compile", "-Dcore.tests.skip=true"], harness)
    return harness


def command(harness: Path, given: Given) -> list[str]:
    """Return the command, with {bundle}, {job} and {folder} for scripts/adb_stand_ins.py to fill in."""
    target = harness / "app" / "target"
    found = (target / "test-class-path.txt").read_text(encoding="utf-8").strip()
    environment = [] if given.natives is None else ["env", f"LD_LIBRARY_PATH={given.natives}"]
    properties = {
        "robolectric.offline": "true",
        "robolectric.dependency.dir": str(target / "levels"),
        "pocketseg.natives": str(given.natives or ""),
        "pocketseg.bundle": str(given.bundle),
        "pocketseg.started.bundle": "{bundle}",
        "pocketseg.started.job": "{job}",
        "pocketseg.started.results": "{folder}",
    }
    return [
        *environment, "java", "-Xmx3g", *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in _OPENED),
        *(f"-D{name}={value}" for name, value in properties.items()),
        "-cp", f"{target / 'test-classes'}:{target / 'classes'}:{found}", "org.junit.runner.JUnitCore", CLASS,
    ]  # fmt: skip
