"""How weights were trained: read from the model card beside them, or from the run that contains them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError
from pocketseg.core.outside import read_json
from pocketseg.training.run_record import record

_CURVE = ("epoch", "height_px", "width_px", "loss", "val_miou", "seconds")


def trained(weights: Path, sha256: str, network: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return source (card, run or weights), minutes, epochs, planned_epochs, seed, split_hash, recipe and curve.

    A card counts if it names the hash of these weights, a run if it trained this network. Minutes are wall-clock
    minutes of the machine that trained. Unknown values are None; curve is a list of epochs, empty if unknown.
    """
    return (
        _from_card(weights.with_suffix(".json"), sha256)
        or _from_run(weights.parent, network)
        or {
            "source": "weights",
            "minutes": None,
            "epochs": None,
            "planned_epochs": None,
            "seed": None,
            "split_hash": metadata.get("split_hash") or None,
            "curve": [],
        }
    )


def _from_card(path: Path, sha256: str) -> dict[str, Any] | None:
    try:
        card = read_json(path)
        if card["sha256"] != sha256:
            return None
        curve = _curve(card["log"])
        return {
            "source": "card",
            "minutes": float(card["training_seconds"]) / 60,
            "epochs": int(curve[-1]["epoch"]) if curve else int(card["recipe"]["epochs"]),
            "planned_epochs": int(card["recipe"]["epochs"]),
            "seed": card["seed"],
            "split_hash": card["data"]["split_hash"],
            "curve": curve,
        }
    except (OSError, ValueError, KeyError, TypeError):  # no card, or another tool's file of that name
        return None


def _from_run(folder: Path, network: str) -> dict[str, Any] | None:
    if not (folder / "config.json").is_file():
        return None
    try:
        run = record(folder)
        if run["network"] != network or not run["epochs"]:
            return None
        curve = _curve(run["epochs"])
        return {
            "source": "run",
            "minutes": curve[-1]["seconds"] / 60,
            "epochs": int(curve[-1]["epoch"]),
            "planned_epochs": int(run["recipe"]["epochs"]),
            "seed": run["seed"],
            "split_hash": run["split_hash"],
            "curve": curve,
        }
    except (DataError, ValueError, KeyError, TypeError):  # another tool's config.json
        return None


def _curve(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, float]]:
    return [{key: float(row[key]) for key in _CURVE} for row in rows]
