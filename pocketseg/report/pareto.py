"""Pareto fronts: for each target and device, the files that no other beats in both mIoU and p50; and picking one.

Where a target's files have no latency, as those of an evaluator, the front is of mIoU and size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.device import processor
from benchmark.rows import COLUMNS, columns
from pocketseg.core.errors import UsageError
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import is_sized, is_timed, pareto, score_name
from pocketseg.report.files import write_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The files of one target on one device, and their front, the cheapest first.

    cost: the field that stands against mIoU: `p50_ms`, or `size_bytes` where nothing was timed. rows: those that have
    both. moments: how many times apart the latencies are of, as far as the rows say; above 1 they are compared with
    care.
    """

    target: str
    device: str
    cost: str
    rows: list[BenchmarkRow]
    front: list[BenchmarkRow]
    moments: int

    @property
    def is_timed(self) -> bool:
        """Say whether the cost is a latency."""
        return self.cost == "p50_ms"


def groups(rows: Sequence[BenchmarkRow]) -> list[Group]:
    """Group the rows that ran by target and device, in the order in which they first appear."""
    found: dict[tuple[str, str], list[BenchmarkRow]] = {}
    for row in rows:
        if is_timed(row) or is_sized(row):
            found.setdefault((row.target, _device(row)), []).append(row)
    return [_group(target, device, group) for (target, device), group in found.items()]


def _device(row: BenchmarkRow) -> str:
    return str(row.device.get("label") or processor(row.device))


def _group(target: str, device: str, rows: list[BenchmarkRow]) -> Group:
    timed = [row for row in rows if is_timed(row)]
    cost = "p50_ms" if timed else "size_bytes"
    moments = len({str(row.device.get("timed_at", "")) for row in timed})
    front = pareto(timed or rows, cost)
    return Group(target=target, device=device, cost=cost, rows=timed or rows, front=front, moments=moments)


def fronts(rows: Sequence[BenchmarkRow]) -> dict[tuple[str, str], list[BenchmarkRow]]:
    """Give the front of each (target, device) that was timed, the fastest first; groups in the order of the rows."""
    return {(group.target, group.device): group.front for group in groups(rows) if group.is_timed}


def write_fronts(path: Path, rows: Sequence[BenchmarkRow]) -> Path:
    """Write the fronts' rows with their device, atomically: the columns of results.csv and `device`."""
    lines = ({"device": device, **columns(row)} for (_, device), front in fronts(rows).items() for row in front)
    return write_table(path, ("device", *COLUMNS), lines)


