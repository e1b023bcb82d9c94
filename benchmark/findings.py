"""The parts of a record about one file that ran; each part adds the reasons for its nulls to `unknown`.

The parts are objects of docs/record.md; the keys of `unknown` are JSON pointers.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmark.accuracy import Score
from benchmark.checks import EndToEnd, Golden
from benchmark.intervals import iou, miou, miou_interval
from benchmark.method import Statistics, Turn
from benchmark.photos import ScoredPhotos
from benchmark.timing import Run
from benchmark.verdict import Conditions
from pocketseg.data.spec import without_folders

_NOT_TIMED = "an evaluator's speed means nothing, so it was not timed"
_GRAPH_ALONE = "the turns run the graph alone; end_to_end has the rest"
_MIOU_ENDS = ("miou_low", "miou_high")


def conditions_of(conditions: Conditions, unknown: dict[str, str]) -> dict[str, Any]:
    """Return what other processes did around the measurement."""
    names = ("others_before", "others_during", "others_after", "stolen", "swapped_bytes")
    found = {name: getattr(conditions, name) for name in names}
    unknown |= {f"/conditions/{n}": "this system does not say" for n, value in found.items() if value is None}
    return rounded(found)


def load_of(run: Run, unknown: dict[str, str]) -> dict[str, Any]:
    """Return how long the file took to load."""
    if not run.timed:
        unknown |= {f"/load/{name}": _NOT_TIMED for name in ("cold_ms", "warm_ms", "first_inference_ms")}
        return {"cold_ms": None, "warm_ms": None, "first_inference_ms": None, "cold_means": ""}
    if run.load_again_ms is None:
        unknown["/load/warm_ms"] = "it was not loaded again"
    return rounded(
        {
            "cold_ms": run.opened["load_ms"],
            "warm_ms": run.load_again_ms,
            "first_inference_ms": run.opened["first_run_ms"],
            "cold_means": (
                "the first load of a new process, after the system was asked to forget the file's pages"
                if run.opened["evicted"]
                else "the first load of a new process; the file's pages may have been in memory"
            ),
        }
    )


def memory_of(run: Run, unknown: dict[str, str]) -> dict[str, Any]:
    """Return the file's memory use."""
    memory = dict(run.opened["memory"])
    unknown |= {f"/memory/{name}": "this system does not say" for name, value in memory.items() if value is None}
    return memory


def turn_entry(turn: Turn, unknown: dict[str, str]) -> dict[str, Any]:
    """Return one turn."""
    unknown |= {"/turns/*/pre_ms": _GRAPH_ALONE, "/turns/*/post_ms": _GRAPH_ALONE}
    found = dataclasses.asdict(turn)
    unknown |= {f"/turns/*/{name}": "this system does not say" for name, value in found.items() if value is None}
    return {
        **rounded(found),
        "at_ms": list(turn.at_ms),
        "execute_ms": list(turn.execute_ms),
        "pre_ms": None,
        "post_ms": None,
    }


def golden_entry(golden: Golden, unknown: dict[str, str]) -> dict[str, Any]:
    """Return the result of the golden check."""
    found = dataclasses.asdict(golden)
    unknown |= {f"/golden/{name}": golden.reason for name, value in found.items() if value is None}
    return found


def quality_of(score: Score | None, data: ScoredPhotos | None, unknown: dict[str, str]) -> dict[str, Any] | None:
    """Return the confusion matrix of each scored photo."""
    if score is None or data is None:
        unknown["/quality"] = "no photos were given to score it on"
        return None
    if score.argmax_agreement is None:
        unknown["/quality/argmax_agreement"] = "the network that it was made from was not at hand"
    return {
        "data": without_folders(data.name),
        "split": data.split,
        "data_hash": data.hash,
        "classes": list(data.photos.classes),
        "photos": [dataclasses.asdict(photo) for photo in score.photos],
        "argmax_agreement": score.argmax_agreement,
    }


def figures_of(
    figures: Statistics, run: Run, end_to_end: Sequence[EndToEnd], score: Score | None, unknown: dict[str, str]
) -> dict[str, Any]:
    """Return the statistics of the method and the statistics over photos."""
    scored = None if score is None else (score.classes, [photo.confusion for photo in score.photos])
    times = times_of(figures, run.turns, end_to_end, unknown, "" if run.timed else _NOT_TIMED)
    return {**times, **scores_of(scored, unknown)}


def times_of(
    figures: Statistics,
    turns: Sequence[Turn],
    end_to_end: Sequence[EndToEnd],
    unknown: dict[str, str],
    not_timed: str = "",
) -> dict[str, Any]:
    """Return the statistics of the method. not_timed: the reason if nothing was timed, else empty."""
    numbers = rounded(dataclasses.asdict(figures))
    is_mean = any(turn.batch > 1 for turn in turns)
    few = not_timed or ("samples are means" if is_mean else "there are too few runs for it")
    unknown |= {f"/statistics/{name}": few for name, value in numbers.items() if value is None}
    whole = [sample.pre_ms + sample.execute_ms + sample.post_ms for sample in end_to_end]
    numbers["end_to_end_ms"] = round(statistics.median(whole), 4) if whole else None
    if not whole:
        unknown["/statistics/end_to_end_ms"] = not_timed or "it was not measured"
    return numbers


def scores_of(
    scored: tuple[Sequence[str], Sequence[list[list[int]]]] | None, unknown: dict[str, str]
) -> dict[str, Any]:
    """Return the statistics over photos.

    scored: the classes, and each photo's confusion matrix; None if it was not scored.
    """
    if scored is None:
        unknown |= {f"/statistics/{name}": "no photos were given to score it on" for name in ("miou", *_MIOU_ENDS)}
        return {"miou": None, "miou_low": None, "miou_high": None, "iou": {}}
    classes, matrices = scored
    confusions = np.array(matrices, np.int64)
    low, high = miou_interval(confusions) if confusions.any() else (math.nan, math.nan)
    quality: dict[str, Any] = {
        "miou": miou(confusions.sum(0)) if confusions.any() else None,
        "miou_low": None if math.isnan(low) else low,
        "miou_high": None if math.isnan(high) else high,
        "iou": dict(zip(classes, iou(confusions.sum(0)), strict=True)),
    }
    why = "there are too few photos for it" if confusions.any() else "no pixel has a label"
    unknown |= {f"/statistics/{name}": why for name in ("miou", *_MIOU_ENDS) if quality[name] is None}
    unknown |= {
        f"/statistics/iou/{_escaped(name)}": "no label is of this class"
        for name, value in quality["iou"].items()
        if value is None
    }
    return quality


def _escaped(name: str) -> str:
    """Return a name as part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Round times in ms to a tenth of a microsecond and shares to four digits: clocks report more than they resolve."""
    return {
        name: round(value, 4) if isinstance(value, float) else rounded(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }
