"""The table's rows for records from pages, read again only if its file has changed."""

from __future__ import annotations

import threading
from pathlib import Path

from benchmark.records import ROWS
from benchmark.rows import read_rows
from pocketseg.core.types import BenchmarkRow

_Stamp = tuple[int, int, int]  # of a file: what changes where it is written anew


class Table:
    """Rows by the seal of their record; safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._reading = folder, threading.Lock()
        self._stamp: _Stamp | None = None
        self._by_seal: dict[str, BenchmarkRow] = {}

    def row(self, seal: str) -> BenchmarkRow | None:
        """Return the row of the record to which a page gave this seal; None if the table has none. Raises DataError."""
        with self._reading:
            stamp = self._now()
            if stamp is None or stamp != self._stamp:
                self._by_seal = by_seal(read_rows(self._folder / ROWS) if self._folder.is_dir() else [])
                self._stamp = stamp
            return self._by_seal.get(seal)

    def _now(self) -> _Stamp | None:
        try:
            said = (self._folder / ROWS).stat()
        except OSError:  # whoever reads it says what is wrong
            return None
        return said.st_ino, said.st_size, said.st_mtime_ns


def by_seal(rows: list[BenchmarkRow]) -> dict[str, BenchmarkRow]:
    """Return imported rows by the seals that the devices put on their records."""
    found: dict[str, BenchmarkRow] = {}
    for row in rows:
        imported = None if row.document is None else row.document.get("imported")
        if imported and isinstance(imported.get("seal"), str):
            found.setdefault(imported["seal"], row)
    return found
