"""Writes docs/ios-faults.md: faults of an iPhone behind devicectl, from the very cases that the tests play."""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_text
from scripts.adb_faults import cells, said

PAGE = ROOT / "docs" / "ios-faults.md"
_INTRO = """# Faults of an iPhone behind devicectl, as they were tried

Written by `python -m scripts.ios faults` from the cases of `tests/_ios_faults.py`, which the tests play too. **No
iPhone and no Mac was in any of them**: `xcrun devicectl` is a stand-in that answers as Apple's help texts and what
others published have it, and the phone is a folder. Each second try ended with all records and class maps here, and
nothing of the job there.

| fault | what was said | second try |
|---|---|---|
"""


def main(arguments: list[str]) -> int:
    """Play all cases, and write the page."""
    if arguments:
        print("usage: python -m scripts.ios faults", file=sys.stderr)
        return 2
    sys.path.insert(0, str(ROOT / "tests"))
    cases = importlib.import_module("_ios_faults")
    rows = []
    with tempfile.TemporaryDirectory() as made:
        for number, fault in enumerate(cases.FAULTS):
            place = Path(made) / str(number)
            place.mkdir()
            played = cases.play(fault, place)
            again = "--resume" if fault.resumed else "the same command"
            came = f"{again}: {played.again.records} of {played.again.runs} records"
            rows.append(cells([fault.name, said(played.message, played.hint, place), came]))
    write_text(PAGE, f"{_INTRO}{''.join(rows)}")
    print(PAGE)
    return 0
