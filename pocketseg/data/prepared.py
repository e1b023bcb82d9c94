"""What a folder that `data prepare` wrote records about itself: the names of its copies, and what each was made
from."""

from __future__ import annotations

import functools
from pathlib import Path

from pocketseg.core.outside import parse_json
from pocketseg.data.photos import PhotoSet

LOG = "prepared.jsonl"  # one line for each photo that was copied


def copy_name(photo_id: str) -> str:
    """Return a photo's name in the copy: its id, folders joined by a dash."""
    return photo_id.replace("/", "-")


@functools.lru_cache(maxsize=8)
def _sources(log: Path, changed_ns: int) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = parse_json(line)
            found[copy_name(str(entry["id"]))] = tuple(str(d) for d in entry.get("sources", ()))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return found


def source_digests(photos: PhotoSet) -> dict[str, tuple[str, ...]]:
    """Return, for a folder that `prepare` wrote, the digests of the files that each copy was made from, by id."""
    log = photos.root / LOG
    if photos.format != "folder" or not log.is_file():
        return {}
    return _sources(log, log.stat().st_mtime_ns)
