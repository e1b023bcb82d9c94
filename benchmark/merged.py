"""Makes one record from two of the same file: the latencies of one measurement and the scores of the other."""

from __future__ import annotations

import hashlib
from typing import Any

from pocketseg.core.record import record_id

_SCORES = ("miou", "miou_low", "miou_high", "iou")  # of the statistics


def merged(scored: dict[str, Any], timed: dict[str, Any]) -> dict[str, Any]:
    """Return an unsealed document with the content of `timed`, but with the quality and its statistics from `scored`.

    Its run has the files and turns of the run of `timed`, and a new id. All records merged into that run share the new
    id, so that files which took turns with one another can still be compared turn by turn.
    """
    statistics, scores = timed["statistics"], scored["statistics"]
    both = None
    if statistics is not None:
        both = {**statistics, **{name: None if scores is None else scores[name] for name in _SCORES}}
    return {
        **timed,
        "run": {**timed["run"], "id": merged_run(timed["run"]["id"])},
        "quality": _quality(scored),
        "statistics": both,
        "unknown": {
            **{entry: why for entry, why in timed["unknown"].items() if not _is_of_scores(entry)},
            **{entry: why for entry, why in scored["unknown"].items() if _is_of_scores(entry)},
            **_lost(both, scores, scored),
        },
    }


def merged_run(run: str) -> str:
    """Return the run id of records that are merged into a run, 32 hex digits."""
    return hashlib.sha256(f"merged into {run}".encode()).hexdigest()[:32]


def _quality(scored: dict[str, Any]) -> dict[str, Any] | None:
    """Return the scores, with the id of the record that they come from."""
    quality = scored["quality"]
    return None if quality is None else {"record": record_id(scored), **quality}


def _is_of_scores(entry: str) -> bool:
    """Return whether an entry of `unknown` is about scores."""
    starts = ("/quality", *(f"/statistics/{name}" for name in _SCORES))
    return any(entry == start or entry.startswith(f"{start}/") for start in starts)


def _lost(both: dict[str, Any] | None, scores: dict[str, Any] | None, scored: dict[str, Any]) -> dict[str, str]:
    """Return the reasons for scores that are null because the other record has no statistics."""
    if both is None or scores is not None:
        return {}
    why = scored["unknown"].get("/statistics", "it was not scored")
    return {f"/statistics/{name}": why for name in _SCORES}
