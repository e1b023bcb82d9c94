"""Faults of a data set: raised one by one where data is used, collected where all of it is checked."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pocketseg.core.errors import DataError

Report = Callable[[DataError], None]


class Kind(enum.Enum):
    """Kinds of faults that many masks of one set can share: `data check` names each kind once, with a count."""

    NO_PNG = "no PNG"
    DEEP = "bits a channel"
    COLOURS = "colour image"
    UNNAMED_COLOURS = "colour that the mapping does not name"
    CLEAR = "transparent"
    VALUES = "value that names no class"
    SIZE = "size"
    TURNED = "EXIF orientation"


class MaskFault(DataError):
    """A fault of a mask that other masks of the set may share.

    Attributes:
        what: a mask or a label map.
        found: pixels by value or by colour 0xRRGGBB, the most frequent.
        distinct: how many different values or colours there are.
        wrong: some of those that have no meaning.
        detail: what tells this mask from others of its kind.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        path: Path,
        kind: Kind,
        line: int | None = None,
        found: Mapping[int, int] | None = None,
        distinct: int = 0,
        wrong: tuple[int, ...] = (),
        detail: str = "",
        what: str = "mask",
    ) -> None:
        super().__init__(message, hint=hint, path=path, line=line)
        self.kind = kind
        self.what = what
        self.found = dict(found or {})
        self.distinct = distinct
        self.wrong = wrong
        self.detail = detail or path.name


def refuse(fault: DataError) -> None:
    """Raise the fault: what every command but `data check` does."""
    raise fault


@contextmanager
def reported(report: Report) -> Iterator[None]:
    """Pass a fault raised inside the block to `report`, and continue after the block."""
    try:
        yield
    except DataError as fault:
        report(fault)
