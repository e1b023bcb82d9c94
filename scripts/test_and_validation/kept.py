"""The kept files of this study: scores photo by photo, facts of photos, and judgements of pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
_RUNS = ROOT / "docs" / "runs"


def scores_path(name: str) -> Path:
    """Return the file of a released network's scores, which `pocketseg release` writes, too."""
    return models.RELEASED_FOLDER / f"{name}.scores.json"


def all_scores() -> dict[str, dict[str, Scores]]:
    """Return scores by network, then by part: of released networks, and of runs whose weights are not kept here.

    Raises DataError for a damaged file.
    """
    found = {}
    for name in models.released():
        if (path := scores_path(name)).is_file():
            found[name] = scores_of(read(path), path)
    for path in sorted(_RUNS.glob("*.json")):
        content = read(path)
        if "confusions" in content:
            found[str(content["name"])] = scores_of(content, path)
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
