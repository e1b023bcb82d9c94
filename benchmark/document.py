"""The record of one file: what was measured, on what, under which conditions, as docs/record.md describes it."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.accuracy import Score
from benchmark.checks import EndToEnd, Golden
from benchmark.intervals import iou, miou, miou_interval
from benchmark.method import Statistics, Turn, best_of, statistics_of
from benchmark.photos import ScoredPhotos
from benchmark.private import without_folders
from benchmark.timing import Run
from benchmark.verdict import Conditions, Verdict, verdict
from benchmark.yardstick import VERSION, Reading
from pocketseg.core import manifest
from pocketseg.core.files import sha256_path
from pocketseg.core.installation import build_type, commit, version
from pocketseg.core.record import SCHEMA_VERSION, printable
from pocketseg.core.types import Artifact

IMPORTS = ("benchmark.runtimes",)
_LONGEST_NAME = 255
_NOT_TIMED = "an evaluator's speed means nothing, so it was not timed"
_GRAPH_ALONE = "the turns run the graph alone; end_to_end has the rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when a run is: what all of its records share.

    device, state_start: objects of the record. best, best_reached_at: the least that the yardstick is known to take,
    and when it last did; None where it is not known. unknown: why their nulls are null, by JSON pointer.
    """

    run_id: str
    files: int
    started_at: str
    seed: int
    threads: int
    device: Mapping[str, Any]
    state_start: Mapping[str, Any]
    best: Reading | None
    best_reached_at: str | None
    unknown: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What runs a file. kind: `host`, or `reference` for an evaluator, which is no engine of a device."""

    name: str
    module: str
    kind: str
    label: str = ""

    @property
    def tool(self) -> str:
        """Name the distribution that it runs on; empty where it cannot be imported."""
        try:
            return str(importlib.import_module(self.module).TOOL)
        except ImportError:
            return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found of one file."""

    run: Run
    golden: Golden
    end_to_end: Sequence[EndToEnd]
    score: Score | None
    conditions: Conditions
    state_end: Mapping[str, Any]
    unknown: Mapping[str, str] = field(default_factory=dict)


def without_result(
    place: Place, index: int, group: int, artifact: Artifact, path: Path, runtime: Runtime, status: str, reason: str
) -> dict[str, Any]:
    """Return the record of a file that was `refused` or `failed`, with the reason."""
    why = f"the file {'was refused' if status == 'refused' else 'failed'}"
    absent = (
        "load",
        "memory",
        "warm_up_runs",
        "golden",
        "quality",
        "statistics",
        "verdict",
        "conditions",
        "accelerator",
    )
    unknown = {f"/{name}": why for name in absent} | {"/state/end": why, "/runtime/threads": why}
    return _clean(
        {
            **_head(place, index, group, artifact, path, runtime, status, reason),
            **dict.fromkeys(absent),
            "state": {"start": dict(place.state_start), "end": None},
            "turns": [],
            "end_to_end": [],
            "verdict_reasons": [],
            "unknown": {**place.unknown, **_unknown_head(place, runtime), **unknown},
        },
        path,
    )


def of_result(
    place: Place,
    index: int,
    group: int,
    artifact: Artifact,
    path: Path,
    runtime: Runtime,
    found: Measured,
    data: ScoredPhotos | None,
) -> dict[str, Any]:
    """Return the record of a file that ran."""
    run, unknown = found.run, {**place.unknown, **found.unknown, **_unknown_head(place, runtime)}
    head = _head(place, index, group, artifact, path, runtime, "ok", "")
    head["runtime"]["threads"] = run.threads
    head["device"] = {**head["device"], "matrix_tiles": run.opened["matrix_tiles"]}
    unknown.pop("/device/matrix_tiles", None)
    figures = statistics_of(run.turns, place.best or best_of(run.turns), run.threads)
    said, reasons = verdict(figures, found.conditions) if run.timed else _of_untimed(found.conditions)
    unknown |= {
        "/accelerator/nodes": "the runtime does not say", "/accelerator/nodes_delegated": "the runtime does not say",
        "/accelerator/fallback": "there was none: the processor was asked",
    }  # fmt: skip
    return _clean(
        {
            **head,
            "accelerator": {
                "asked": "cpu",
                "obtained": "cpu",
                "nodes": None,
                "nodes_delegated": None,
                "fallback": None,
            },
            "state": {"start": dict(place.state_start), "end": dict(found.state_end)},
            "conditions": _conditions(found.conditions, unknown),
            "load": _load(run, unknown),
            "memory": _memory(run, unknown),
            "warm_up_runs": run.warm_up_runs,
            "turns": [_turn(turn, unknown) for turn in run.turns],
            "end_to_end": [_rounded(dataclasses.asdict(sample)) for sample in found.end_to_end],
            "golden": _golden(found.golden, unknown),
            "quality": _quality(found.score, data, unknown),
            "statistics": _statistics(figures, found, unknown),
            "verdict": said.value,
            "verdict_reasons": list(reasons),
            "unknown": unknown,
        },
        path,
    )


