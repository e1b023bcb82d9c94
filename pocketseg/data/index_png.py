"""PNG files whose pixels are indices, not brightness: every chunk's checksum verified, grey values unscaled."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from pocketseg.core.errors import DataError
from pocketseg.data.photos import MAX_PIXELS, UNREADABLE

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY = 0
_SCALE = {2: 85, 4: 17}  # what Pillow multiplies grey values of so many bits with


def read_indices(path: Path, what: str) -> npt.NDArray[Any]:
    """Read a palette or grey PNG of 1 to 16 bits as integers, H,W; `what` names it in errors."""
    try:
        with path.open("rb") as stream:
            head = stream.read(26)
    except FileNotFoundError as error:
        raise DataError(f"{what} {path} does not exist", hint="restore it, or remove its photo", path=path) from error
    except OSError as error:
        raise DataError(f"{what} {path} cannot be read ({error.strerror})", hint="check it", path=path) from error
    if head[:8] != _SIGNATURE or len(head) < 26:
        raise DataError(f"{what} {path} is no readable image (no PNG)", hint="save it as PNG", path=path)
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=("PNG",)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise DataError(f"{what} {path} is {image.width} x {image.height} px", hint="scale it down", path=path)
            image.verify()  # checksums; decoding alone does not look at those of the pixels
        with warnings.catch_warnings(action="ignore"), Image.open(path, formats=("PNG",)) as image:
            if image.mode not in ("P", "L", "1", "I", "I;16"):
                raise DataError(
                    f"{what} {path} is a colour image ({image.mode})",
                    hint="its pixels must be indices: palette or grey PNG",
                    path=path,
                )
            values = np.asarray(image)  # of two-coloured images the indices 0 and 1
    except UNREADABLE as error:
        hint = "restore it from its source"
        raise DataError(f"{what} {path} is no readable image ({error})", hint=hint, path=path) from error
    depth, kind = struct.unpack(">BB", head[24:26])
    if kind == _GREY and depth in _SCALE:
        values = values // _SCALE[depth]
    return values.astype(np.uint8) if values.dtype == bool else values


def check_range(values: npt.NDArray[Any], highest: int, path: Path, what: str, *, ignored: int | None = None) -> None:
    """Refuse an index above `highest`, but for the `ignored` one."""
    wrong = (values < 0) | (values > highest)
    if ignored is not None:
        wrong &= values != ignored
    if wrong.any():
        also = "" if ignored is None else f", or {ignored} for ignored pixels"
        raise DataError(
            f"{what} {path} holds value {int(values[wrong][0])} ({int(wrong.sum())} such pixels)",
            hint=f"values go from 0 to {highest}{also}",
            path=path,
        )