def fronts_table(rows: Sequence[BenchmarkRow]) -> str:
    """Give the fronts as text, a line a file."""
    lines, score = [], score_name(rows)
    for (target, device), front in fronts(rows).items():
        lines.append(f"\nfront of {target} on {device}:")
        for row in front:
            test = "" if row.test_miou is None else f"  test mIoU {row.test_miou:.4f}"
            lines.append(
                f"  {row.p50_ms:9.2f} ms  {score} {row.miou:.4f}{test}  {(row.size_bytes or 0) / 1e6:6.2f} MB  "
                f"{row.model} {row.recipe}"
            )
    return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a file must keep: p50 in ms at most, mIoU (0 to 1) at least, size in MB (1e6 bytes) at most."""

    max_p50_ms: float | None = None
    min_miou: float | None = None
    max_mb: float | None = None

    def limits(self) -> list[_Limit]:
        """List what was asked for."""
        asked = (
            ("p50_ms", self.max_p50_ms, 1.0, -1, "p50 of at most {:g} ms", "{:.2f} ms"),
            ("miou", self.min_miou, 1.0, 1, "mIoU of at least {:g}", "{:.4f}"),
            ("size_bytes", self.max_mb, 1e6, -1, "size of at most {:g} MB", "{:.2f} MB"),
        )
        return [
            _Limit(field=name, value=value, unit=unit, sign=sign, says=says.format(value), shows=shows)
            for name, value, unit, sign, says, shows in asked
            if value is not None
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limit:
    field: str
    value: float
    unit: float
    sign: int  # 1: more is better
    says: str
    shows: str

    def of(self, row: BenchmarkRow) -> float | None:
        found = getattr(row, self.field)
        return None if found is None else found / self.unit

    def spare(self, row: BenchmarkRow) -> float:
        """Give by how much a row keeps the limit; negative where it does not, -inf where it was not measured."""
        found = self.of(row)
        return float("-inf") if found is None else self.sign * (found - self.value)


def pick(rows: Sequence[BenchmarkRow], wanted: Wanted) -> tuple[BenchmarkRow | None, str]:
    """Choose among rows that ran: the best mIoU where a time or size is limited, else the fastest; and say why.

    Gives no row, and which limit cannot be kept and by how much, where none keeps them all.
    """
    ran = [row for row in rows if row.status == "ok"]
    limits = wanted.limits()
    if not ran:
        return None, "no file of these ran: " + "; ".join(
            dict.fromkeys(row.reason for row in rows)
        ) if rows else "no file"
    fit = [row for row in ran if all(limit.spare(row) >= 0 for limit in limits)]
    if fit:
        if wanted.max_p50_ms is None and wanted.max_mb is None:
            best = min(fit, key=lambda r: (r.p50_ms is None, r.p50_ms or 0.0, r.size_bytes or 0))
            return best, "the fastest that keeps it" if best.p50_ms is not None else "the smallest that keeps it"
        best = min(fit, key=lambda r: (-(r.miou or 0.0), r.p50_ms or 0.0, r.size_bytes or 0))
        return best, f"the best mIoU of {len(fit)} that keep it"
    said = [_impossible(ran, limit) for limit in limits if all(limit.spare(row) < 0 for row in ran)]
    return None, " ".join(said) or _not_together(ran, limits)


def flatters(rows: Sequence[BenchmarkRow]) -> str:
    """Say where a choice among rows is one on photos that must not choose; empty where they are validation photos.

    Raises UsageError for scores on several parts, which do not compare.
    """
    splits = sorted({row.split for row in rows if row.status == "ok" and row.miou is not None})
    if len(splits) > 1:
        raise UsageError(
            f"these results hold scores on {' and '.join(splits)} photos, which do not compare",
            hint="give results of one sweep or one benchmark",
        )
    if splits == ["test"]:
        return (
            "these scores are of test photos, and a choice made on test photos flatters: the chosen file's mIoU is too "
            "high to report. A sweep, or `benchmark --split val`, gives validation scores to choose by"
        )
    if splits and splits != ["val"]:
        photos = "training photos" if splits == ["train"] else "photos with training photos among them"
        return f"these scores may be of {photos}, and flatter: choose on validation photos, as a sweep does"
    return ""


def _impossible(rows: Sequence[BenchmarkRow], limit: _Limit) -> str:
    best = max(rows, key=limit.spare)
    found = limit.of(best)
    if found is None:
        return f"No file has a {limit.says}: it was measured for none of them."
    return (
        f"No file has a {limit.says}: the nearest is {best.model} {best.recipe} with {limit.shows.format(found)}, "
        f"{limit.shows.format(-limit.spare(best))} off."
    )


def _not_together(rows: Sequence[BenchmarkRow], limits: Sequence[_Limit]) -> str:
    """Say how far the nearest is off in one limit, among those that keep all others."""
    said = []
    for limit in limits:
        others = [row for row in rows if all(o.spare(row) >= 0 for o in limits if o is not limit)]
        if others and limit.of(best := max(others, key=limit.spare)) is not None:
            said.append(
                f"with the rest kept, the nearest to a {limit.says} is {best.model} {best.recipe}, "
                f"{limit.shows.format(-limit.spare(best))} off"
            )
    return "Each limit can be kept, not all at once: " + "; ".join(said or ["no two of them"]) + "."
