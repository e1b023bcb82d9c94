"""What records show of one file against another, as JSON for documents: of mIoU a difference, of latency a ratio."""

from __future__ import annotations

import math
from typing import Any

from benchmark.ranks import Comparison, compare_latency, compare_miou
from benchmark.samples import sample
from pocketseg.core.types import BenchmarkRow


def against(row: BenchmarkRow, base: BenchmarkRow, pairs: int) -> dict[str, Any]:
    """Return what is shown of `row` against `base`, at 95 % over so many pairs.

    `miou`: its mIoU less the base's. `times_faster`: the base's latency over its own. Each has `value`, `low`, `high`
    and `shown`, or is None where the two cannot be compared.
    """
    return {
        "model": row.model,
        "target": row.target,
        "recipe": row.recipe,
        "miou": _claim(compare_miou(sample(row), sample(base), pairs=pairs)),
        "times_faster": _claim(compare_latency(sample(base), sample(row), pairs=pairs)),
    }


def _claim(found: Comparison) -> dict[str, Any] | None:
    ratio = found.difference
    if ratio is None or math.isnan(ratio.low):
        return None
    return {"value": ratio.value, "low": ratio.low, "high": ratio.high, "shown": ratio.shown}
