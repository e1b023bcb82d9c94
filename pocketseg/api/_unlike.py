"""What prevents two measurements of a file from being compared: in general, or only in their times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.samples import Sample
from benchmark.where import UNKNOWN, system, where
from pocketseg.core.types import BenchmarkRow
from pocketseg.report.photo_sets import photos

_OTHER_PLACE = "times of two places cannot be compared"
_OF_SCORES = ("photos", "photos and labels", "input size")


def refusals(pairs: Sequence[tuple[BenchmarkRow, BenchmarkRow, Sample, Sample]]) -> list[str]:
    """Return the differences between two runs that prevent a comparison, each once: across devices, only what scores
    need."""
    found: dict[str, None] = {}
    for pair in pairs:
        unlike = _unlike(*pair)
        for name, said in unlike.items():
            if name in _OF_SCORES or not _elsewhere(unlike):
                found[said] = None
    return list(found)


def other_places(a: BenchmarkRow, b: BenchmarkRow, of_a: Sample, of_b: Sample) -> str:
    """Return why the times of a file in two runs cannot be compared: two devices, kinds or accelerators; else empty."""
    return _elsewhere(_unlike(a, b, of_a, of_b))


def _unlike(a: BenchmarkRow, b: BenchmarkRow, of_a: Sample, of_b: Sample) -> dict[str, str]:
    """Return the differences between the measurements of a file that ran in both runs, by name."""
    if a.status != "ok" or b.status != "ok":
        return {}
    facts_a, facts_b = _facts(a, of_a), _facts(b, of_b)
    names = [name for name in facts_a if facts_a[name] is not None and facts_b.get(name) is not None]
    by_hash = "photos and labels" in names
    return {
        name: f"{name} {_apart(facts_a[name], facts_b[name])}"
        for name in names
        if facts_a[name] != facts_b[name] and not (name == "photos" and by_hash)
    }


def _elsewhere(unlike: Mapping[str, str]) -> str:
    places = [said for name, said in unlike.items() if name.startswith("device") or name in ("kind", "accelerator")]
    return f"{_OTHER_PLACE}: {'; '.join(places)}" if places else ""


def _facts(row: BenchmarkRow, sample: Sample) -> dict[str, Any]:
    """Return what must be the same in both runs, by name; None where it is not known."""
    found: dict[str, Any] = {
        "device (cpu)": row.device.get("cpu"),
        "device (cores)": row.device.get("cores"),
        "device (machine)": row.device.get("machine"),
        "device (matrix tiles)": row.device.get("matrix_tiles"),
        "device (system)": system(str(row.device.get("os") or "")) or None,
        "kind": row.kind or None,
        "threads": row.threads,
        "photos": f"{photos(row.photos, row.split)} ({row.data_hash})" if row.miou is not None else None,
    }
    if place := where(row):
        found["accelerator"] = place.accelerator or ("cpu" if place.asked or row.document is None else UNKNOWN)
    if sample.document is not None:
        artifact = sample.document["artifact"]
        found |= {name: value for name, value in sample.setting.items() if name not in ("runtime", "accelerator")}
        found["input size"] = f"{artifact['input_height_px']} x {artifact['input_width_px']}"
        if sample.photos:
            found["photos and labels"] = tuple("/".join(both) for both in sample.photos)
    return found


def _apart(a: Any, b: Any) -> str:
    """Return how two values differ; for long lists, what only one of them has."""
    if not isinstance(a, tuple) or not isinstance(b, tuple):
        return f"{a} in A, {b} in B"
    said = [_some(sorted(set(a) - set(b)), "A"), _some(sorted(set(b) - set(a)), "B")]
    return ", ".join(filter(None, said)) or "in another number"


def _some(values: Sequence[str], where: str) -> str:
    if not values:
        return ""
    first = re.sub(r"([0-9a-f]{12})[0-9a-f]{52}", r"\1...", values[0])
    return f"{first}{f' and {len(values) - 1} more' if len(values) > 1 else ''} only in {where}"
