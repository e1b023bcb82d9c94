"""What a phone must compute before a network whose inputs are signals: the networks that find them, as timed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError
from pocketseg.core.outside import read_json

FILE = "networks.json"  # beside the records: what `pocketseg benchmark --latency-only` wrote as latency-only.json
_MOST_BYTES = 16 << 20
_NUMBERS = ("size_bytes", "multiply_adds", "p50_ms", "p50_low_ms", "p50_high_ms")
_HEAD = """\
## What an input costs a phone first

Signals are not in a photo: where a network takes them as inputs, two others run before it, one that finds the person
and one that places joints and silhouette.
"""
_NOT_YET = """\
They were not timed yet: `pocketseg benchmark --latency-only FILE.tflite` does that.
"""


def read(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the networks that were timed; nothing where none was. Raises DataError for a damaged file."""
    path = folder / FILE
    if not path.exists():
        return []
    try:
        rows: list[dict[str, Any]] = read_json(path, _MOST_BYTES)["rows"]
        for row in rows:
            lacking = [name for name in _NUMBERS if not isinstance(row[name], int | float)]
            if lacking or row["kind"] != "latency only":
                raise ValueError(f"{row['file']} lacks {', '.join(lacking) or 'its kind'}")
            if not (isinstance(row["device"], dict) and isinstance(row["threads"], int) and row["verdict"]):
                raise ValueError(f"{row['file']} lacks its device, its threads or its verdict")
        return [{name: row[name] for name in ("file", "threads", "verdict", "device", *_NUMBERS)} for row in rows]
    except (OSError, ValueError, TypeError, KeyError) as error:
        hint = "time the networks again: pocketseg benchmark --latency-only"
        raise DataError(f"{path} does not hold timed networks ({error})", hint=hint, path=path) from error


def section(rows: list[Mapping[str, Any]]) -> str:
    """Return the section: size, multiply-adds and time of each network, and of all together."""
    if not rows:
        return f"{_HEAD}\n{_NOT_YET}"
    lines = [
        _HEAD,
        "| network | MB | million multiply-adds | p50 ms | 95 % interval | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['file']} | {row['size_bytes'] / 1e6:.2f} | {row['multiply_adds'] / 1e6:.1f} | {row['p50_ms']:.2f} "
            f"| {row['p50_low_ms']:.2f} to {row['p50_high_ms']:.2f} | {row['verdict']} |"
        )
    size, adds, time = (sum(row[name] for row in rows) for name in ("size_bytes", "multiply_adds", "p50_ms"))
    lines.append(f"| together | {size / 1e6:.2f} | {adds / 1e6:.1f} | {time:.2f} | | |")
    cpu, threads = rows[0]["device"].get("cpu", "an unknown processor"), rows[0]["threads"]
    lines += [
        "",
        f"By LiteRT on {threads} thread{'' if threads == 1 else 's'} of {cpu}, on random values. Verdicts: "
        "[method](method.md). What the network itself takes is in [the results](results.md).",
        "",
    ]
    return "\n".join(lines)
