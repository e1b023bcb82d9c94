"""Rows: one JSON line per row, appended and synced; the columns of every table; the row of a record."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from pathlib import Path
from typing import Any

from benchmark.merged import merged
from benchmark.records import with_documents
from benchmark.where import known_of, where
from pocketseg.core.errors import DataError
from pocketseg.core.files import disk_faults, make_folder
from pocketseg.core.outside import MOST_BYTES, parse_json, read_json, read_within
from pocketseg.core.record import RECORDS, append_record, read_record, record_id, sealed
from pocketseg.core.types import BenchmarkRow, Recipe

COLUMNS = (
    "model", "recipe", "target", "precision", "runtime", "status", "reason", "split", "threads", "size_bytes", "miou",
    "argmax_agreement", "p50_ms", "p90_ms", "load_ms", "peak_rss_bytes", "test_miou", "test_photos", "verdict",
    "verdict_reasons", "p50_low_ms", "p50_high_ms", "miou_low", "miou_high", "p50_all_ms", "undisturbed_share",
    "end_to_end_ms", "p99_ms", "where", "photos", "record",
)  # fmt: skip
STATUSES = ("ok", "refused", "failed")
_KINDS = {f.name: str(f.type) for f in dataclasses.fields(BenchmarkRow) if f.name != "document"}
_WORDS = {  # what a text may be
    "status": STATUSES,
    "verdict": ("", "VALID", "UNSTABLE", "INVALID"),
    "kind": ("", "host", "reference", "emulated", "android", "ios", "browser"),
}
_RECORD_ID = re.compile(r"([0-9a-f]{32}/[0-9]{1,7})?")
_FLAT = (  # of a record's statistics
    "p50_ms", "p50_low_ms", "p50_high_ms", "p50_all_ms", "p90_ms", "p99_ms", "end_to_end_ms", "miou", "miou_low",
    "miou_high",
)  # fmt: skip
_MOST_LATENCIES = 1_000_000  # of one row
_MOST_REASONS = 100
_LARGEST = 1e300


def to_json(row: BenchmarkRow) -> dict[str, Any]:
    """Return every field of a row, except its record, as JSON values."""
    found = {name: getattr(row, name) for name in _KINDS}
    return {k: list(v) if isinstance(v, tuple) else dict(v) if isinstance(v, dict) else v for k, v in found.items()}


def from_json(content: dict[str, Any], where: str = "a row") -> BenchmarkRow:
    """Return the row that to_json described, in this version or one from before there were records. Raises DataError.

    where: named in the error: a file, and the row's number in it.
    """
    try:
        unknown = sorted(set(content) - set(_KINDS))
        if unknown:
            raise ValueError(f"unknown entries {', '.join(unknown)[:200]}")
        for name, value in content.items():
            _check(name, value)
        times = tuple(float(v) for v in content["latencies_ms"])
        return BenchmarkRow(
            **{**content, "latencies_ms": times, "verdict_reasons": tuple(content.get("verdict_reasons", ()))}
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{where} is not a benchmark row ({error})", hint="measure again with this version") from error


def _check(name: str, value: Any) -> None:
    """Refuse a value that the field cannot hold. Raises TypeError, ValueError."""
    kind = _KINDS[name]
    if value is None and "None" in kind:
        return
    if kind == "str":
        good = isinstance(value, str)
    elif kind.startswith("dict"):
        good = isinstance(value, dict) and (name != "iou" or all(v is None or _is_number(v) for v in value.values()))
    elif kind == "tuple[str, ...]":
        good = isinstance(value, list) and len(value) <= _MOST_REASONS and all(isinstance(v, str) for v in value)
    elif kind.startswith("tuple"):
        good = isinstance(value, list) and len(value) <= _MOST_LATENCIES and all(map(_is_number, value))
    else:
        good = _is_number(value) and (kind.startswith("float") or isinstance(value, int))
    if not good:
        raise TypeError(f"{name} is {str(value)[:40]!r}")
    if name in _WORDS and value not in _WORDS[name]:
        raise ValueError(f"{name} is {value[:40]!r}, not one of {', '.join(filter(None, _WORDS[name]))}")
    if name == "record" and not _RECORD_ID.fullmatch(value):
        raise ValueError(f"record is {value[:40]!r}, which is not an id")


def _is_number(value: object) -> bool:
    """Return whether a value is a finite number, 0 or above, as all of a row's numbers are."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LARGEST


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


