"""Views of the rows: a table on the terminal, results.csv, results.json, records.jsonl, one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmark.records import write_documents
from pocketseg.core.record import RECORDS
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.files import write_csv, write_results_json
from pocketseg.report.gallery import GalleryPhoto
from pocketseg.report.html import write_html


def write_all(
    rows: Sequence[BenchmarkRow],
    folder: Path,
    *,
    gallery: Sequence[GalleryPhoto] = (),
    notes: Sequence[str] = (),
    fp32_miou: Mapping[str, float] | None = None,
) -> dict[str, Path]:
    """Write results.csv, results.json and report.html into `folder`, each atomically; return their paths by name.

    The records of rows that have one go into records.jsonl.

    Args:
        notes: sentences for the head of the page.
        fp32_miou: as in `table.render`.
    """
    records = write_documents(folder, rows)
    return {
        "results.csv": write_csv(folder / "results.csv", rows),
        "results.json": write_results_json(folder / "results.json", rows),
        "report.html": write_html(folder / "report.html", rows, gallery=gallery, notes=notes, fp32_miou=fp32_miou),
        **({} if records is None else {RECORDS: records}),
    }
