"""Maven as a build of the Android app uses it, and the class path that results."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from scripts.android.tools import Tools, run

HARNESS = ROOT / "android_harness"
BUILD_S = 1800.0  # from an empty repository, over a slow line
_FRAME = "android-all-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPath:
    """What the app is compiled against: Android itself, and what goes into the APK."""

    android: Path
    program: tuple[Path, ...]


def arguments(tools: Tools, harness: Path = HARNESS) -> list[str | Path]:
    """Return the beginning of every call; a copied harness still reads the checkout it was copied from."""
    return [
        "mvn", "-B", "-q", "-C", "-f", harness / "pom.xml",
        f"-Dpocketseg.android.cache={tools.cache}", f"-Dpocketseg.checkout={ROOT}",
    ]  # fmt: skip


def copy_harness(folder: Path, harness: Path = HARNESS) -> Path:
    """Copy the sources, for a second build beside another one."""
    shutil.copytree(harness, folder, ignore=shutil.ignore_patterns("target", "*.md"), dirs_exist_ok=True)
    return folder


def maven(tools: Tools, goals: Sequence[str], harness: Path = HARNESS) -> str:
    """Run Maven; return its output. Raises DataError with the end of it where it fails."""
    return run([*arguments(tools, harness), *goals], timeout_s=BUILD_S, folder=harness)


def compile_app(tools: Tools, harness: Path = HARNESS) -> ClassPath:
    """Compile the app and what it depends on, without tests."""
    maven(tools, ["-pl", "app", "-am", "process-classes", "-Dcore.tests.skip=true"], harness)
    return class_path(harness)


def class_path(harness: Path = HARNESS) -> ClassPath:
    """Return the class path of the app from the last Maven build. Raises DataError where it has not been compiled."""
    path = harness / "app" / "target" / "class-path.txt"
    try:
        found = [Path(each) for each in path.read_text(encoding="utf-8").strip().split(":")]
    except OSError as error:
        raise DataError("the app has not been compiled here", hint="make android-apk") from error
    android = [each for each in found if each.name.startswith(_FRAME)]
    if len(android) != 1:
        raise DataError(f"not one android-all on the app's class path: {', '.join(map(str, found))}")
    program = [harness / "app" / "target" / "classes", *(each for each in found if each not in android)]
    return ClassPath(android=android[0], program=tuple(program))
