"""Measured rows with whole records, for the tests of comparisons. No number here is a result."""

from __future__ import annotations

from typing import Any

from _records import document

from benchmark.rows import row_of
from pocketseg.core.types import BenchmarkRow


def measured(
    recipe: str = "fp32", *, p50_ms: float = 4.0, wrong: float = 0.1, place: int = 0, size_bytes: int = 2_000_000,
    artifact: dict[str, Any] | None = None, **changes: Any,
) -> BenchmarkRow:  # fmt: skip
    """Return the row of a record; its scatter depends on its index in the run."""
    facts = {"recipe": recipe, "precision": recipe, "size_bytes": size_bytes, "sha256": f"{place:064x}"}
    facts |= artifact or {}
    made = document(p50_ms=p50_ms, wrong=wrong, place=place, seed=place, photos=24, artifact=facts, **changes)
    return row_of(made, f"out/{recipe}.tflite")


def three() -> list[BenchmarkRow]:
    """Return a whole network's file, a faster one that is not shown worse, and one not shown to differ."""
    return [
        measured("fp32", p50_ms=8.0, wrong=0.100, place=0, size_bytes=5_000_000),
        measured("w8a8", p50_ms=4.0, wrong=0.101, place=1),
        measured("w8", p50_ms=8.02, wrong=0.102, place=2),
    ]


INVALID = {"verdict": "INVALID", "verdict_reasons": ["other processes kept 1.20 cores busy"]}
UNSTABLE = {"verdict": "UNSTABLE", "verdict_reasons": ["p50 is known to within 4.1% (3% is asked)"]}
BROKEN = {"golden": {"status": "failed", "reason": "3 values are off", "max_abs_error": 1.0}}
BEFORE = {"document": None, "record": "", "verdict": "", "verdict_reasons": (), "kind": ""}
