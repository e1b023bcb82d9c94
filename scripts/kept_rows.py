"""The quick start's rows that documents and pictures show, in docs/quickstart.json: without raw samples, but with what
those show: which files are on a target's front, which neighbours in rank stand, and one file against another."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from benchmark.rows import from_json, read_results, to_json
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_json
from pocketseg.core.outside import read_json
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.pareto import groups, notes
from scripts.claims import against

PATH = ROOT / "docs" / "quickstart.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Rows of one run with what their records showed.

    notes: sentences on ranks. fronts: for each target the places in `rows` of the files on its front, the cheapest
    first; cheap is fast, or small where nothing was timed. against: each file against each other one of its target,
    by their places, `ROW/BASE`, as claims.against gives it.
    """

    rows: list[BenchmarkRow]
    notes: list[str]
    fronts: dict[str, list[int]]
    against: dict[str, dict[str, Any]]

    def front(self, target: str) -> list[BenchmarkRow]:
        """Return the files on a target's front, the cheapest first."""
        return [self.rows[place] for place in self.fronts.get(target, [])]

    def one(self, model: str, target: str, precision: str) -> BenchmarkRow | None:
        """Return the row of a file that ran; None where there is none."""
        names = (model, target, precision)
        return next((r for r in self.rows if r.status == "ok" and (r.model, r.target, r.precision) == names), None)

    def claim(self, row: BenchmarkRow, base: BenchmarkRow, axis: str) -> dict[str, Any] | None:
        """Return what is shown of a file against another of its target in `miou` or `times_faster`."""
        places = [next(at for at, each in enumerate(self.rows) if each is one) for one in (row, base)]
        found = self.against.get(f"{places[0]}/{places[1]}", {}).get(axis)
        return dict(found) if found else None


def of_run(run: Path) -> Kept:
    """Return what documents show of a run's rows. Raises DataError where the run has no rows, or not of one device."""
    results = run / "results.json"
    if not results.is_file():
        raise DataError(f"{results} does not exist", hint="run `make quickstart` first")
    rows = read_results(results)
    found = groups(rows)
    if len({group.target for group in found}) < len(found):
        raise DataError(f"{results} has rows of several devices or photos", hint="take a run of one quick start")
    places = {id(row): place for place, row in enumerate(rows)}
    fronts = {group.target: [places[id(row)] for row in group.front] for group in found}
    plain = [dataclasses.replace(row, latencies_ms=(), artifact=_file(row.artifact), document=None) for row in rows]
    return Kept(rows=plain, notes=notes(found), fronts=fronts, against=_against(rows))


def _against(rows: list[BenchmarkRow]) -> dict[str, dict[str, Any]]:
    """Compare each two files of a target, at 95 % over all pairs of it."""
    found = {}
    for at, row in enumerate(rows):
        files = [(place, other) for place, other in enumerate(rows) if other.target == row.target and other.document]
        pairs = len(files) * (len(files) - 1) // 2
        for place, base in files if row.document else ():
            if base is not row:
                found[f"{at}/{place}"] = against(row, base, pairs)
    return found


def keep(kept: Kept, path: Path = PATH) -> Path:
    """Write the rows for documents, atomically."""
    rows = [to_json(row) for row in kept.rows]
    return write_json(path, {"notes": kept.notes, "fronts": kept.fronts, "rows": rows, "against": kept.against})


def kept(path: Path = PATH) -> Kept:
    """Read the rows that documents show."""
    content = read_json(path)
    rows = [from_json(row, f"{path.name}, row {place}") for place, row in enumerate(content["rows"])]
    return Kept(rows=rows, notes=content["notes"], fronts=content["fronts"], against=content["against"])


def _file(artifact: str) -> str:
    return "/".join(PurePosixPath(artifact).parts[-2:])
