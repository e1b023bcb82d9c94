"""`python -m scripts.ios project`: writes the app's Xcode project from the files in its folder; `--check` only
compares.

A project names each file, so it is written again whenever a source is added or removed. The output is committed, and
Xcode opens it as it is.
"""

from __future__ import annotations

import sys

from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_text
from scripts.ios import openstep, scheme, xcode

APP = ROOT / "ios_harness" / "App"
BUNDLE = f"{xcode.NAME}.xcodeproj"
PROJECT = f"{BUNDLE}/project.pbxproj"
SCHEME = f"{BUNDLE}/xcshareddata/xcschemes/{xcode.NAME}.xcscheme"
WORKSPACE = f"{BUNDLE}/project.xcworkspace/contents.xcworkspacedata"


def files() -> dict[str, str]:
    """Return the files to write, by their path in the app's folder."""
    made = xcode.build(APP)
    return {
        PROJECT: openstep.project(made.objects, made.root, made.names, xcode.OBJECT_VERSION),
        SCHEME: scheme.text(),
        WORKSPACE: scheme.workspace(),
    }


def stale() -> list[str]:
    """Return which files differ from what would be written now."""
    return [name for name, text in files().items() if not (APP / name).is_file() or _read(name) != text]


def _read(name: str) -> str:
    return (APP / name).read_bytes().decode("utf-8", "replace")


def main(arguments: list[str]) -> int:
    """Write, or compare with `--check`; return the exit code."""
    if arguments == ["--check"]:
        found = stale()
        print(
            *[f"{name} is not up to date: python -m scripts.ios project" for name in found], sep="\n", file=sys.stderr
        )
        return 1 if found else 0
    if arguments:
        print("python -m scripts.ios project [--check]", file=sys.stderr)
        return 2
    for name, text in files().items():
        write_text(APP / name, text)
        print(f"wrote ios_harness/App/{name}")
    return 0
