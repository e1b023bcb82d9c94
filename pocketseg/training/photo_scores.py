"""Scores photo by photo in a JSON file: intervals, differences and scores on some photos need no weights then.

The file holds `classes`; `confusions`, by part of the split and photo, each matrix in a line (pixels by label, then by
prediction); and `boundaries`, intersection and union of each class's boundary band.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError
from pocketseg.core.files import write_text
from pocketseg.core.metrics import whole_counts
from pocketseg.core.outside import read_json
from pocketseg.training.scores import PhotoScore, Scores

TABLES = ("confusions", "boundaries")


def tables(scores: Mapping[str, Scores]) -> dict[str, dict[str, dict[str, list[int]]]]:
    """Return the counts of each part's photos as plain values, by table, part and photo."""
    return {
        "confusions": {k: {p.id: p.confusion.flatten().tolist() for p in v.photos} for k, v in scores.items()},
        "boundaries": {k: {p.id: p.boundary.flatten().tolist() for p in v.photos} for k, v in scores.items()},
    }


def write_scored(path: Path, content: Mapping[str, Any]) -> Path:
    """Write JSON as write_json does, but each photo of the tables in one line, and the tables last."""
    text = json.dumps({k: v for k, v in content.items() if k not in TABLES}, indent=2, ensure_ascii=False)
    parts = [text.removesuffix("\n}"), *(_lines(name, content[name]) for name in TABLES if name in content)]
    return write_text(path, ",\n".join(parts) + "\n}\n")


def write_released(path: Path, about: Mapping[str, Any], split_hash: str, scores: Mapping[str, Scores]) -> Path:
    """Write the scores of released weights. about: the weights' name, network, sha256 and classes, as in a card."""
    of = {key: about[key] for key in ("name", "network", "sha256", "classes")} | {"split_hash": split_hash}
    return write_scored(path, of | tables(scores))


def _lines(name: str, table: Mapping[str, Mapping[str, list[int]]]) -> str:
    parts = []
    for part, photos in table.items():
        rows = ",\n".join(f"      {json.dumps(i, ensure_ascii=False)}: {json.dumps(row)}" for i, row in photos.items())
        parts.append(f'    "{part}": {{\n{rows}\n    }}' if rows else f'    "{part}": {{}}')
    return f'  "{name}": {{\n' + ",\n".join(parts) + "\n  }"


def scores_of(content: Mapping[str, Any], source: object) -> dict[str, Scores]:
    """Return the scores in a file's content, by part of the split.

    source: names the file in messages. Raises DataError for what cannot be the counts of photos.
    """
    try:
        classes = tuple(str(name) for name in content["classes"])
        count, found = len(classes), {}
        for part, photos in content["confusions"].items():
            bands = content["boundaries"][part]
            if list(bands) != list(photos):
                raise ValueError(f"its tables list other photos of {part}")
            found[str(part)] = Scores(
                classes=classes,
                photos=tuple(
                    PhotoScore(
                        id=str(i), confusion=whole_counts(row, count, count), boundary=whole_counts(bands[i], count, 2)
                    )
                    for i, row in photos.items()
                ),
            )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DataError(
            f"{source} does not hold scores photo by photo ({type(error).__name__}: {error})", hint="make it again"
        ) from error
    return found


def read_scores(path: Path) -> dict[str, Scores]:
    """Return the scores in a file, by part of the split. Raises DataError."""
    try:
        return scores_of(read_json(path), path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error})", path=path) from error
