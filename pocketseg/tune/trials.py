"""What a search found: one trial a recipe, which trials keep the budget, and their table as JSON Lines and CSV."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from benchmark.ranks import Outcome, compare_latency, compare_size
from benchmark.rows import as_line, to_json
from benchmark.samples import sample
from pocketseg.core.files import write_text
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.files import write_table

COLUMNS = (
    "number", "recipe", "status", "reason", "miou", "drop", "fits", "p50_ms", "size_bytes", "argmax_agreement",
    "artifact_sha256",
)  # fmt: skip
_FINALISTS = 5  # whose latencies are near enough to be taken again side by side


class Goal(Enum):
    """What a search minimises."""

    LATENCY = "latency"
    SIZE = "size"

    def cost(self, row: BenchmarkRow) -> float:
        """Return a row's cost: p50 in ms, or bytes."""
        return float((row.p50_ms if self is Goal.LATENCY else row.size_bytes) or 0.0)

    def text(self, row: BenchmarkRow) -> str:
        """Return a row's cost with its unit."""
        return f"{self.cost(row):.2f} ms" if self is Goal.LATENCY else f"{self.cost(row) / 1e6:.3f} MB"


def shown(row: BenchmarkRow, other: BenchmarkRow, goal: Goal, pairs: int) -> Outcome | None:
    """Return what is shown of a row's cost against another's; None where latencies have no records to show it by."""
    if goal is Goal.SIZE:
        return compare_size(row.size_bytes, other.size_bytes).outcome
    if row.document is None or other.document is None:
        return None
    return compare_latency(sample(row), sample(other), pairs=pairs).outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One recipe that was tried. number: from 1. status: ok, refused or failed, with the reason.

    row: of an ok one, on validation photos. drop: of mIoU (0 to 1) against the target's fp32 file, negative where the
    recipe is better.
    """

    number: int
    recipe: str
    status: str
    reason: str = ""
    row: BenchmarkRow | None = None
    drop: float | None = None

    def fits(self, max_drop: float) -> bool:
        """Return whether it keeps the budget."""
        return self.drop is not None and self.drop <= max_drop


def finalists(trials: Sequence[Trial], goal: Goal, max_drop: float) -> list[Trial]:
    """Return the trials among which the winner is, the cheapest first.

    For size that is one trial; for latency several, as noise may have changed their order. fp32 is not among them: it
    is what they must beat.
    """
    fit = [t for t in trials if t.row is not None and t.recipe != "fp32" and t.fits(max_drop)]
    fit.sort(key=lambda t: (goal.cost(_row(t)), t.drop, t.number))
    return fit[: _FINALISTS if goal is Goal.LATENCY else 1]


def misses(trials: Sequence[Trial], goal: Goal, max_drop: float) -> str:
    """Return a sentence: nothing but fp32 keeps the budget, and by how much the nearest misses it."""
    near = min(
        (t for t in trials if t.drop is not None and t.recipe != "fp32"), key=lambda t: t.drop or 0, default=None
    )
    if near is None or near.drop is None:
        return "No file but fp32 was measured, so there is nothing to choose."
    return (
        f"Nothing fits: of {len(trials)} trials only fp32 keeps the drop of mIoU to at most {max_drop:g}. "
        f"The nearest is {near.recipe} ({goal.text(_row(near))}), whose mIoU drops by {near.drop:.4f}, "
        f"{near.drop - max_drop:.4f} too much."
    )


def _row(trial: Trial) -> BenchmarkRow:
    assert trial.row is not None
    return trial.row


def write_views(trials: Sequence[Trial], max_drop: float, out: Path) -> tuple[Path, Path]:
    """Rewrite trials.jsonl (with whole rows) and trials.csv, each atomically."""
    lines = [{**_columns(t, max_drop), "row": None if t.row is None else to_json(t.row)} for t in trials]
    return (
        write_text(out / "trials.jsonl", "".join(map(as_line, lines))),
        write_table(out / "trials.csv", COLUMNS, (_columns(t, max_drop) for t in trials)),
    )


def _columns(trial: Trial, max_drop: float) -> dict[str, Any]:
    own = {f.name: getattr(trial, f.name) for f in dataclasses.fields(trial) if f.name in COLUMNS}
    measured = {name: getattr(trial.row, name, None) for name in COLUMNS if hasattr(BenchmarkRow, name)}
    fits = "" if trial.row is None else trial.fits(max_drop)
    return {**dict.fromkeys(COLUMNS), **measured, **own, "fits": fits}
