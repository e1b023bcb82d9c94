"""Rows of a file from several runs, and on other photos, for the tests of which of them count. No number is a
result.
"""

from __future__ import annotations

import json
from typing import Any

from _phones import row_again
from _ranks import measured

from benchmark.rows import row_of
from pocketseg.core.types import BenchmarkRow

FIRST, SECOND, THIRD = "a" * 32, "b" * 32, "c" * 32
LATER, LAST = "2026-02-02T03:04:05.678Z", "2026-03-02T03:04:05.678Z"


def again(row: BenchmarkRow, run: str, at: str = LATER, **changes: Any) -> BenchmarkRow:
    """Return a row of the same file, measured in another run that began at another time."""
    return row_again(row, run={"id": run, "started_at": at}, **changes)


def on_photos(row: BenchmarkRow, first: int, count: int, run: str = SECOND, at: str = LATER) -> BenchmarkRow:
    """Return a row of the same file that another run scored on `count` of its photos, from the `first`."""
    assert row.document is not None
    document = json.loads(json.dumps(row.document))
    document["quality"]["photos"] = document["quality"]["photos"][first : first + count]
    document["run"] |= {"id": run, "started_at": at}
    document["statistics"]["miou"] += 0.05  # other photos, another score
    return row_of(document, row.artifact)


def a_run(run: str = FIRST) -> list[BenchmarkRow]:
    return [measured("fp32", p50_ms=8.0, run=run), measured("w8a8", p50_ms=4.0, wrong=0.101, place=1, run=run)]
