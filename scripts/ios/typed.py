"""Type-checks our Apple-only sources on Linux: against HarnessCore itself, and stand-ins for Apple's modules."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.files import make_folder, sha256_json, write_text
from scripts.android.fetch import sha256_bytes
from scripts.ios import toolchain

HARNESS = ROOT / "ios_harness"
STUBS = HARNESS / "Stubs"
BUILD = HARNESS / ".build" / "stand-ins"
_LIMIT_S = 600.0
_PACKAGE = ("-package-name", "pocketsegharness")  # the app and ExecuTorch's package are none of its members
_PACKAGED = ("HarnessCore", "HarnessCoreML")
# What a stand-in lacks may lead the solver astray for minutes: it gives up, and says so.
_FLAGS = ("-swift-version", "5", "-parse-as-library", "-Xfrontend", "-solver-expression-time-threshold=30")
_SEES = ("-I", ".build/stand-ins/core", "-I", ".build/stand-ins")
_IMPORT = re.compile(r"^\s*(?:@_exported |@testable )?import (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """A module of ours; `is_imported`: others import it."""

    name: str
    files: tuple[Path, ...]
    is_imported: bool


def stub_modules() -> list[str]:
    """Return the stand-ins' modules, each after those that it imports. Raises DataError for circular imports."""
    needs = {
        folder.name: {name for file in folder.glob("*.swift") for name in _IMPORT.findall(file.read_text())}
        for folder in sorted(STUBS.iterdir())
        if any(folder.glob("*.swift"))
    }
    ordered: list[str] = []
    while len(ordered) < len(needs):
        free = [
            name for name, wants in needs.items() if name not in ordered and not wants & (needs.keys() - {*ordered})
        ]
        if not free:
            raise DataError(f"stand-ins import one another in a ring: {', '.join(needs.keys() - {*ordered})}")
        ordered += free
    return ordered


def our_sources() -> list[Sources]:
    """Return what is type-checked, each after its imports; what is not in the checkout is left out."""
    found = [
        _module("HarnessCore", HARNESS / "Sources" / "HarnessCore", is_imported=False),  # its parts for Apple's systems
        _module("HarnessCoreML", HARNESS / "Sources" / "HarnessCoreML", is_imported=True),
        _module("HarnessExecuTorch", HARNESS / "ExecuTorch" / "Sources" / "HarnessExecuTorch", is_imported=True),
        _module("PocketSegHarness", HARNESS / "App" / "Sources", is_imported=True),
        _module("PerformanceTests", HARNESS / "App" / "PerformanceTests", is_imported=False),
    ]
    for file in sorted((HARNESS / "examples").glob("**/*.swift")):
        found.append(Sources(name=f"Example{file.stem}", files=(file,), is_imported=False))
    return [each for each in found if each.files]


def _module(name: str, folder: Path, *, is_imported: bool) -> Sources:
    return Sources(name=name, files=tuple(sorted(folder.glob("**/*.swift"))), is_imported=is_imported)


def prepare(modules: Sequence[str]) -> None:
    """Make the modules that sources import: HarnessCore as on Linux, and the stand-ins. Raises DataError."""
    make_folder(BUILD / "core")
    core = sorted((HARNESS / "Sources" / "HarnessCore").glob("**/*.swift"))
    quick = (*_PACKAGE, "-Xfrontend", "-experimental-skip-non-inlinable-function-bodies", "-enable-testing")
    _emit(BUILD / "core" / "HarnessCore", core, quick)
    for name in modules:
        _emit(BUILD / name, sorted((STUBS / name).glob("*.swift")), _SEES)


def checked(sources: Sources) -> str:
    """Type-check a module where it or anything it imports has changed; return Swift's errors."""
    stamp = BUILD / f"{sources.name}.checked"
    below = sorted(BUILD.glob("*.key")) + sorted(BUILD.glob("core/*.key"))
    others = [each for each in our_sources() if each.is_imported and each.name != sources.name]
    files = [*sources.files, *below, *(file for each in others for file in each.files)]
    key = sha256_json([sha256_bytes(file.read_bytes()) for file in files])
    is_made = not sources.is_imported or (BUILD / f"{sources.name}.swiftmodule").is_file()
    if is_made and stamp.is_file() and stamp.read_text() == key:
        return ""
    said = check(sources)
    if not said:
        write_text(stamp, key)
    return said


def check(sources: Sources, replaced: Mapping[Path, Path] | None = None) -> str:
    """Type-check a module; return Swift's errors. `replaced`: other files in place of its own."""
    files = [(replaced or {}).get(file, file) for file in sources.files]
    command = ["swiftc", "-typecheck", "-wmo", *_FLAGS, *_SEES, "-module-name", sources.name, "-warnings-as-errors"]
    if replaced is None and sources.is_imported:
        command = ["swiftc", "-emit-module", "-emit-module-path", f".build/stand-ins/{sources.name}.swiftmodule",
                   *_FLAGS, *_SEES, "-enable-testing", "-module-name", sources.name, "-warnings-as-errors"]  # fmt: skip
    command += _PACKAGE if sources.name in _PACKAGED else ()
    done = _run([*command, *map(_inside, files)])
    return "" if done.returncode == 0 else f"{done.stdout}\n{done.stderr}".strip()


def _emit(place: Path, files: Sequence[Path], flags: Sequence[str]) -> None:
    name = place.name
    made = place.with_name(f"{name}.swiftmodule")
    key = sha256_json([toolchain.VERSION, [sha256_bytes(file.read_bytes()) for file in files], *flags, _below(name)])
    stamp = place.with_name(f"{name}.key")
    if made.is_file() and stamp.is_file() and stamp.read_text() == key:
        return
    command = ["swiftc", "-emit-module", "-emit-module-path", _inside(made), *_FLAGS, *flags, "-module-name", name]
    done = _run([*command, *map(_inside, files)])
    if done.returncode != 0:
        raise DataError(f"{name} does not compile", hint=f"{done.stdout}\n{done.stderr}"[-6000:])
    write_text(stamp, key)


def _below(name: str) -> list[str]:
    """Return the keys of the stand-ins that a stand-in imports."""
    wants = {found for file in (STUBS / name).glob("*.swift") for found in _IMPORT.findall(file.read_text())}
    return [stamp.read_text() for want in sorted(wants) if (stamp := BUILD / f"{want}.key").is_file()]


def _inside(path: Path) -> str:
    """Return a file's path for Swift, relative to ios_harness."""
    return str(path.relative_to(HARNESS))


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return toolchain.run(command, checkout=ROOT, limit_s=_LIMIT_S)