def _head(
    place: Place, index: int, group: int, artifact: Artifact, path: Path, runtime: Runtime, status: str, reason: str
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "seal": "0" * 64,
        "kind": runtime.kind,
        "status": status,
        "reason": reason,
        "run": {
            "id": place.run_id, "place": index, "files": place.files, "started_at": place.started_at,
            "seed": place.seed, "group": group,
        },
        "program": {"name": "pocketseg", "version": version(), "commit": commit(), "build_type": build_type()},
        "artifact": {
            "sha256": artifact.sha256,
            "manifest_sha256": sha256_path(path.parent / manifest.NAME),
            **{
                name: printable(value, _LONGEST_NAME) if isinstance(value := getattr(artifact, name), str) else value
                for name in (
                    "file", "model", "recipe", "precision", "target", "output", "size_bytes", "input_height_px",
                    "input_width_px", "checkpoint_sha256", "split_hash",
                )
            },
        },
        "runtime": {
            "name": runtime.name, "tool": runtime.tool, "version": _version(runtime.tool),
            "threads_asked": place.threads, "threads": None, "label": runtime.label,
        },
        "device": dict(place.device),
        "yardstick": _yardstick(place),
    }  # fmt: skip


def _version(tool: str) -> str | None:
    try:
        return importlib.metadata.version(tool) if tool else None
    except importlib.metadata.PackageNotFoundError:
        return None


def _unknown_head(place: Place, runtime: Runtime) -> dict[str, str]:
    """Say why what every record has is not known."""
    unknown = {"/program/commit": "this is no checkout of the project"} if commit() is None else {}
    if place.best is None:
        unknown["/yardstick/best"] = "it was not measured on this device yet"
    elif place.best_reached_at is None:
        unknown["/yardstick/best/reached_at"] = "it was measured for this run alone"
    return unknown | ({} if _version(runtime.tool) else {"/runtime/version": "the runtime is not installed"})


def _of_untimed(conditions: Conditions) -> tuple[Verdict, tuple[str, ...]]:
    """Judge a file that was scored and not timed: what it gives does not depend on who works beside it."""
    if conditions.golden == "failed":
        return Verdict.INVALID, (f"its output is not what it was at export: {conditions.golden_reason}",)
    if conditions.golden == "not checked":
        return Verdict.UNSTABLE, (f"its output was not checked: {conditions.golden_reason}",)
    return Verdict.VALID, ()


def _conditions(conditions: Conditions, unknown: dict[str, str]) -> dict[str, Any]:
    names = ("others_before", "others_during", "others_after", "stolen", "swapped_bytes")
    found = {name: getattr(conditions, name) for name in names}
    unknown |= {f"/conditions/{n}": "this system does not say" for n, value in found.items() if value is None}
    return _rounded(found)


