"""The kept files of this study: scores photo by photo, facts of photos, and judgements of pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import models
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.files import write_text
from pocketseg.core.outside import read_json
from pocketseg.training.photo_scores import scores_of
from pocketseg.training.scores import Scores

FOLDER = ROOT / "docs" / "test-and-validation"
FACTS, JUDGED, GIVEN = FOLDER / "photos.json", FOLDER / "judged-pairs.json", FOLDER / "given.json"
PARTS = ("val", "test")
RUNS = ROOT / "docs" / "runs"


def scores_path(name: str) -> Path:
    """Return the file of a released network's scores, which `pocketseg release` writes, too."""
    return models.RELEASED_FOLDER / f"{name}.scores.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What is kept of a network. scores: by part. epochs: of its training, each with val_miou and the input's size."""

    scores: Mapping[str, Scores]
    epochs: Sequence[Mapping[str, Any]]
    epoch_of_best: int


def networks() -> dict[str, Network]:
    """Return released networks, then those of runs whose weights are not kept here, by name.

    A run that keeps a release's scores has its card's name, or its own where that is taken. Raises DataError.
    """
    found: dict[str, Network] = {}
    weights: set[str] = set()
    for name in models.released():
        if (path := scores_path(name)).is_file():
            card, content = read(models.RELEASED_FOLDER / f"{name}.json"), read(path)
            weights.add(card["sha256"])
            found[name] = Network(
                scores=scores_of(content, path), epochs=card["log"], epoch_of_best=card["epoch_of_best"]
            )
    for path in sorted(RUNS.glob("*.json")):
        content = read(path)
        if "confusions" not in content or content["card"]["sha256"] in weights:
            continue
        card = content["card"]
        name = content["name"] if card["name"] in found else card["name"]
        found[name] = Network(
            scores=scores_of(content, path), epochs=content["epochs"], epoch_of_best=card["epoch_of_best"]
        )
    return found


def read(path: Path) -> dict[str, Any]:
    """Return the content of a kept file. Raises DataError."""
    try:
        content = read_json(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error})", hint="restore it, or make it again", path=path) from error
    if not isinstance(content, dict):
        raise DataError(f"{path} does not hold a table", hint="restore it, or make it again", path=path)
    return content


def write_lines(path: Path, content: Mapping[str, Any]) -> Path:
    """Write a table of tables as JSON, with each inner entry in a line of its own."""
    return write_text(path, _lines(content, 0) + "\n")


def _lines(value: Any, level: int) -> str:
    if not isinstance(value, Mapping) or not value or level == 3:
        return json.dumps(value)
    inner = ",\n".join(f"{' ' * (level + 1)}{json.dumps(k)}: {_lines(v, level + 1)}" for k, v in value.items())
    return "{\n" + inner + f"\n{' ' * level}}}"