def row_of(document: dict[str, Any], path: str = "") -> BenchmarkRow:
    """Return the flat row of a record. path: of the file; by default its name only.

    The row's `device` has the record's device, accelerator, state before the run, and run, under the names of rows from
    before there were records. Its timed_at is equal for files that took turns with one another; its runs_a_turn is
    present only if all turns have the same number of runs.
    """
    artifact, runtime = document["artifact"], document["runtime"]
    quality, statistics, load, memory = (
        dict[str, Any](document[name] or {}) for name in ("quality", "statistics", "load", "memory")
    )
    status, turns = document["status"], statistics.get("turns")
    threads = runtime["threads_asked"] if status != "ok" else runtime["threads"]
    undisturbed = statistics.get("undisturbed_turns")
    same = {name: artifact[name] for name in ("model", "recipe", "target", "precision", "size_bytes", "output")}
    same |= {name: statistics.get(name) for name in _FLAT}
    same |= {name: quality.get(name, "") for name in ("split", "data", "data_hash")}
    return BenchmarkRow(
        **same,
        runtime=runtime["name"],
        status=status,
        reason=document["reason"],
        threads=threads,
        argmax_agreement=quality.get("argmax_agreement"),
        load_ms=load.get("cold_ms"),
        peak_rss_bytes=memory.get("peak_bytes"),
        iou=statistics.get("iou") or {},
        photos=len(quality.get("photos", ())),
        latencies_ms=tuple(float(ms) for turn in document["turns"] for ms in turn["execute_ms"]),
        device=_device(document),
        runtime_version=" ".join(filter(None, (runtime["tool"], runtime["version"]))) if runtime["version"] else "",
        artifact_sha256=artifact["sha256"],
        artifact=path or artifact["file"],
        verdict=document["verdict"] or "",
        verdict_reasons=tuple(document["verdict_reasons"]),
        undisturbed_share=None if undisturbed is None or not turns else undisturbed / turns,
        kind=document["kind"],
        record=record_id(document),
        document=document,
    )


def _device(document: dict[str, Any]) -> dict[str, Any]:
    """Return the facts for a row's `device`. Unknown ones are left out, except an empty governor."""
    facts, start = document["device"], document["state"]["start"] or {}
    found = {name: facts[name] for name in ("cpu", "machine", "cores", "memory_bytes", "os", "python")}
    found |= {"governor": start.get("governor") or "", "busy_cores": start.get("busy_cores")}
    found |= {"matrix_tiles": facts["matrix_tiles"], **known_of(document)}
    if document["turns"]:
        run, sizes = document["run"], {len(turn["execute_ms"]) for turn in document["turns"]}
        group = f" group {run['group']}" if run.get("group") else ""
        found |= {"first_run_ms": (document["load"] or {}).get("first_inference_ms")}
        found |= {"timed_at": f"{run['started_at']}{group}", "runs_a_turn": sizes.pop() if len(sizes) == 1 else None}
    return {name: value for name, value in found.items() if value is not None}


def with_times_of(row: BenchmarkRow, timed: BenchmarkRow) -> BenchmarkRow:
    """Return a row with the latencies, memory, device and verdict of another measurement of the same file.

    It keeps its own scores. Its record is made from both rows' records, with a new id (merged.py); if one of them is
    missing, it has none.
    """
    taken = (
        "latencies_ms", "p50_ms", "p50_low_ms", "p50_high_ms", "p50_all_ms", "p90_ms", "p99_ms", "end_to_end_ms",
        "load_ms", "peak_rss_bytes", "device", "verdict", "verdict_reasons", "undisturbed_share", "kind",
    )  # fmt: skip
    document = None
    if row.document is not None and timed.document is not None:
        document = read_record(sealed(merged(row.document, timed.document)))
    return dataclasses.replace(
        row,
        **{name: getattr(timed, name) for name in taken},
        record=record_id(document) if document else "",
        document=document,
    )


def columns(row: BenchmarkRow) -> dict[str, Any]:
    """Return the row's columns, in order, as --json shows them; results.csv joins lists by "; "."""
    place = where(row)
    made = {
        "verdict_reasons": list(row.verdict_reasons),
        "test_photos": row.test_photos or None,
        "photos": row.photos or None,
        "where": place.text if place else "",
    }
    return {name: made[name] if name in made else getattr(row, name) for name in COLUMNS}


def append_row(path: Path, row: BenchmarkRow) -> None:
    """Append one row as a line and sync it, its record first to the records.jsonl beside it."""
    if row.document is not None:
        append_record(path.with_name(RECORDS), row.document)
    append_line(path, to_json(row))


def to_message(row: BenchmarkRow) -> dict[str, Any]:
    """Return a row with its record as JSON values, for another process."""
    return {**to_json(row), "document": row.document}


def from_message(content: dict[str, Any]) -> BenchmarkRow:
    """Return the row that to_message described. Raises DataError."""
    row = from_json({name: value for name, value in content.items() if name != "document"})
    return dataclasses.replace(row, document=content.get("document"))


def as_line(content: dict[str, Any]) -> str:
    """Return content as one line of a JSON Lines file, line end included. Raises ValueError for NaN and infinities."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n"


def append_line(path: Path, content: dict[str, Any]) -> None:
    """Append one line and sync it; an incomplete line left by a killed process stays a line of its own."""
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
    """Return the complete rows of a file, with the records beside it; none if the file does not exist.

    Incomplete lines are skipped. Raises DataError, or its kind RecordError.
    """
    rows = [from_json(content, f"row {n} of {path}") for n, content in enumerate(read_lines(path), 1)]
    return with_documents(rows, path.parent)


def read_results(path: Path) -> list[BenchmarkRow]:
    """Return the rows of a results.json, `{"rows": [...]}`, with the records beside it. Raises DataError."""
    try:
        rows = [from_json(content, f"row {n} of {path}") for n, content in enumerate(read_json(path)["rows"], 1)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is not a results file ({error})", hint="measure again") from error
    return with_documents(rows, path.parent)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the complete lines of a file; none if it does not exist. Blank and incomplete lines are skipped.

    Raises DataError if the file is not JSON Lines, or is too large.
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
