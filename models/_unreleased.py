"""Where to get, or how to make, weights of a network that is known and not released: by records, packages, training."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from models._published import PUBLISHED
from pocketseg.core.cache import ROOT
from pocketseg.core.outside import read_json

READS = ()  # only an error's hint depends on records
RECORDS = ROOT / "docs" / "runs"  # of a checkout; a wheel has none


def ways(network: str, released: Iterable[str]) -> list[str]:
    """Return sentences on where weights of a network come from; the first that applies of record, package, recipe.

    released: names, of which those made of this network are listed.
    """
    made = [name for name in released if name.startswith((f"{network}-", f"{network}_"))]
    descendants = [f"released networks made of it: {', '.join(made)}"] if made else []
    return [*descendants, *(_by_record(network) or _by_start(network) or _by_training(network))]


def _by_record(network: str) -> list[str]:
    """Return how to make again the weights of the best run on record whose weights are kept elsewhere."""
    records = [(path, found) for path in sorted(RECORDS.glob(f"{network}_*.json")) if (found := _record(path, network))]
    if not records:
        return []
    path, found = max(records, key=_size_and_score)  # the largest are whole: others were cut
    command = shlex.join(["pocketseg", "train", "--again", _shown(path), "--data", f"{found['data']}:PATH"])
    size, hours = found["card"]["size_bytes"] / 1e6, found["epochs"][-1]["seconds"] / 3600
    return [
        f"its weights take {size:.0f} MB, too much for the repository, which has the record of their training "
        f"({hours:.1f} hours then); make them again:",
        f"  {command} --out runs/{network}",
    ]


def _size_and_score(each: tuple[Path, Mapping[str, Any]]) -> tuple[int, float]:
    card = each[1]["card"]
    return int(card["parameters"]), float(card["val"]["miou"])


def _record(path: Path, network: str) -> Mapping[str, Any] | None:
    """Return a record that has what is said of it; None for another network's, and for one without a release."""
    try:
        found: dict[str, Any] = read_json(path)
        if found["network"] != network or found["finished"] is not True:
            return None
        card = found["card"]
        numbers = (card["val"]["miou"], card["size_bytes"], card["parameters"], found["epochs"][-1]["seconds"])
        return found if all(isinstance(n, int | float) for n in numbers) and isinstance(found["data"], str) else None
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _by_start(network: str) -> list[str]:
    if network not in PUBLISHED:
        return []
    common = f"--data FORMAT:PATH --out runs/{network}"
    return [
        "train it from published weights:",
        f"  pocketseg pretrained {network} --data FORMAT:PATH --out start.safetensors",
        f"  pocketseg train {network} --recipe garments --init start.safetensors {common}",
    ]


def _by_training(network: str) -> list[str]:
    return [f"train it: pocketseg train {network} --data FORMAT:PATH --out runs/{network}"]
