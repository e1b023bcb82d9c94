"""The data formats, one module each: `ccp:PATH` names `formats/ccp.py`.

A module holds what `DataFormat` describes. Its open_folder returns a `PhotoSet`, a protocol of
pocketseg/data/photos.py, which also has `PhotoFolder`, the part that formats share: start from that.
tests/contracts/test_data_format.py holds each format to both.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pocketseg.data.faults import Report
    from pocketseg.data.mapping import ClassMapping
    from pocketseg.data.photos import PhotoSet


class DataFormat(Protocol):
    """What a format's module offers.

    It may also hold SAME_SCENE, groups of ids that stay in one part of any split, and FIRST_ID, the number that the
    data itself gives the first label (0 by default).

    Attributes:
        HELP: a literal sentence on what the folder looks like.
        EXPECTED: a literal tuple of patterns, relative to the folder; `data check` notes a file that none of them fits.
        MAPPING: the format's own table from its labels to the garment classes; None where each folder names its own.
    """

    HELP: str
    EXPECTED: tuple[str, ...]
    MAPPING: ClassMapping | None

    def open_folder(self, root: Path, mapping_file: Path | None, report: Report) -> PhotoSet:
        """Return a folder's photos and masks; nothing is decoded yet.

        Args:
            root: a folder that exists.
            mapping_file: the user's own table, where one is named (data/mapping_file.py).
            report: called with each fault of the folder's structure, a DataError that says what, where (`path`, and
                `line` of a text file) and what to do. It may raise the fault or return; then the faulty entry is left
                out.

        Raises:
            DataError: for a folder that is not in the format's layout at all.
        """
