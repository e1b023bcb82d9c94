"""The record of one file: what was measured, on which device, under which conditions; docs/record.md describes it."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.accuracy import Score
from benchmark.checks import EndToEnd, Golden
from benchmark.findings import (
    conditions_of,
    figures_of,
    golden_entry,
    load_of,
    memory_of,
    quality_of,
    rounded,
    turn_entry,
)
from benchmark.method import best_of, statistics_of
from benchmark.photos import ScoredPhotos
from benchmark.private import without_folders
from benchmark.timing import Run
from benchmark.verdict import Conditions, of_untimed, verdict
from benchmark.yardstick import VERSION, Reading
from pocketseg.core import manifest
from pocketseg.core.files import sha256_path
from pocketseg.core.installation import build_type, commit, version
from pocketseg.core.record import SCHEMA_VERSION, printable
from pocketseg.core.types import Artifact

IMPORTS = ("benchmark.runtimes",)
ARTIFACT_FACTS = (  # what a record says of a file as its manifest does
    "sha256", "file", "model", "recipe", "precision", "target", "output", "size_bytes", "input_height_px",
    "input_width_px", "checkpoint_sha256", "split_hash",
)  # fmt: skip
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when a run takes place: what all of its records share.

    Attributes:
        device, state_start: objects of the record.
        best: the yardstick's least known time; None if not known.
        best_reached_at: when that was last reached; None if not known.
        unknown: the reason for each null in these objects, by JSON pointer.
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
    """The runtime of a file. kind: `host`, or `reference` for an evaluator, which is not an engine of any device."""

    name: str
    module: str
    kind: str
    label: str = ""

    @property
    def tool(self) -> str:
        """Return the runtime's distribution; empty if it cannot be imported."""
        try:
            return str(importlib.import_module(self.module).TOOL)
        except ImportError:
            return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The results of one file."""

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
    said, reasons = verdict(figures, found.conditions) if run.timed else of_untimed(found.conditions)
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
            "conditions": conditions_of(found.conditions, unknown),
            "load": load_of(run, unknown),
            "memory": memory_of(run, unknown),
            "warm_up_runs": run.warm_up_runs,
            "turns": [turn_entry(turn, unknown) for turn in run.turns],
            "end_to_end": [rounded(dataclasses.asdict(sample)) for sample in found.end_to_end],
            "golden": golden_entry(found.golden, unknown),
            "quality": quality_of(found.score, data, unknown),
            "statistics": figures_of(figures, run, found.end_to_end, found.score, unknown),
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
                name: printable(value, LONGEST_NAME) if isinstance(value := getattr(artifact, name), str) else value
                for name in ARTIFACT_FACTS
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
    """Return the reasons for nulls among the values that every record has."""
    unknown = {"/program/commit": "this is no checkout of the project"} if commit() is None else {}
    if place.best is None:
        unknown["/yardstick/best"] = "it was not measured on this device yet"
    elif place.best_reached_at is None:
        unknown["/yardstick/best/reached_at"] = "it was measured for this run alone"
    return unknown | ({} if _version(runtime.tool) else {"/runtime/version": "the runtime is not installed"})


def _yardstick(place: Place) -> dict[str, Any]:
    if place.best is None:
        return {"version": VERSION, "best": None}
    return {"version": VERSION, "best": {**dataclasses.asdict(place.best), "reached_at": place.best_reached_at}}


def _clean(made: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a document that may leave the computer: its free texts name no folders, and each is one line.

    path: of the file.
    """
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
    """Return a value in which every text is one printable line: names come from files, reasons from engines."""
    if isinstance(value, dict):
        return {printable(name): _in_lines(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_in_lines(part) for part in value] if value and not isinstance(value[0], float) else value
    return printable(value) if isinstance(value, str) else value
