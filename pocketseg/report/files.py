"""The rows as files: results.csv for spreadsheets, results.json with every field, raw latencies included."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from benchmark.rows import COLUMNS, columns, to_json
from pocketseg.core.files import write_json, write_text
from pocketseg.core.types import BenchmarkRow


def write_csv(path: Path, rows: Sequence[BenchmarkRow]) -> Path:
    """Write the columns of `benchmark.rows`, atomically; what was not measured is an empty cell."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(columns(row) for row in rows)
    return write_text(path, text.getvalue())


def write_results_json(path: Path, rows: Sequence[BenchmarkRow]) -> Path:
    """Write `{"rows": [...]}`, atomically, with every field of every row."""
    return write_json(path, {"rows": [to_json(row) for row in rows]})
