"""Writes docs/browser-faults.md: abuse of the server that pages talk to, from the very cases that the tests play."""

from __future__ import annotations

import importlib
import re
import sys
import tempfile
from pathlib import Path

from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_text
from scripts.adb_faults import cells

PAGE = ROOT / "docs" / "browser-faults.md"
_INTRO = """# Abuse of the server of `pocketseg serve`, as it was tried

Written by `python -m scripts.web faults` from the cases of `tests/_web_faults.py`, which the tests play too, each
against a server with real connections. Its limits in time are shorter than those of `pocketseg serve`. No answer held
anything private or a traceback, and nothing was printed. After each, a page opened, fetched the bundle and sent a
whole run to the same server.

| abuse | requests | answered with | what was said | second try |
|---|---|---|---|---|
"""
_REASONS = {0: "cut off"}


def main(arguments: list[str]) -> int:
    """Play all cases, and write the page."""
    if arguments:
        print("usage: python -m scripts.web faults", file=sys.stderr)
        return 2
    sys.path.insert(0, str(ROOT / "tests"))
    faults, abuse = (importlib.import_module(name) for name in ("_web_faults", "_web_abuse"))
    rows = []
    with tempfile.TemporaryDirectory() as made:
        for number, fault in enumerate(faults.FAULTS):
            place = Path(made) / str(number)
            played = abuse.play(fault, place)
            answered = ", ".join(_REASONS.get(status, str(status)) for status in sorted(set(played.statuses)))
            said = re.sub(r"\b([0-9a-f]{4})[0-9a-f]{28,}", r"\1...", played.said.replace(str(place), "FOLDER"))
            rows.append(cells([fault.name, str(len(played.answers)), answered, said or "-", played.again]))
    write_text(PAGE, f"{_INTRO}{''.join(rows)}")
    print(PAGE)
    return 0
