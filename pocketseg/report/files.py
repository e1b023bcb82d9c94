"""The rows as files: results.csv for spreadsheets, results.json with every field, records.jsonl with their records."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.rows import COLUMNS, columns, to_json
from pocketseg.core.files import write_json, write_text
from pocketseg.core.types import BenchmarkRow


def write_csv(path: Path, rows: Sequence[BenchmarkRow]) -> Path:
    """Write the columns of `benchmark.rows`, atomically. Missing values are empty cells, and a list is one text."""
    lines = ({**columns(row), "verdict_reasons": "; ".join(row.verdict_reasons)} for row in rows)
    return write_table(path, COLUMNS, lines)


def write_table(path: Path, names: Sequence[str], lines: Iterable[Mapping[str, Any]]) -> Path:
    """Write a CSV file with these columns, atomically. Spreadsheets compute none of its texts as formulas."""
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _as_text(value) for name, value in line.items()} for line in lines)
    return write_text(path, text.getvalue())


def _as_text(value: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would compute as a formula: texts may come from phones."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def write_results_json(path: Path, rows: Sequence[BenchmarkRow]) -> Path:
    """Write `{"rows": [...]}`, atomically, with every field of every row."""
    return write_json(path, {"rows": [to_json(row) for row in rows]})
