"""A run's settings and epochs as plain values, read from its own files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError
from pocketseg.core.outside import read_json

RUN_KEYS = ("network", "recipe", "seed", "precision", "split_hash")  # what makes a run another one
_WANTED = "give a folder that `pocketseg train` wrote"


def record(run: Path) -> dict[str, Any]:
    """Return a run's settings and epochs as plain values.

    Raises DataError where the folder is not a run, or has no epoch.
    """
    run = run.resolve()  # `.` has a name, too
    try:
        config = read_json(run / "config.json")
        with (run / "log.csv").open(newline="", encoding="utf-8") as stream:
            rows = [{k: float(v) for k, v in row.items() if k is not None} for row in csv.DictReader(stream)]
        notes = (run / "notes.txt").read_text(encoding="utf-8").strip() if (run / "notes.txt").is_file() else ""
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{run} is not a training run ({error})", hint=_WANTED, path=run) from error
    lacking = [key for key in RUN_KEYS if not isinstance(config, dict) or key not in config]
    if lacking:
        raise DataError(f"{run} is not a training run (config.json lacks {', '.join(lacking)})", hint=_WANTED, path=run)
    if not rows:
        raise DataError(f"{run} has not finished an epoch", hint="train it for one epoch or more", path=run)
    return {
        "name": run.name,
        "network": config["network"],
        "recipe": {**config["recipe"], **config.get("fitted", {})},
        "seed": config["seed"],
        "precision": config["precision"],
        "split_hash": config["split_hash"],
        "teachers": len(config.get("teachers", [])),
        "unlabelled": config.get("unlabelled", 0),
        "finished": (run / "result.json").is_file(),
        "notes": notes,
        "epochs": rows,
    }
