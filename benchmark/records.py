"""Rows and their records: records.jsonl in a folder of rows contains the documents, and rows find theirs by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pocketseg.core.errors import RecordError
from pocketseg.core.files import disk_faults
from pocketseg.core.record import RECORDS, append_record, kept_ids, read_records, record_id, write_records
from pocketseg.core.types import BenchmarkRow

ROWS = "rows.jsonl"


class Documents:
    """The records of a folder: read once, and appended to. Raises RecordError if one is damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._by_id = {record_id(document): document for document in read_records(folder / RECORDS)}

    def of(self, row: BenchmarkRow) -> BenchmarkRow:
        """Return a row with its record if the folder has it. Raises RecordError if the two disagree."""
        document = self._by_id.get(row.record)
        if document is None:
            return row
        self._check(row, document)
        return replace(row, document=document)

    def _check(self, row: BenchmarkRow, document: Mapping[str, Any]) -> None:
        """Refuse a row whose file, statistics or verdict differ from its record; a name may be new."""
        statistics = document["statistics"] or {}
        recorded = {
            "artifact_sha256": document["artifact"]["sha256"],
            "p50_ms": statistics.get("p50_ms"),
            "miou": statistics.get("miou"),
            "verdict": document["verdict"] or "",
        }
        for name, value in recorded.items():
            if (own := getattr(row, name)) != value:
                path = self.folder / RECORDS
                raise RecordError(
                    f"the row of {row.model} {row.target} {row.recipe} says {name} {own}, but its record {row.record} "
                    f"in {path} says {value}",
                    hint="use another copy of the folder, or measure again",
                    path=path,
                )

    def add(self, rows: Iterable[BenchmarkRow]) -> None:
        """Append the rows' records, each once, and sync them."""
        for row in rows:
            if row.document is not None and row.record not in self._by_id:
                append_record(self.folder / RECORDS, row.document)
                self._by_id[row.record] = row.document


def with_documents(rows: Sequence[BenchmarkRow], folder: Path) -> list[BenchmarkRow]:
    """Return rows with their records from a folder; a row whose record is not there is returned without.

    Raises RecordError if a record is damaged or belongs to another row.
    """
    if not any(row.record for row in rows):
        return list(rows)
    return list(map(Documents(folder).of, rows))


def write_documents(folder: Path, rows: Sequence[BenchmarkRow]) -> Path | None:
    """Write the rows' records into the folder's records.jsonl and return its path; None if no row has a record.

    If the folder has a rows.jsonl, whose rows have records too, they are appended; else the file contains only these.
    """
    path = folder / RECORDS
    new = {row.record: row.document for row in rows if row.document is not None}
    if (folder / ROWS).exists():
        there = kept_ids(path)
        for name, document in new.items():
            if name not in there:
                append_record(path, document)
    elif new:
        write_records(path, new.values())
    else:
        with disk_faults(path):
            path.unlink(missing_ok=True)
    return path if new else None
