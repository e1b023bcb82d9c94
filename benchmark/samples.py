"""A record's data for comparisons, each computed once: mIoUs over resampled photos, medians of turns by pass."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from benchmark.intervals import LEAST_PHOTOS, Counts, Floats, resampled_medians, resampled_mious
from benchmark.intervals import miou as miou_of
from benchmark.method import LEAST_UNDISTURBED, Turn, turn_of, undisturbed
from benchmark.where import system as system
from benchmark.yardstick import Reading
from pocketseg.core.types import BenchmarkRow

_OF_A_DEVICE = ("maker", "model", "soc", "cpu", "cores", "machine", "matrix_tiles")


class Sample:
    """The data of one record for comparing its file with others; resampling happens on first use.

    It is empty for a row that was refused, failed, or was measured before records were kept.
    """

    def __init__(self, document: Mapping[str, Any] | None) -> None:
        self.document = document if document is not None and document["status"] == "ok" else None

    @cached_property
    def golden_failed(self) -> bool:
        """Return whether the file, on the timed runtime, did not reproduce its output at export."""
        return self.document is not None and bool(golden := self.document["golden"]) and golden["status"] == "failed"

    @cached_property
    def invalid(self) -> bool:
        """Return whether its times may belong to something else, i.e. whether its verdict is INVALID."""
        return self.document is not None and self.document["verdict"] == "INVALID"

    # ---- photos ------------------------------------------------------------------------------------------------------

    @cached_property
    def photos(self) -> tuple[tuple[str, str], ...]:
        """Return the sha256 of each scored photo and of its label, in the same order in every record of them."""
        return tuple(key for key, _ in self._scored)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Return the names of the classes that are scored."""
        quality = self.document and self.document["quality"]
        return tuple(quality["classes"]) if quality else ()

    @cached_property
    def confusions(self) -> Counts:
        """Return the confusion matrix of each photo, (N, C, C), in the order of `photos`."""
        return np.array([confusion for _, confusion in self._scored], np.int64)

    @cached_property
    def miou(self) -> float:
        """Return the mIoU over all photos; NaN without one."""
        return miou_of(self.confusions.sum(0)) if self.photos else math.nan

    @cached_property
    def mious(self) -> Floats | None:
        """Return the mIoUs over resampled photos, (ROUNDS,); None if there are too few photos for an interval."""
        return resampled_mious(self.confusions) if len(self.photos) >= LEAST_PHOTOS else None

    @cached_property
    def _scored(self) -> list[tuple[tuple[str, str], Any]]:
        quality = self.document and self.document["quality"]
        found = quality["photos"] if quality else ()
        return sorted(((str(p["photo_sha256"]), str(p["label_sha256"])), p["confusion"]) for p in found)

    # ---- turns -------------------------------------------------------------------------------------------------------

    @cached_property
    def passes(self) -> dict[int, float]:
        """Return the logarithm of the median of each turn, in ms, by the number of its pass over all files."""
        return {turn.number: math.log(ms) for turn in self._turns if (ms := float(np.median(turn.execute_ms))) > 0}

    @cached_property
    def undisturbed(self) -> frozenset[int]:
        """Return the passes with an undisturbed turn; none if the best speed of the device is not known."""
        return frozenset(turn.number for turn in self._undisturbed)

    @cached_property
    def speed_known(self) -> bool:
        """Return whether it was measured at the device's best speed, so that other runs can be compared with it."""
        if self.document is None or not self.document["yardstick"]["best"]:
            return False
        return len(self._undisturbed) >= LEAST_UNDISTURBED or self.document["verdict"] == "VALID"

    @cached_property
    def log_median(self) -> float:
        """Return the logarithm of p50 in ms, over the same turns as the record's p50; NaN without turns."""
        return math.log(float(np.median(np.concatenate(self._counted)))) if self.passes else math.nan

    @cached_property
    def log_spread(self) -> float:
        """Return the standard error of `log_median`, by a bootstrap over turns; NaN for fewer than two turns."""
        if len(self._counted) < 2:
            return math.nan
        return float(np.std(np.log(resampled_medians(self._counted)), ddof=1))

    @cached_property
    def _turns(self) -> list[Turn]:
        return turns_of(self.document) if self.document else []

    @cached_property
    def _undisturbed(self) -> list[Turn]:
        yardstick = self.document and self.document["yardstick"]
        best = yardstick and yardstick["best"]
        if not self.document or not best:
            return []
        least = Reading(integer_ms=best["integer_ms"], memory_ms=best["memory_ms"])
        return undisturbed(self._turns, least, int(self.document["runtime"]["threads"] or 0))

    @cached_property
    def _counted(self) -> Sequence[Sequence[float]]:
        kept = self._undisturbed if len(self._undisturbed) >= LEAST_UNDISTURBED else self._turns
        return [turn.execute_ms for turn in kept if turn.number in self.passes]

    # ---- where -------------------------------------------------------------------------------------------------------

    @cached_property
    def run(self) -> tuple[str, int] | None:
        """Return the run's id, and the id of the group of files within it that took turns with one another."""
        if self.document is None:
            return None
        return str(self.document["run"]["id"]), int(self.document["run"].get("group", 0))

    def turns_with(self, other: Sample) -> bool:
        """Return whether both files took turns with one another, in one run on one device.

        The device is compared too, since a run's id may be copied.
        """
        if self.run != other.run:
            return False
        same = ("kind", *(f"device ({name})" for name in _OF_A_DEVICE if name != "matrix_tiles"))  # which a runtime has
        return all(self.setting.get(name) == other.setting.get(name) for name in same)

    @cached_property
    def setting(self) -> dict[str, Any]:
        """Return everything besides the file that a latency depends on: device, kind, threads, accelerator, runtime."""
        return {} if self.document is None else setting(self.document)


def sample(row: BenchmarkRow) -> Sample:
    """Return the data of a row's record for comparisons."""
    return Sample(row.document if row.status == "ok" else None)


def turns_of(document: Mapping[str, Any]) -> list[Turn]:
    """Return a record's turns that have runs."""
    return [turn_of(turn, turn["number"], turn["started_s"]) for turn in document["turns"] if turn["execute_ms"]]


def setting(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything besides the file that a latency depends on, by the name that messages use."""
    device, runtime, accelerator = document["device"], document["runtime"], document["accelerator"]
    features = device["cpu_features"]
    return {
        **{f"device ({name.replace('_', ' ')})": device[name] for name in _OF_A_DEVICE},
        "device (cpu features)": None if features is None else tuple(sorted(features)),
        "device (system)": system(device["os"]),
        "device (simulator)": device.get("simulator") is True,
        "kind": document["kind"],
        "threads": runtime["threads_asked"] if runtime["threads"] is None else runtime["threads"],
        "build type": document["program"]["build_type"],
        "launch": document["program"].get("launch", "process"),
        "accelerator": None if accelerator is None else (accelerator["asked"], accelerator["obtained"]),
        "runtime": " ".join(str(runtime[name]) for name in ("name", "tool", "version") if runtime[name]),
    }
