"""How the report writes numbers: units in the column's title, a dash for what was not measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pocketseg.core.types import BenchmarkRow
from pocketseg.report.facts import cv, delta_points, has_tests, score_name

ABSENT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number of a row under its column's title. value: in the title's unit, None where not measured."""

    title: str
    value: float | None
    digits: int = 2
    signed: str = ""

    @property
    def text(self) -> str:
        """Write the value; a delta always has its sign."""
        return ABSENT if self.value is None else f"{self.value:{self.signed}.{self.digits}f}"


def numbers(
    row: BenchmarkRow, rows: Sequence[BenchmarkRow], fp32_miou: Mapping[str, float] | None = None
) -> list[Number]:
    """Give a row's numbers in the order of the report's columns."""
    tests = [Number(title="test mIoU", value=row.test_miou, digits=4)] if has_tests(rows) else []
    return [
        Number(title="Size MB", value=_scaled(row.size_bytes, 1e-6)),
        Number(title=score_name(rows), value=row.miou, digits=4),
        *tests,
        Number(title="ΔmIoU", value=delta_points(row, rows, fp32_miou), signed="+"),
        Number(title="Agree %", value=_scaled(row.argmax_agreement, 100)),
        Number(title="p50 ms", value=row.p50_ms, digits=1),
        Number(title="p90 ms", value=row.p90_ms, digits=1),
        Number(title="CV %", value=_scaled(cv(row), 100), digits=1),
        Number(title="Load ms", value=row.load_ms, digits=0),
        Number(title="Peak MB", value=_scaled(row.peak_rss_bytes, 1e-6), digits=0),
    ]


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
