"""The embedded sample: photos of the committed split with masks, for the quick start, calibration and tests."""

from __future__ import annotations

import functools
from pathlib import Path

from pocketseg.core.errors import DataError, UnknownNameError
from pocketseg.core.installation import repair
from pocketseg.core.outside import read_json
from pocketseg.data.faults import refuse
from pocketseg.data.formats.folder import FolderPhotos, open_folder
from pocketseg.data.split import SPLITS, Split, committed_splits, read_split

FOLDER = Path(__file__).parent / "sample"
READS = ("sample/*.json",)  # keys name photos by their digests: held-out photos are not opened to be hashed


@functools.cache
def _index() -> dict[str, dict[str, list[str]] | str]:
    try:
        content: dict[str, dict[str, list[str]] | str] = read_json(FOLDER / "sample.json")
    except (OSError, ValueError) as error:
        raise DataError(f"the embedded sample in {FOLDER} is damaged ({error})", hint=repair()) from error
    return content


def sample_photos() -> FolderPhotos:
    """Open the embedded photos."""
    return open_folder(FOLDER, None, refuse)


def sample_ids(part: str) -> tuple[str, ...]:
    """Return the ids of the embedded photos of `train` (calibration), `val` (choices) or `test` (final scores)."""
    parts = _index()["parts"]
    if part not in SPLITS or not isinstance(parts, dict):
        raise UnknownNameError("split", part, SPLITS)
    return tuple(parts[part])


def sample_split_hash() -> str:
    """Return the hash of the split that the sample was taken from."""
    return str(_index()["split_hash"])


def sample_split() -> Split:
    """Return the split of the embedded photos, which are some of each part of the split they come from; reads no
    photo."""
    whole = next(s for s in map(read_split, committed_splits()) if s.hash == sample_split_hash())
    parts = {part: {i: whole.photos[part][i] for i in sample_ids(part)} for part in SPLITS}
    return Split(name="embedded", photos=parts, never={}, made_with={"part_of": sample_split_hash()})
