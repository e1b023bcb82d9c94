"""The sets of photos that the rows of a table were scored on: a short mark for each if they differ, and a sentence."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from benchmark.repeats import scored_on
from pocketseg.core.types import BenchmarkRow

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class PhotoSets:
    """The sets of photos that the rows of one table were scored on, in the order in which they appear.

    A set's mark is the number of its photos, `32`. Sets with the same number also get a letter: `32a`, `32b`.
    """

    def __init__(self, rows: Sequence[BenchmarkRow]) -> None:
        self._rows = list(rows)  # kept, so that their ids stay theirs
        known = {_said(row): key for row in reversed(rows) if row.document and (key := scored_on(row)) is not None}
        sets: dict[Hashable, BenchmarkRow] = {}
        self._of: dict[int, Hashable] = {}
        for row in rows:
            if (key := scored_on(row)) is not None:
                key = key if row.document else known.get(_said(row), key)
                self._of[id(row)] = key
                sets.setdefault(key, row)
        counts = [row.photos for row in sets.values()]
        self._marks = {
            key: f"{row.photos}{_letter(counts[:at].count(row.photos)) if counts.count(row.photos) > 1 else ''}"
            for at, (key, row) in enumerate(sets.items())
        }
        self._words = {key: photos(row.photos, row.split, row.data) for key, row in sets.items()}

    @property
    def shown(self) -> bool:
        """Return whether a table needs the column: whether rows were scored on different photos."""
        return len(self._marks) > 1

    def of(self, row: BenchmarkRow) -> str:
        """Return the mark of the photos that a row was scored on; empty where it was not scored."""
        key = self._of.get(id(row))
        return "" if key is None else self._marks[key]

    def sentences(self) -> list[str]:
        """Return sentences on the photos behind the mIoUs; none if nothing was scored."""
        if not self.shown:
            return [f"mIoU over {words}." for words in self._words.values()]
        said = [
            words if mark.isdecimal() else f"{words} ({mark})"
            for words, mark in zip(self._words.values(), self._marks.values(), strict=True)
        ]
        return [f"mIoU over {' or '.join(said)}, as in the column Photos; scores on other photos cannot be compared."]


def photos(count: int, split: str, data: str = "") -> str:
    """Describe photos in words: `32 test photos of embedded`, `all 6 photos of folder:mine`."""
    part, whole = ("", "all ") if split == "all" and count != 1 else ("" if split == "all" else split, "")
    words = f"{whole}{count} {part} photo{'' if count == 1 else 's'}{f' of {data}' if data else ''}"
    return " ".join(words.split())


def _said(row: BenchmarkRow) -> Hashable:
    """Return what a row tells of its photos besides their hashes, which only records have."""
    return row.data, row.data_hash, row.split, row.photos


def _letter(number: int) -> str:
    return _LETTERS[number % len(_LETTERS)] * (number // len(_LETTERS) + 1)
