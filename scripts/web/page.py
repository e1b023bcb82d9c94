"""Builds the page into pocketseg/web/page, which is committed, or compares what is there with a new build."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError, PocketSegError
from pocketseg.core.files import disk_faults, sha256_file
from scripts.web import npm

PAGE = ROOT / "pocketseg" / "web" / "page"
_BUILD_S = 300.0
_AGAIN = "run `make web-page`, then commit what changed in pocketseg/web/page"


def build(to: Path, harness: Path = npm.HARNESS) -> dict[str, str]:
    """Build the page of a harness into an empty folder; return its files' hashes by name. Raises DataError."""
    words = ["vite", "build", f"--outDir={to}", "--emptyOutDir", "--logLevel=warn", "--bypass-lock"]  # `to` is its own
    npm.run(words, limit_s=_BUILD_S, folder=harness)
    return hashes(to)


def hashes(folder: Path) -> dict[str, str]:
    """Return the files below a folder by name, with their hashes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in files}


def differences(built: dict[str, str], kept: dict[str, str]) -> list[str]:
    """Return, for each file, how the kept page differs from the built one."""
    found = [f"{name} is not there" for name in sorted(built.keys() - kept.keys())]
    found += [f"{name} is no longer built" for name in sorted(kept.keys() - built.keys())]
    return found + [f"{name} differs" for name in sorted(built.keys() & kept.keys()) if built[name] != kept[name]]


def check() -> str:
    """Check that the page in the folder is, byte for byte, what is built now; return a summary. Raises DataError."""
    with tempfile.TemporaryDirectory(prefix="pocketseg-page-") as scratch:
        built = build(Path(scratch) / "page")
    found = differences(built, hashes(PAGE))
    if found:
        raise DataError(f"the page in {PAGE.relative_to(ROOT)} is not what is built: {'; '.join(found)}", hint=_AGAIN)
    size = sum((PAGE / name).stat().st_size for name in built)
    return f"{len(built)} files, {size / 1000:.0f} kB, to the last byte"


def main(arguments: list[str]) -> int:
    """Build it, or with --check only compare."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m scripts.web page [--check]", file=sys.stderr)
        return 2
    try:
        npm.ready()
        if arguments:
            print(check())
            return 0
        with tempfile.TemporaryDirectory(prefix="pocketseg-page-") as scratch:
            built = build(Path(scratch) / "page")
            with disk_faults(PAGE):
                shutil.rmtree(PAGE, ignore_errors=True)
                shutil.copytree(Path(scratch) / "page", PAGE)
    except PocketSegError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    for name in built:
        print(f"{(PAGE / name).stat().st_size:>9,}  {name}")
    return 0
