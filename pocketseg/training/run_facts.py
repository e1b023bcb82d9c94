"""What a run's folder records besides what determines the weights: where its photos are, its name, its machine."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import torch

import models
from pocketseg.core.cache import versions
from pocketseg.core.files import write_json
from pocketseg.core.outside import read_json

NAME = "data.json"


def keep_data(run: Path, data: str, split_file: Path | None) -> None:
    """Record `FORMAT:PATH` and split file of a run as they were given, and the folder they are relative to."""
    said = {"data": data, "split_file": str(split_file) if split_file else None, "from": str(Path.cwd())}
    write_json(run / NAME, said)


def data_of_run(weights: Path) -> tuple[str, Path | None] | None:
    """Return `FORMAT:PATH` and split file of the run that these weights
    are part of; None where they are not known here.
    """
    try:
        said = read_json(weights.parent / NAME)
        data, split_file = str(said["data"]), said["split_file"]
        if said["from"] != str(Path.cwd()):  # relative paths mean something else here
            return None
        return data, Path(split_file) if split_file else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def name_in(weights: Path) -> str:
    """Return the name of an interrupted run's weights; empty where there are none, or they have none."""
    return models.read_metadata(weights).get("name", "") if weights.is_file() else ""


def rename(weights: Path, name: str) -> None:
    """Give the best weights of a run, which may be finished already, the name that was asked for."""
    if name_in(weights) != name:
        best = models.open_any_model(str(weights))
        facts = {k: v for k, v in best.metadata.items() if k not in (*models.SPEC_KEYS, "narrow")}
        models.save_weights(best.module, best.spec, weights, dtype="fp32", metadata={**facts, "name": name})


def environment(accelerator: str) -> dict[str, Any]:
    """Return where and with what a run is made; what determines the weights is in config.json."""
    return {
        "machine": platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": platform.processor() or "not said",
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "accelerator": torch.cuda.get_device_name() if torch.cuda.is_available() else accelerator,
        "packages": versions(("torch", "numpy", "pillow", "lightning-fabric", "torchmetrics")),
    }
