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
from scripts.u2net_or_topformer.kept import parameters_of

FOLDER = ROOT / "docs" / "test-and-validation"
FACTS, JUDGED, GIVEN = FOLDER / "photos.json", FOLDER / "judged-pairs.json", FOLDER / "given.json"
PARTS = ("val", "test")
RUNS = ROOT / "docs" / "runs"


def scores_path(name: str) -> Path:
    """Return the file of a released network's scores, which `pocketseg release` writes, too."""
    return models.RELEASED_FOLDER / f"{name}.scores.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What is kept of a network. scores: by part. epochs: of its training, each with val_miou and the input's size.
    sha256: of its weights.
    """

    scores: Mapping[str, Scores]
    epochs: Sequence[Mapping[str, Any]]
    epoch_of_best: int
    sha256: str


def networks() -> dict[str, Network]:
    """Return one network of each kind, so that none counts twice in a mean, by name: the released ones, then of others
    that run on record, with the network's whole width, that validation finds best. Raises DataError.
    """
    found: dict[str, Network] = {}
    for name in models.released():
        path, card = scores_path(name), read(models.RELEASED_FOLDER / f"{name}.json")
        if path.is_file() and card["network"] == name:  # not one that was made of it
            found[name] = _network(card, card["log"], read(path), path)
    kinds, others = set(found), []
    for path in sorted(RUNS.glob("*.json")):
        content = read(path)
        if "confusions" in content and content["network"] not in kinds and _is_whole(content["card"]):
            others.append((-float(content["card"]["val"]["miou"]), path, content))
    for _, path, content in sorted(others, key=lambda one: one[:2]):
        if content["network"] not in kinds:
            kinds.add(content["network"])
            found[content["card"]["name"]] = _network(content["card"], content["epochs"], content, path)
    return found


def _network(
    card: Mapping[str, Any], epochs: Sequence[Mapping[str, Any]], content: Mapping[str, Any], path: Path
) -> Network:
    scores = scores_of(content, path)
    return Network(scores=scores, epochs=epochs, epoch_of_best=card["epoch_of_best"], sha256=card["sha256"])


def _is_whole(card: Mapping[str, Any]) -> bool:
    return bool(card["parameters"] == parameters_of(card["network"]))


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
