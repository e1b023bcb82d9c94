"""The record of a finished run: a small JSON file that outlives its machine, with its class maps beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.files import write_encoded, write_text
from pocketseg.core.metrics import Counts, whole_counts
from pocketseg.core.outside import read_json
from pocketseg.data.photos import Pixels
from pocketseg.study.plan import Stage

_MOST_BYTES = 16 << 20
_HINT = "remove it to do the run again, or restore it"


def name_of(arm: str, fold: int, stage: Stage = Stage.FIRST) -> str:
    """Return the name of a run."""
    return f"{arm}-fold{fold}" + ("" if stage is Stage.FIRST else f"-stage{stage}")


def path_of(folder: Path, arm: str, fold: int, stage: Stage = Stage.FIRST) -> Path:
    """Return the path of a run's record."""
    return folder / f"{name_of(arm, fold, stage)}.json"


def is_done(folder: Path, plan_hash: str, arm: str, fold: int, stage: Stage = Stage.FIRST) -> bool:
    """Return whether a run has its record. Raises as `of_run` does."""
    return of_run(folder, plan_hash, arm, fold, stage) is not None


def of_run(folder: Path, plan_hash: str, arm: str, fold: int, stage: Stage = Stage.FIRST) -> dict[str, Any] | None:
    """Return a run's record; None where it has none.

    Raises UsageError for a record of another plan, DataError for a damaged one.
    """
    path = path_of(folder, arm, fold, stage)
    if not path.exists():
        return None
    found = read(path)
    if found["plan"] != plan_hash:
        raise UsageError(
            f"{path} is of plan {found['plan']}, but this one is {plan_hash}",
            hint="another plan is another study: give another --records folder",
        )
    if (found["arm"], found["fold"], found["stage"]) != (arm, fold, stage):
        of = f"{found['arm']}, fold {found['fold']}, stage {found['stage']}"
        raise DataError(f"{path} holds the run {of}", hint=_HINT, path=path)
    return found


def read(path: Path) -> dict[str, Any]:
    """Return a record. Raises DataError for a file that is not one."""
    try:
        found = read_json(path, _MOST_BYTES)
        kinds = {"plan": str, "arm": str, "fold": int, "seed": int, "steps": int, "classes": list, "confusions": dict}
        if not (isinstance(found, dict) and all(isinstance(found.get(k), t) for k, t in kinds.items())):
            raise ValueError(f"one of {', '.join(kinds)} is missing or has the wrong type")
        found = {"stage": int(Stage.FIRST), **found}  # the first records do not say it
        Stage(found["stage"])
        _check_facts(found)
        confusions(found)
    except (OSError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise DataError(f"{path} is not a record of a study's run ({error})", hint=_HINT, path=path) from error
    return found


def confusions(record: Mapping[str, Any]) -> dict[str, dict[str, Counts]]:
    """Return a record's confusion matrices, C,C, by the state of the signals and by photo. Raises ValueError."""
    found: dict[str, dict[str, Counts]] = {}
    count = len(record["classes"])
    for kind, photos in record["confusions"].items():
        found[kind] = {i: whole_counts(flat, count, count) for i, flat in photos.items()}
    return found


def _check_facts(found: Mapping[str, Any]) -> None:
    """Refuse what a report would stumble over. Raises ValueError."""
    if not all(isinstance(name, str) for name in found["classes"]):
        raise ValueError("classes are not texts")
    for name in ("seconds", "processor_s_a_step"):
        if not isinstance(found.get(name, 0) or 0, int | float):
            raise ValueError(f"{name} is not a number")
    if not isinstance(found.get("environment", {}), dict):
        raise ValueError("environment is not a table")


def write(folder: Path, facts: Mapping[str, Any], counts: Mapping[str, Mapping[str, Counts]], maps: Pixels) -> Path:
    """Write a run's class maps, then its record, which marks the run as finished; one line for each photo."""
    path = path_of(folder, facts["arm"], facts["fold"], Stage(facts["stage"]))
    write_encoded(path.with_suffix(".maps.npz"), lambda stream: np.savez_compressed(stream, maps=maps))
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in facts.items()]
    kinds = []
    for kind, photos in counts.items():
        rows = ",\n".join(f"   {json.dumps(i)}: {json.dumps(m.flatten().tolist())}" for i, m in photos.items())
        kinds.append(f"  {json.dumps(kind)}: {{\n{rows}\n  }}")
    lines.append(' "confusions": {\n' + ",\n".join(kinds) + "\n }")
    return write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")
