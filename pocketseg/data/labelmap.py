"""Lists of colour names that other tools write: labelmap.txt of CVAT, class_dict.csv of Kaggle data sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_CVAT = re.compile(r"([^:#]+):(\d{1,3}),(\d{1,3}),(\d{1,3}):.*")
_CSV = re.compile(r"\s*([^,]+?)\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*")
_FILES = (("labelmap.txt", _CVAT), ("class_dict.csv", _CSV))
_MOST_BYTES = 1 << 16


def listed_colors(root: Path) -> dict[int, str]:
    """Return names by colour 0xRRGGBB from a list beside the data; empty where there is none."""
    found: dict[int, str] = {}
    for name, pattern in _FILES:
        for label, red, green, blue in _lines(root / name, pattern):
            if max(red, green, blue) <= 255 and label not in found.values():
                found.setdefault(red << 16 | green << 8 | blue, label)
    return found


def _lines(path: Path, pattern: re.Pattern[str]) -> Iterator[tuple[str, int, int, int]]:
    try:
        with path.open("rb") as stream:
            text = stream.read(_MOST_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return
    for line in text.splitlines():
        if match := pattern.fullmatch(line):
            yield match[1].strip(), int(match[2]), int(match[3]), int(match[4])
