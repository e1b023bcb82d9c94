"""What a network's file says about the steps that made it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocketseg.core.errors import CheckpointError
from pocketseg.core.outside import parse_json

LINEAGE = "lineage"


def lineage(metadata: Mapping[str, str], source: str | Path) -> list[dict[str, Any]]:
    """Return the reports of the steps, the first step first; empty where there are none.

    source: the file's name for messages. Raises CheckpointError for a damaged record.
    """
    try:
        found = parse_json(metadata.get(LINEAGE, "[]"))
        if not isinstance(found, list) or not all(
            isinstance(e, dict) and {"step", "parent"} <= e.keys() and _are_texts(e.get("notes", [])) for e in found
        ):
            raise ValueError("it is not a list of steps")
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"the lineage in {source} is damaged: {error}", hint="make it again") from error
    return found


def _are_texts(notes: object) -> bool:
    return isinstance(notes, list) and all(isinstance(note, str) for note in notes)


def lineage_of(path: Path) -> list[dict[str, Any]]:
    """Return the lineage in a weights file; empty for kinds of file that hold none."""
    from models._checkpoints import read_metadata

    return lineage(read_metadata(path), path)
