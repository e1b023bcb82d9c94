"""A sweep's folder: rows are appended to rows.jsonl and synced, their records to records.jsonl; the rest are views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmark.kept import FinalScore
from benchmark.records import ROWS as ROWS
from benchmark.records import Documents
from benchmark.rows import append_line, as_line, from_json, read_lines, to_json, with_times_of
from pocketseg.core.alone import alone_in
from pocketseg.core.errors import DataError, RecordError
from pocketseg.core.files import write_text
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import is_timed
from pocketseg.report.files import write_csv
from pocketseg.report.pareto import groups
from pocketseg.sweep.plan import Cell

_TOGETHER, _TESTED = "together", "tested"


class Results:
    """The rows of a sweep's cells, by key: one a cell, the first that was written.

    Their scores are on validation photos.

    A line may also hold latencies of files that were timed side by side after they had their rows, or scores on test
    photos of files that were on a front. test_photos: the hash of the test photos whose scores the rows show; empty for
    none. earlier: lines of a version that scored every file on test photos; no row is made from them.
    """

    def __init__(self, folder: Path, test_photos: str = "") -> None:
        self.folder, self.test_photos = folder, test_photos
        self.earlier: list[dict[str, Any]] = []
        self._rows: dict[str, BenchmarkRow] = {}
        self._together: list[dict[str, Any]] = []  # such lines, the newest last
        self._tests: list[dict[str, Any]] = []
        self._tested: dict[tuple[str, str], FinalScore] = {}  # by cell key and hash of the photos: the first is kept
        self._documents = Documents(folder)
        for content in read_lines(folder / ROWS):
            try:
                self._take_up(content)
            except RecordError:
                raise
            except (KeyError, AttributeError, TypeError, DataError):
                continue  # of another version: the cell is done again

    def _take_up(self, content: dict[str, Any]) -> None:
        if _TOGETHER in content:
            self._take_times({key: self._documents.of(from_json(row)) for key, row in content[_TOGETHER].items()})
            self._together.append(content)
        elif _TESTED in content:
            self._take_tests(
                {key: FinalScore(**said) for key, said in content[_TESTED].items()}, str(content["photos"])
            )
            self._tests.append(content)
        elif (row := from_json(content["row"])).split == "test":
            self.earlier.append(content)
        else:
            self._rows.setdefault(str(content["cell"]), self._documents.of(row))

    def __contains__(self, cell: Cell) -> bool:
        return cell.key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, cell: Cell, row: BenchmarkRow) -> None:
        """Append a cell's row, its record first; a cell that has a row keeps it."""
        if cell.key in self._rows:
            return
        self._documents.add([row])
        append_line(self.folder / ROWS, _content(cell.key, row))
        self._rows[cell.key] = row

    def time_together(self, timed: Mapping[str, BenchmarkRow]) -> None:
        """Append latencies of files timed side by side, by cell key; they replace those in their rows."""
        content = {_TOGETHER: {key: to_json(row) for key, row in timed.items()}}
        self._documents.add(timed.values())
        append_line(self.folder / ROWS, content)
        self._together.append(content)
        self._take_times(timed)

    def _take_times(self, timed: Mapping[str, BenchmarkRow]) -> None:
        for key, row in timed.items():
            if key in self._rows:
                self._rows[key] = with_times_of(self._rows[key], row)

    def add_tests(self, found: Mapping[str, FinalScore]) -> None:
        """Append scores on the test photos, by cell key; a file's first score is kept."""
        content = {_TESTED: {key: asdict(tested) for key, tested in found.items()}, "photos": self.test_photos}
        append_line(self.folder / ROWS, content)
        self._tests.append(content)
        self._take_tests(found, self.test_photos)

    def _take_tests(self, found: Mapping[str, FinalScore], photos: str) -> None:
        for key, tested in found.items():
            self._tested.setdefault((key, photos), tested)

    def untested(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return the cells whose files are on a front of validation scores and have no score on the test photos."""
        if not self.test_photos:
            return []
        pairs = [(cell, self._rows[cell.key]) for cell in cells if cell in self]
        best = {id(row) for group in groups([row for _, row in pairs]) for row in group.front}
        return [cell for cell, row in pairs if id(row) in best and (cell.key, self.test_photos) not in self._tested]

    def tested(self, cells: Sequence[Cell]) -> list[BenchmarkRow]:
        """Return the rows of the cells whose files are scored on the test photos."""
        return [row for row in self.rows(cells) if row.tested_at]

    def apart(self, cells: Sequence[Cell]) -> list[list[Cell]]:
        """Return, by target, the timed cells whose latencies were measured in different runs and never together."""
        groups: dict[str, list[Cell]] = {}
        for cell in cells:
            if cell in self and is_timed(self._rows[cell.key]):
                groups.setdefault(cell.target, []).append(cell)
        return [group for group in groups.values() if self._are_apart(group)]

    def _are_apart(self, group: Sequence[Cell]) -> bool:
        runs = {_run(self._rows[c.key]) for c in group}
        keys = {c.key for c in group}
        return len(runs) > 1 and not any(keys <= content[_TOGETHER].keys() for content in self._together)

    def forget_failed(self, cells: Sequence[Cell]) -> int:
        """Drop the failed rows of cells, so that they are tried again; rows.jsonl is rewritten as a whole."""
        failed = [c.key for c in cells if c in self and self._rows[c.key].status == "failed"]
        for key in failed:
            del self._rows[key]
        if failed:
            kept = (_content(k, r) for k, r in self._rows.items())
            lines = [*self.earlier, *kept, *self._together, *self._tests]
            write_text(self.folder / ROWS, "".join(map(as_line, lines)))
        return len(failed)

    def rows(self, cells: Sequence[Cell]) -> list[BenchmarkRow]:
        """Return the rows of these cells, in their order, with their scores
        on test photos; cells without one are left out.
        """
        return [self._shown(cell) for cell in cells if cell in self]

    def _shown(self, cell: Cell) -> BenchmarkRow:
        row = replace(self._rows[cell.key], model=cell.name)
        found = self._tested.get((cell.key, self.test_photos))
        if found is None:
            return row
        return replace(row, test_miou=found.miou, test_iou=found.iou, test_photos=found.photos, tested_at=found.at)

    def write_view(self, cells: Sequence[Cell]) -> Path:
        """Rewrite results.csv as a whole."""
        return write_csv(self.folder / "results.csv", self.rows(cells))

    def counts(self, cells: Sequence[Cell]) -> Mapping[str, int]:
        """Return the number of rows of each status."""
        found: dict[str, int] = {}
        for row in self.rows(cells):
            found[row.status] = found.get(row.status, 0) + 1
        return found


def _run(row: BenchmarkRow) -> str:
    """Return what is the same for files measured in one run: its id, or for rows without a record their moment.

    A run of more files than fit into memory times them group by group; another one would do the same.
    """
    return row.record.partition("/")[0] or str(row.device.get("timed_at", ""))


def _content(key: str, row: BenchmarkRow) -> dict[str, Any]:
    return {"cell": key, "row": to_json(row)}


def alone(folder: Path) -> AbstractContextManager[None]:
    """Allow only one sweep at a time in a folder. Raises UsageError on entering where another is running."""
    return alone_in(folder, who="another sweep", hint="wait for it, or give another --out")
