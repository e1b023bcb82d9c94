"""Writes which runtimes open the quick start's files: `python -m scripts.phone_runtimes.quickstart FOLDER...`.

FOLDERs: exports of both networks at fp32 and w8a8, for every target, as `pocketseg quickstart` makes them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pocketseg.core.errors import RuntimeFailedError
from pocketseg.core.files import write_text
from pocketseg.core.manifest import read_manifest
from pocketseg.inspect.needs import Opening, openings
from pocketseg.inspect.needs.table import QUICKSTART, releases_of


def main(folders: list[Path]) -> None:
    """Read every file, and keep for each target and precision what all its files need."""
    read = [read_manifest(folder) for folder in folders]
    found: dict[tuple[str, str], list[Opening]] = {}
    for (artifact, _), opening in zip(read, openings([(file, a.target) for a, file in read]), strict=True):
        if isinstance(opening, RuntimeFailedError):
            raise opening
        found.setdefault((artifact.target, artifact.precision), []).append(opening)
    table: dict[str, dict[str, str]] = {}
    for (target, precision), its in sorted(found.items()):
        table.setdefault(target, {})[precision] = max(its, key=_order).sentence
    print(write_text(QUICKSTART, json.dumps(table, indent=1) + "\n"))


def _order(opening: Opening) -> int:
    if not opening.app:
        return 0
    releases = list(releases_of(opening.target)["releases"])
    return len(releases) if opening.oldest is None else releases.index(opening.oldest)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