def _load(run: Run, unknown: dict[str, str]) -> dict[str, Any]:
    if not run.timed:
        unknown |= {f"/load/{name}": _NOT_TIMED for name in ("cold_ms", "warm_ms", "first_inference_ms")}
        return {"cold_ms": None, "warm_ms": None, "first_inference_ms": None, "cold_means": ""}
    if run.load_again_ms is None:
        unknown["/load/warm_ms"] = "it was not loaded again"
    return _rounded(
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


def _memory(run: Run, unknown: dict[str, str]) -> dict[str, Any]:
    memory = dict(run.opened["memory"])
    unknown |= {f"/memory/{name}": "this system does not say" for name, value in memory.items() if value is None}
    return memory


def _yardstick(place: Place) -> dict[str, Any]:
    if place.best is None:
        return {"version": VERSION, "best": None}
    return {"version": VERSION, "best": {**dataclasses.asdict(place.best), "reached_at": place.best_reached_at}}


def _turn(turn: Turn, unknown: dict[str, str]) -> dict[str, Any]:
    unknown |= {"/turns/*/pre_ms": _GRAPH_ALONE, "/turns/*/post_ms": _GRAPH_ALONE}
    found = dataclasses.asdict(turn)
    unknown |= {f"/turns/*/{name}": "this system does not say" for name, value in found.items() if value is None}
    return {
        **_rounded(found),
        "at_ms": list(turn.at_ms),
        "execute_ms": list(turn.execute_ms),
        "pre_ms": None,
        "post_ms": None,
    }


def _golden(golden: Golden, unknown: dict[str, str]) -> dict[str, Any]:
    found = dataclasses.asdict(golden)
    unknown |= {f"/golden/{name}": golden.reason for name, value in found.items() if value is None}
    return found


def _quality(score: Score | None, data: ScoredPhotos | None, unknown: dict[str, str]) -> dict[str, Any] | None:
    if score is None or data is None:
        unknown["/quality"] = "no photos were given to score it on"
        return None
    if score.argmax_agreement is None:
        unknown["/quality/argmax_agreement"] = "the network that it was made from was not at hand"
    return {
        "data": _without_folders(data.name),
        "split": data.split,
        "data_hash": data.hash,
        "classes": list(data.photos.classes),
        "photos": [dataclasses.asdict(photo) for photo in score.photos],
        "argmax_agreement": score.argmax_agreement,
    }


def _statistics(figures: Statistics, found: Measured, unknown: dict[str, str]) -> dict[str, Any]:
    numbers = _rounded(dataclasses.asdict(figures))
    is_mean = any(turn.batch > 1 for turn in found.run.turns)
    few = _NOT_TIMED if not found.run.timed else "samples are means" if is_mean else "there are too few runs for it"
    unknown |= {f"/statistics/{name}": few for name, value in numbers.items() if value is None}
    whole = [sample.pre_ms + sample.execute_ms + sample.post_ms for sample in found.end_to_end]
    numbers["end_to_end_ms"] = round(statistics.median(whole), 4) if whole else None
    if not whole:
        unknown["/statistics/end_to_end_ms"] = _NOT_TIMED if not found.run.timed else "it was not measured"
    quality: dict[str, Any] = {"miou": None, "miou_low": None, "miou_high": None, "iou": {}}
    if found.score is None:
        unknown |= {f"/statistics/{name}": "no photos were given to score it on" for name in ("miou", *_MIOU_ENDS)}
    else:
        confusions = np.array([photo.confusion for photo in found.score.photos], np.int64)
        low, high = miou_interval(confusions)
        quality = {
            "miou": miou(confusions.sum(0)),
            "miou_low": None if math.isnan(low) else low,
            "miou_high": None if math.isnan(high) else high,
            "iou": dict(zip(found.score.meter.classes, iou(confusions.sum(0)), strict=True)),
        }
        unknown |= {
            f"/statistics/{name}": "there are too few photos for it" for name in _MIOU_ENDS if quality[name] is None
        }
        unknown |= {
            f"/statistics/iou/{_escaped(name)}": "no label is of this class"
            for name, value in quality["iou"].items()
            if value is None
        }
    return {**numbers, **quality}


def _without_folders(data: str) -> str:
    """Leave out of `FORMAT:PATH` whose folders it lies in: records leave the computer."""
    data_format, colon, path = data.partition(":")
    return f"{data_format}:{Path(path).name}" if colon else data


_MIOU_ENDS = ("miou_low", "miou_high")


def _escaped(name: str) -> str:
    """Write a name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _clean(made: dict[str, Any], path: Path) -> dict[str, Any]:
    """Make a document fit to leave the computer: no folder in its free texts, each text one line. path: of the file."""
    golden, unknown = made["golden"], made["unknown"]
    free = {
        "reason": without_folders(made["reason"], path),
        "verdict_reasons": [without_folders(reason, path) for reason in made["verdict_reasons"]],
        "golden": golden and {**golden, "reason": without_folders(golden["reason"], path)},
        "unknown": {pointer: without_folders(why, path) for pointer, why in unknown.items()},
    }
    found: dict[str, Any] = _in_lines({**made, **free})
    return found


def _in_lines(value: Any) -> Any:
    """Make every text one line that is safe to print: names come from files, reasons from engines."""
    if isinstance(value, dict):
        return {printable(name): _in_lines(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_in_lines(part) for part in value] if value and not isinstance(value[0], float) else value
    return printable(value) if isinstance(value, str) else value


def _rounded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Round to a tenth of a microsecond, or four digits of a share, what a clock gives more digits of."""
    return {
        name: round(value, 4) if isinstance(value, float) else _rounded(value) if isinstance(value, dict) else value
        for name, value in values.items()
    }
