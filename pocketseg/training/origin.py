"""What decided a run's weights, as its record keeps it: from this, `pocketseg train --again` trains them anew."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import models
from models._checkpoints import read_state_dict
from models._published import STEP
from pocketseg.core.errors import DataError, PocketSegError
from pocketseg.core.files import sha256_file
from pocketseg.core.outside import read_json
from pocketseg.core.types import ModelSpec, spec_from_json
from pocketseg.training.number_formats import PRECISIONS
from pocketseg.training.recipe import TrainingRecipe, load_recipe
from pocketseg.training.refusals import check_seed

_TOOLS = ("pocketseg", "torch", "python")
_WANTED = (
    "name", "network", "recipe", "fitted_from", "seed", "precision", "devices", "data", "spec", "split_hash",
    "unlabelled", "teachers_sha256", "initial", "tools", "best",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What decided a run's weights, and what came out.

    Attributes:
        given: settings of the recipe that stay as they are, however short the run.
        initial: sha256 of the file that the run began from, empty where it began from random weights.
        pretrained: the step that made this file of published weights, empty where none did.
        teachers: their sha256, in order.
        signals: sha256 of the files with signals, by kind.
        best: sha256 of the file and of its tensors, the epoch, its validation mIoU, and the file's own name.
        environment: machine, threads and versions.
    """

    name: str
    network: str
    recipe: TrainingRecipe
    given: frozenset[str]
    seed: int
    precision: str
    devices: int
    data: str
    spec: ModelSpec
    split_hash: str
    unlabelled: int
    teachers: tuple[str, ...]
    initial: str
    pretrained: Mapping[str, Any]
    signals: Mapping[str, str]
    best: Mapping[str, Any]
    environment: Mapping[str, Any] = field(default_factory=dict)


def facts(run: Path) -> dict[str, Any]:
    """Return what a run's folder says of its origin, as plain values; what an older run does not say is left out.

    Raises DataError for a folder that is not a run.
    """
    try:
        config = read_json(run / "config.json")
        environment = read_json(run / "environment.json") if (run / "environment.json").is_file() else {}
        recipe = config["recipe"]
        found = {key: config[key] for key in ("spec", "data", "devices") if key in config}
        found["fitted_from"] = {name: recipe[name] for name in config.get("fitted", {})}
        if "teachers" in config:
            found["teachers_sha256"] = list(config["teachers"])
        if "signals" in config:
            found["signals"] = dict(config["signals"])
        if all(key in config for key in _TOOLS):
            found["tools"] = {key: config[key] for key in _TOOLS}
        if "initial" in config:
            made_by = _ancestors(run / "best.safetensors") if config["initial"] else []
            found["initial"] = {"sha256": config["initial"], "lineage": made_by} if config["initial"] else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"{run} is not a training run ({error})", path=run) from error
    return found | ({"environment": environment} if environment else {}) | _best(run / "best.safetensors")


def _ancestors(weights: Path) -> list[dict[str, Any]]:
    """Return the steps before a training that ended in these weights."""
    steps = models.lineage_of(weights) if weights.is_file() else []
    return steps[:-1] if steps and steps[-1]["step"] == "train" else []


def _best(weights: Path) -> dict[str, Any]:
    if not weights.is_file():
        return {}
    metadata = models.read_metadata(weights)
    return {"best": outcome(weights) | {"name": metadata.get("name", "")}} if "val_miou" in metadata else {}


def outcome(weights: Path) -> dict[str, Any]:
    """Return what came out of a run: hashes, size, epoch and validation mIoU of its best weights."""
    metadata = models.read_metadata(weights)
    return {
        "sha256": sha256_file(weights),
        "tensors_sha256": tensors_sha256(weights),
        "size_bytes": weights.stat().st_size,
        "epoch": int(metadata["epoch"]),
        "val_miou": float(metadata["val_miou"]),
    }


def tensors_sha256(weights: Path) -> str:
    """Return a hash of a file's tensors by name, whatever else the file says."""
    digest = hashlib.sha256()
    for name, tensor in sorted(read_state_dict(weights).items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def read_origin(path: Path) -> Origin:
    """Return what a record says of its run's origin.

    Raises DataError for a file that is not a record, lacks something, or is of an unfinished run, and UsageError for a
    recipe that this version does not have.
    """
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a record of a run ({error})", path=path) from error
    if not isinstance(content, dict) or not {"network", "recipe", "epochs"} <= content.keys():
        raise DataError(
            f"{path} is not a record of a run", hint="give a file like those in docs/runs of the repository", path=path
        )
    lacking = [key for key in _WANTED if key not in content]
    if lacking:
        raise DataError(
            f"{path} does not say enough to train its run again; it lacks {', '.join(lacking)}",
            hint=(
                "records made by older versions lack this; where the run's folder still exists, make the record again: "
                "python -m scripts.training_log RUN"
            ),
            path=path,
        )
    if content.get("finished") is not True:
        raise DataError(f"{path} is of a run that was not finished", hint="train that run to its end first", path=path)
    try:
        return _origin(content)
    except PocketSegError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path} is damaged ({type(error).__name__}: {error})", hint="restore it", path=path) from error


def _origin(content: Mapping[str, Any]) -> Origin:
    network, fitted_from, initial = str(content["network"]), content["fitted_from"], content["initial"]
    models.spec(network)  # a known one
    lineage = initial["lineage"] if initial else []
    pretrained = dict(lineage[0]) if len(lineage) == 1 and lineage[0]["step"] == STEP else {}
    if pretrained:
        pretrained["photos"] = int(pretrained["photos"])
    best = content["best"]
    if type(content["seed"]) is not int or type(content["devices"]) is not int:
        raise TypeError("seed and devices must be whole numbers")
    check_seed(content["seed"])
    if content["devices"] < 1 or content["precision"] not in PRECISIONS:
        raise ValueError(f"{content['devices']} devices with precision {content['precision']!r}")
    return Origin(
        name=str(content["name"]),
        network=network,
        recipe=load_recipe(network, {**content["recipe"], **fitted_from}),
        given=frozenset(content["recipe"]) - frozenset(fitted_from),
        seed=content["seed"],
        precision=content["precision"],
        devices=content["devices"],
        data=str(content["data"]),
        spec=spec_from_json(content["spec"]),
        split_hash=str(content["split_hash"]),
        unlabelled=int(content["unlabelled"]),
        teachers=tuple(str(sha256) for sha256 in content["teachers_sha256"]),
        initial=str(initial["sha256"]) if initial else "",
        pretrained=pretrained,
        signals=dict(content.get("signals", {})),
        best={**best, "sha256": str(best["sha256"]), "val_miou": float(best["val_miou"])},
        environment={**content.get("environment", {}), **{key: content["tools"][key] for key in _TOOLS}},
    )
