"""The ratio of two networks' latencies, and whether it shows a difference, as compare.json holds it."""

from __future__ import annotations

import math
from typing import Any

from benchmark.ranks import compare_latency
from benchmark.samples import sample
from pocketseg.core.types import BenchmarkRow


def times_apart(first: BenchmarkRow | None, second: BenchmarkRow | None, models: int) -> dict[str, Any]:
    """Return the ratio of two latencies, the first's over the second's, with its 95 % interval over all pairs.

    Also whether it tells them apart; why: the reason where they cannot be compared.
    """
    if first is None or second is None:
        return {"ratio": None, "interval": None, "told_apart": False, "why": "it was not timed"}
    found = compare_latency(sample(first), sample(second), pairs=models * (models - 1) // 2)
    ratio = found.difference
    known = ratio is not None and not math.isnan(ratio.low)
    return {
        "ratio": None if ratio is None or math.isnan(ratio.value) else ratio.value,
        "interval": [ratio.low, ratio.high] if ratio is not None and known else None,
        "told_apart": ratio is not None and ratio.shown,
        "why": found.why,
    }
