"""How the report writes numbers: units in the column's title, a dash for a missing value."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import cv, delta_points, has_tests, score_name

ABSENT = "-"
_MOST_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number of a row under its column's title.

    Attributes:
        value: in the title's unit; None if not measured.
        between: its 95 % interval as text; empty if it has none.
        mark: `≈ ` if no difference is shown.
    """

    title: str
    value: float | None
    digits: int = 2
    signed: str = ""
    between: str = ""
    mark: str = ""

    @property
    def text(self) -> str:
        """Return the value as text; a difference always has its sign."""
        return ABSENT if self.value is None else f"{self.mark}{self.value:{self.signed}.{self.digits}f}"


def numbers(
    row: BenchmarkRow,
    rows: Sequence[BenchmarkRow],
    fp32_miou: Mapping[str, float] | None = None,
    as_fp32: Collection[int] = (),
    earlier: Collection[int] = (),
) -> list[Number]:
    """Return a row's numbers in the order of the report's columns.

    Args:
        as_fp32: see pareto.not_told_from_fp32.
        earlier: ids of the rows of earlier runs, which are compared with nothing.
    """
    tests = [Number(title="test mIoU", value=row.test_miou, digits=4)] if has_tests(rows) else []
    p50_digits = ms_digits(row.p50_ms)
    return [
        Number(title="Size MB", value=_scaled(row.size_bytes, 1e-6)),
        Number(title=score_name(rows), value=row.miou, digits=4, between=between_mious(row)),
        *tests,
        Number(
            title="ΔmIoU",
            value=None if id(row) in earlier else delta_points(row, rows, fp32_miou),
            signed="+",
            mark="≈ " if id(row) in as_fp32 else "",
        ),
        Number(title="Agree %", value=_scaled(row.argmax_agreement, 100)),
        Number(title="p50 ms", value=row.p50_ms, digits=p50_digits, between=between_ms(row)),
        Number(title="p90 ms", value=row.p90_ms, digits=p50_digits),
        Number(title="CV %", value=_scaled(cv(row), 100), digits=1),
        Number(title="Load ms", value=row.load_ms, digits=0),
        Number(title="Peak MB", value=_scaled(row.peak_rss_bytes, 1e-6), digits=0),
    ]


def ms_digits(value: float | None) -> int:
    """Return the number of decimals of a time in ms: three figures in all, since no interval is narrower."""
    if value is None or value <= 0:
        return 0 if value is None else 2
    return min(_MOST_DIGITS, max(0, 2 - int(f"{value:.2e}".partition("e")[2])))


def between_ms(row: BenchmarkRow) -> str:
    """Return the interval of p50 in ms as text; empty if there is none."""
    if row.p50_low_ms is None or row.p50_high_ms is None:
        return ""
    digits = ms_digits(row.p50_ms)
    return f"{row.p50_low_ms:.{digits}f} to {row.p50_high_ms:.{digits}f}"


def between_mious(row: BenchmarkRow) -> str:
    """Return the interval of mIoU over photos as text; empty if there is none."""
    if row.miou_low is None or row.miou_high is None:
        return ""
    return f"{row.miou_low:.4f} to {row.miou_high:.4f}"


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
