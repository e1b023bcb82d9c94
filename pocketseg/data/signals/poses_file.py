"""`poses=FILE.npz`: skeletons that users can make for their photos, two arrays in NumPy's own format.

`ids`: N texts, photos' ids. `keypoints`: N x K x C floats, one person per row; K is 17 (COCO's order), 18 (OpenPose's)
or 33 (BlazePose's); C is 2 (x, y), 3 (x, y, score) or 4 (x, y, z, score). x and y are fractions of the upright photo's
width and height, 0 to 1, beyond that where a joint lies outside; NaN, or a score below 0.5: not found. A photo without
a row, or with NaN alone, shows no person; of several rows for one photo, the person counts whose joints span most.
"""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pocketseg.core.errors import DataError
from pocketseg.core.npy import read_npy
from pocketseg.core.outside import open_regular
from pocketseg.data.damaged import UNREADABLE_ARCHIVE
from pocketseg.data.signals.joints import LEAST_SCORE, ORDERS, Points, common, extent

_MOST_SHARE = 2.0  # of width and height: where half of all x and y are above it, they are no shares
MOST_BYTES = 1 << 30  # of one array; a million BlazePose skeletons in float16 take a quarter of it
_HINT = "expected an .npz with `ids` and `keypoints`, as docs/signals.md says"


def read_poses(path: Path) -> dict[str, Points]:
    """Return each photo's joints by its id. Raises DataError for a file that is not in the layout above."""
    ids, rows = _array(path, "ids"), _array(path, "keypoints")
    if ids.ndim != 1 or ids.dtype.kind != "U":
        raise DataError(f"`ids` of {path} are not a list of texts, but {_shape(ids)}", hint=_HINT, path=path)
    if rows.ndim != 3 or rows.dtype.kind != "f" or rows.shape[1] not in ORDERS or rows.shape[2] not in (2, 3, 4):
        raise DataError(f"`keypoints` of {path} are {_shape(rows)}", hint=_HINT, path=path)
    if len(ids) != len(rows):
        raise DataError(f"{path} has {len(ids)} ids and {len(rows)} rows of keypoints", hint=_HINT, path=path)
    values = rows.astype(np.float32)
    if values.shape[2] > 2:
        values[~(values[:, :, -1] >= LEAST_SCORE)] = np.nan  # NaN scores count as low, too
    _check_shares(values[:, :, :2], path)
    found: dict[str, Points] = {}
    for photo_id, person in zip(ids.tolist(), values, strict=True):
        points = common(person)
        if photo_id not in found or extent(points) > extent(found[photo_id]):
            found[photo_id] = points
    return found


def _check_shares(places: npt.NDArray[np.float32], path: Path) -> None:
    found = np.abs(places[np.isfinite(places)])
    if found.size and (middle := float(np.median(found))) > _MOST_SHARE:
        raise DataError(
            f"x and y of `keypoints` in {path} are no shares of the photo's width and height: half of them are above "
            f"{middle:.4g}",
            hint="divide x by the width and y by the height of the photo, so that they lie from 0 to 1",
            path=path,
        )


def _array(path: Path, name: str) -> npt.NDArray[np.generic]:
    try:
        with os.fdopen(open_regular(path), "rb") as stream, zipfile.ZipFile(stream) as archive:
            if f"{name}.npy" not in archive.namelist():
                raise DataError(f"{path} does not hold the array `{name}`", hint=_HINT, path=path)
            if (size := archive.getinfo(f"{name}.npy").file_size) > MOST_BYTES:
                raise DataError(f"`{name}` of {path} has {size:,} bytes", hint=_HINT, path=path)
            return read_npy(io.BytesIO(archive.read(f"{name}.npy")))
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist", hint=_HINT, path=path) from error
    except UNREADABLE_ARCHIVE as error:
        raise DataError(f"{path} is not a readable npz file ({type(error).__name__}: {error})", hint=_HINT) from error


def _shape(array: npt.NDArray[np.generic]) -> str:
    return f"{' x '.join(map(str, array.shape)) or 'one value'} of {array.dtype}"
