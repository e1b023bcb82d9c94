"""Rows on disk: one JSON line a row, appended and synced; the columns of every table made from them."""

from __future__ import annotations

import dataclasses
import json
import math
import os
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError
from pocketseg.core.files import disk_faults, make_folder
from pocketseg.core.outside import MOST_BYTES, parse_json, read_json, read_within
from pocketseg.core.types import BenchmarkRow, Recipe

COLUMNS = (
    "model", "recipe", "target", "precision", "runtime", "status", "reason", "split", "threads", "size_bytes", "miou",
    "argmax_agreement", "p50_ms", "p90_ms", "load_ms", "peak_rss_bytes", "test_miou", "test_photos",
)  # fmt: skip
STATUSES = ("ok", "refused", "failed")
_KINDS = {f.name: str(f.type) for f in dataclasses.fields(BenchmarkRow)}
_MOST_LATENCIES = 1_000_000  # of one row


def to_json(row: BenchmarkRow) -> dict[str, Any]:
    """Give every field of a row as JSON values."""
    return {**dataclasses.asdict(row), "latencies_ms": list(row.latencies_ms)}


def from_json(content: dict[str, Any]) -> BenchmarkRow:
    """Read what to_json gave; raise DataError for anything else."""
    try:
        unknown = sorted(set(content) - set(_KINDS))
        if unknown:
            raise ValueError(f"unknown entries {', '.join(unknown)[:200]}")
        for name, value in content.items():
            _check(name, value)
        return BenchmarkRow(**{**content, "latencies_ms": tuple(float(v) for v in content["latencies_ms"])})
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"that is no benchmark row ({error})", hint="measure again with this version") from error


def _check(name: str, value: Any) -> None:
    """Refuse what the field cannot hold. Raises TypeError, ValueError."""
    kind = _KINDS[name]
    if value is None and "None" in kind:
        return
    if kind == "str":
        good = isinstance(value, str)
    elif kind.startswith("dict"):
        good = isinstance(value, dict) and (name != "iou" or all(v is None or _is_number(v) for v in value.values()))
    elif kind.startswith("tuple"):
        good = isinstance(value, list) and len(value) <= _MOST_LATENCIES and all(map(_is_number, value))
    else:
        good = _is_number(value) and (kind.startswith("float") or isinstance(value, int))
    if not good:
        raise TypeError(f"{name} is {str(value)[:40]!r}")
    if name == "status" and value not in STATUSES:
        raise ValueError(f"status is {value[:40]!r}, not one of {', '.join(STATUSES)}")


def _is_number(value: object) -> bool:
    """Tell a finite count or measure, which none of a row's fields has below 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def row_without_file(
    name: str, recipe: Recipe, target: str, runtime: str, *, status: str, reason: str, threads: int, split: str
) -> BenchmarkRow:
    """Return the row of a file that could not be made, `refused` or `failed`, with the reason."""
    return BenchmarkRow(
        model=name,
        recipe=str(recipe),
        target=target,
        precision=recipe.precision,
        runtime=runtime,
        status=status,
        reason=reason,
        split=split,
        threads=threads,
    )


def with_times_of(row: BenchmarkRow, timed: BenchmarkRow) -> BenchmarkRow:
    """Give a row the latencies, load time, memory and device of another measurement of the same file."""
    taken = ("latencies_ms", "p50_ms", "p90_ms", "load_ms", "peak_rss_bytes", "device")
    return dataclasses.replace(row, **{name: getattr(timed, name) for name in taken})


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
        return [from_json(content) for content in read_json(path)["rows"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is no results file ({error})", hint="measure again") from error


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read the whole lines of a file, none where it does not exist; blank and torn ones are left out.

    Raises DataError for what is no such file, or is too large for one.
    """
    found = []
    try:
        lines = read_within(path, MOST_BYTES).split(b"\n")
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error})", hint="give another folder") from error
    for line in lines:
        try:
            content = parse_json(line)
        except ValueError:  # blank, or torn by a kill or a full disk
            continue
        if isinstance(content, dict):
            found.append(content)
    return found
