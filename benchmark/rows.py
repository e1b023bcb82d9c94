"""Rows on disk: one JSON line a row, appended and synced; the columns of every table made from them."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError
from pocketseg.core.files import disk_faults, make_folder
from pocketseg.core.types import BenchmarkRow

COLUMNS = (
    "model", "recipe", "target", "precision", "runtime", "status", "reason", "split", "threads", "size_bytes", "miou",
    "argmax_agreement", "p50_ms", "p90_ms", "load_ms", "peak_rss_bytes", "test_miou", "test_photos",
)  # fmt: skip
_FIELDS = {f.name for f in dataclasses.fields(BenchmarkRow)}


def to_json(row: BenchmarkRow) -> dict[str, Any]:
    """Give every field of a row as JSON values."""
    return {**dataclasses.asdict(row), "latencies_ms": list(row.latencies_ms)}


def from_json(content: dict[str, Any]) -> BenchmarkRow:
    """Read what to_json gave; raise DataError for anything else."""
    try:
        unknown = sorted(set(content) - _FIELDS)
        if unknown:
            raise ValueError(f"unknown entries {', '.join(unknown)}")
        return BenchmarkRow(**{**content, "latencies_ms": tuple(float(v) for v in content["latencies_ms"])})
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"that is no benchmark row ({error})", hint="measure again with this version") from error


def columns(row: BenchmarkRow) -> dict[str, Any]:
    """Give the row's columns, in order, as results.csv and --json show them."""
    found = {name: getattr(row, name) for name in COLUMNS}
    return found if row.test_photos else {**found, "test_photos": None}


def append_row(path: Path, row: BenchmarkRow) -> None:
    """Append one row as a line and sync it."""
    append_line(path, to_json(row))


def as_line(content: dict[str, Any]) -> str:
    """Give content as one line of a JSON Lines file, its end included. Raises ValueError for NaN and infinities."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"


def append_line(path: Path, content: dict[str, Any]) -> None:
    """Append one line and sync it; a line that a killed process left torn stays a line of its own."""
    make_folder(path.parent)
    line = as_line(content)
    with disk_faults(path), path.open("ab+") as stream:
        if stream.tell() > 0:
            stream.seek(-1, os.SEEK_END)
            if stream.read(1) != b"\n":
                line = "\n" + line
        stream.write(line.encode())
        stream.flush()
        os.fsync(stream.fileno())


def read_rows(path: Path) -> list[BenchmarkRow]:
    """Read the whole rows of a file, none where it does not exist; torn lines are left out."""
    return [from_json(content) for content in read_lines(path)]


def read_results(path: Path) -> list[BenchmarkRow]:
    """Read a results.json, `{"rows": [...]}`. Raises DataError where it is none."""
    try:
        return [from_json(content) for content in json.loads(path.read_text(encoding="utf-8"))["rows"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is no results file ({error})", hint="measure again") from error


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read the whole lines of a file, none where it does not exist; blank and torn ones are left out."""
    found = []
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    for line in lines:
        try:
            content = json.loads(line)
        except ValueError:  # blank, or torn by a kill or a full disk
            continue
        if isinstance(content, dict):
            found.append(content)
    return found
