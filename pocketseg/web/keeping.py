"""Where served bundles are kept: each in a folder named by its hash, so that a record finds its bundle later."""

from __future__ import annotations

import dataclasses
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pocketseg.core.files import disk_faults, make_folder, replace_folder
from pocketseg.devices.make import Made

BUNDLES = "bundles"
_LONGEST_NAME = 64


@contextmanager
def workplace(out: Path, networks: Sequence[str]) -> Iterator[Path]:
    """Yield a path below `out` at which to make a bundle; what is still there at the end is removed.

    networks: of the bundle's files. The page shows the folder's name as the bundle's name.
    """
    bundles = make_folder(out / BUNDLES)
    with disk_faults(bundles):
        work = Path(tempfile.mkdtemp(prefix=".making-", dir=bundles))
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", "-".join(dict.fromkeys(networks))).strip("_")
    try:
        yield work / (name[:_LONGEST_NAME] or "bundle")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def keep(made: Made, out: Path) -> Made:
    """Move a finished bundle to its path. Its zip is not kept, since importing only needs the folder."""
    place = out / BUNDLES / made.sha256
    with disk_faults(place):
        replace_folder(made.folder, place)
    return dataclasses.replace(made, folder=place.absolute())
