"""How a folder with faults must be reported: each fault of a table under its name, with its file and line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from _data_faults import FAULTS, Fault
from _data_folders import BUILD

from pocketseg.core.errors import DataError
from pocketseg.data.check import Checked
from pocketseg.data.photos import open_photos, read_image, read_pair


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A fault as it must be reported."""

    what: re.Pattern[str]
    path: Path
    line: int | None

    def named_by(self, error: DataError) -> bool:
        return self.what.search(error.message) is not None and (error.path, error.line) == (self.path, self.line)


def expected_of(name: str, fault: Fault, root: Path, photo_id: str, index: int) -> Expected:
    first = 2 + 2 * index if name == "imaterialist" else 1 + index
    return Expected(
        what=re.compile(fault.what.replace("ID", photo_id)),
        path=root / fault.file.replace("ID", photo_id),
        line=fault.line if fault.row is None else first + fault.row,
    )


def use(spec: str) -> None:
    """Read everything that a command may ask for."""
    photos = open_photos(spec)
    for photo_id in photos.ids:
        read_pair(photos, photo_id)
        photos.keypoints(photo_id)
        photos.dense_pose(photo_id)
    for photo_id in photos.unlabelled_ids:
        read_image(photos.image_path(photo_id))


def messages(result: Checked) -> list[str]:
    return [f.message for f in result.faults]


def spoiled(name: str, root: Path) -> list[Expected]:
    """Make a folder with one photo for each fault of a format, the first of each kind, and one good photo."""
    first: dict[str, Fault] = {}
    for key, fault in FAULTS[name].items():
        first.setdefault(fault.kind or key, fault)
    together = [fault for fault in first.values() if not fault.alone]
    ids = [str(11 + k) for k in range(len(together))]
    BUILD[name](root, (*ids, "98"))
    for fault, photo_id in zip(together, ids, strict=True):
        fault.spoil(root, photo_id)
    return [expected_of(name, f, root, i, k) for k, (f, i) in enumerate(zip(together, ids, strict=True))]
