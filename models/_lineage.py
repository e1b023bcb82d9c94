"""What a network's file says of the steps that made it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocketseg.core.errors import CheckpointError
from pocketseg.core.outside import parse_json

LINEAGE = "lineage"


def lineage(metadata: Mapping[str, str], source: str | Path) -> list[dict[str, Any]]:
    """Give what the steps said of themselves, the first step first; empty where there are none.

    source: the file, to name it. Raises CheckpointError for a record that is none.
    """
    try:
        found = parse_json(metadata.get(LINEAGE, "[]"))
        if not isinstance(found, list) or not all(
            isinstance(e, dict) and {"step", "parent"} <= e.keys() and _are_texts(e.get("notes", [])) for e in found
        ):
            raise ValueError("it is no list of steps")
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"the lineage in {source} is damaged: {error}", hint="make it again") from error
    return found


def _are_texts(notes: object) -> bool:
    return isinstance(notes, list) and all(isinstance(note, str) for note in notes)


def lineage_of(path: Path) -> list[dict[str, Any]]:
    """Give that of a weights file; kinds of file that say nothing have none."""
    from models._checkpoints import read_metadata

    return lineage(read_metadata(path), path)
