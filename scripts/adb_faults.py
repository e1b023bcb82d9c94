"""Writes docs/phones-faults.md: faults of a phone behind adb, from the very cases that the tests play.

`python -m scripts.adb_faults`. The cases with a real adb and adbd need what scripts/adb_loopback.py needs; where this
computer lacks it, the page says so instead of showing their rows.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_text
from scripts import adb_loopback

TESTS = ROOT / "tests"
PAGE = ROOT / "docs" / "phones-faults.md"
_HEAD = "| fault | how it was made | what was said | second try |\n|---|---|---|---|\n"
_INTRO = """# Faults of a phone behind adb, as they were tried

Written by `python -m scripts.adb_faults` from the cases of `tests/_adb_faults.py` and `tests/_loopback_faults.py`,
which the tests play too. No phone was in any of them. Each second try ended with all records and class maps here, and
nothing on the far side but the bundle.
"""
_REAL = """
## With a real adb and a real adbd

Debian's, on loopback, pinned in `requirements/adb-loopback.json`. The connection, the copies, the shell and its exit
codes are real. `am`, `dumpsys`, `getprop`, `pm`, `pidof` and `content` are stand-ins that say so, and so is the app.

"""
_STAND_IN = """
## With a stand-in for adb

`adb` itself is a stand-in here, and the phone a folder; lines for its shell are run by a real `sh`.

"""


def main() -> None:
    """Play all cases, and write the page."""
    sys.path.insert(0, str(TESTS))
    with tempfile.TemporaryDirectory() as made:
        real, stand_in = _real(Path(made)), _stand_in(Path(made))
    write_text(PAGE, f"{_INTRO}{_REAL}{real}{_STAND_IN}{_HEAD}{stand_in}")
    print(PAGE)


def _stand_in(folder: Path) -> str:
    cases = importlib.import_module("_adb_faults")
    rows = []
    for number, fault in enumerate(cases.FAULTS):
        place = folder / str(number)
        place.mkdir()
        played = cases.play(fault, place)
        rows.append(_row(fault, played.message, played.hint, played.again.records, played.again.runs, place))
    return "".join(rows)


def _real(folder: Path) -> str:
    faults = importlib.import_module("_loopback_faults").FAULTS
    try:
        seen = json.loads(_played(folder).read_text())
    except DataError as error:
        return f"NOT VERIFIED: {error.message}\n"
    trip = seen["round_trip"]
    if trip["code"] != 0:
        raise SystemExit(f"the round trip failed: {trip['err']}")
    size_kb, files = trip["size_bytes"] / 1e3, len(trip["files"])
    intro = f"One command pushed {size_kb:.0f} kB, ran a job and pulled its {files} files, in {trip['taken_s']} s.\n\n"
    rows = (
        _row(fault, one["message"], one["hint"], one["again"][1], one["again"][2], folder)
        for fault, one in zip(faults, seen["faults"], strict=True)
    )
    return intro + _HEAD + "".join(rows)


def _played(folder: Path) -> Path:
    """Play the real cases in namespaces of their own; return the file with their results. Raises DataError."""
    if lacks := adb_loopback.missing():
        raise DataError(lacks)
    results = folder / "seen.json"
    program = [sys.executable, str(TESTS / "_loopback_faults.py"), str(results)]
    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{TESTS}"
    code = adb_loopback.run(program, folder / "phone", timeout_s=900)
    if code != 0:
        raise subprocess.CalledProcessError(code, program)
    return results


def _row(fault: Any, message: str, hint: str, records: int, runs: int, folder: Path) -> str:
    how = "--resume" if fault.resumed else "the same command"
    mended = fault.mended or "nothing to mend"
    return cells([fault.name, fault.how, said(message, hint, folder), f"{mended}; {how}: {records} of {runs} records"])


def cells(texts: Iterable[str]) -> str:
    """Return a table's row."""
    return "| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in texts) + " |\n"


def said(message: str, hint: str, folder: Path) -> str:
    """Return a message without the paths, ports and hashes of one particular run."""
    text = f"{message}; {'; '.join(hint.splitlines())}".replace(str(folder), "FOLDER")
    text = re.sub(r"127\.0\.0\.1:\d+", "SERIAL", text)
    return re.sub(r"\b([0-9a-f]{4})[0-9a-f]{28,}", r"\1...", text)


if __name__ == "__main__":
    main()
