"""The data formats: one file a format. `formats/ccp.py` is what `ccp:PATH` names.

A file holds what `DataFormat` says. What its open_folder gives is a `PhotoSet`, a protocol of pocketseg/data/photos.py,
which also has `PhotoFolder`, the part of it that formats share: start from that. tests/contracts/test_data_format.py
holds each file to both.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pocketseg.data.faults import Report
    from pocketseg.data.mapping import ClassMapping
    from pocketseg.data.photos import PhotoSet


class DataFormat(Protocol):
    """What a format's file offers.

    HELP: a literal sentence, how the folder looks. EXPECTED: a literal tuple of patterns, relative to the folder;
    a file that none of them fits is a note of `data check`. MAPPING: the format's own table from its labels to the
    garment classes; None where each folder names its own. A file may hold SAME_SCENE, groups of ids that stay on one
    side of any split, and FIRST_ID, the number that the data itself gives the first label (0).
    """

    HELP: str
    EXPECTED: tuple[str, ...]
    MAPPING: ClassMapping | None

    def open_folder(self, root: Path, mapping_file: Path | None, report: Report) -> PhotoSet:
        """List a folder's photos and masks; nothing is decoded yet.

        root: a folder that exists. mapping_file: the user's own table, where one is named (data/mapping_file.py).
        report: called with each fault of the folder's structure, a DataError that says what, where (`path`, and `line`
        of a text file) and what to do; it may raise it or go on, and where it goes on the faulty entry is left out.
        Raises DataError for a folder that is not in the format's layout at all.
        """
