"""`persons=FILE.zip`: silhouettes that users can make for their photos, one grey picture each.

`ID.png` (ID as the data names its photos, folders with `/`): grey, of any size, stretched over the upright photo; 0:
not the person, 255: the person, between: how likely. A photo without a picture shows no person.
"""

from __future__ import annotations

import io
import os
import threading
import warnings
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from pocketseg.core.errors import DataError
from pocketseg.core.outside import open_regular
from pocketseg.data.damaged import UNREADABLE_ARCHIVE
from pocketseg.data.decode import UNREADABLE
from pocketseg.data.photos import Pixels

MOST_BYTES, MOST_PIXELS = 64 << 20, 16_000_000  # of one picture
_HINT = "expected a .zip of grey pictures ID.png, as docs/signals.md says"


class PersonsFile:
    """An open archive of silhouettes, each read on request."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            self._archive = zipfile.ZipFile(os.fdopen(open_regular(path), "rb"))
        except FileNotFoundError as error:
            raise DataError(f"{path} does not exist", hint=_HINT, path=path) from error
        except UNREADABLE_ARCHIVE as error:
            raise DataError(f"{path} is not a readable zip file ({error})", hint=_HINT, path=path) from error
        self._names = frozenset(self._archive.namelist())

    def person(self, photo_id: str) -> Pixels | None:
        """Return a photo's silhouette, h,w uint8, 255 where the person certainly is; None where no person was found."""
        name = f"{photo_id}.png"
        if name not in self._names:
            return None
        where = f"{name} in {self.path}"
        try:
            with self._lock:
                if (size := self._archive.getinfo(name).file_size) > MOST_BYTES:
                    raise DataError(f"{where} has {size:,} bytes", hint=_HINT, path=self.path)
                stored = self._archive.read(name)
            with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(stored), formats=("PNG",)) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise DataError(f"{where} is {image.width} x {image.height} px", hint=_HINT, path=self.path)
                if image.mode not in ("L", "1"):
                    raise DataError(f"{where} has {image.mode} pixels, not grey ones", hint=_HINT, path=self.path)
                return np.asarray(image.convert("L"))
        except (*UNREADABLE, *UNREADABLE_ARCHIVE) as error:
            raise DataError(f"{where} is not a readable picture ({error})", hint=_HINT, path=self.path) from error
