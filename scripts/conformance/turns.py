"""Cases of turning pictures upright: the eight EXIF orientations, and a camera's rotation with and without
mirroring.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pocketseg.data.exif import turn
from scripts.conformance.arrays import Array, Store, faults_of, wanted
from scripts.conformance.pictures import Pixels, noise

_EXIF_FAULTS = {
    "not-turned": "the stored pixels as they are",
    "other-way-round": "turned by as much to the other side",
    "turned-only": "turned, and not mirrored",
    "other-axis": "mirrored top to bottom where it is left to right",
}
_CAMERA_FAULTS = {
    "not-turned": "the camera's pixels as they are",
    "other-way-round": "turned anticlockwise",
    "mirrored-first": "mirrored left to right before it is turned",
    "not-mirrored": "turned, and not mirrored",
}
QUARTERS = {
    1: 0,
    2: 0,
    3: 2,
    4: 2,
    5: 1,
    6: 1,
    7: 3,
    8: 3,
}  # quarter turns clockwise; the even ones but 6, 8 are mirrored
MIRRORED = (2, 4, 5, 7)  # left to right, after the turn
_SIZES = ((5, 7), (11, 3))


def exif(store: Store) -> dict[str, Any]:
    """Return the cases of EXIF orientations."""
    return {
        "about": "docs/preprocessing.md, orientation; every byte must be equal",
        "faults": _EXIF_FAULTS,
        "cases": [_exif(store, noise("exif", *size, 3), k) for size in _SIZES for k in range(1, 9)],
    }


def camera(store: Store) -> dict[str, Any]:
    """Return the cases of a camera's rotation."""
    return {
        "about": "docs/preprocessing.md, from a camera; every byte must be equal",
        "faults": _CAMERA_FAULTS,
        "cases": [
            _camera(store, noise("camera", *size, 3), quarters, mirror)
            for size in _SIZES
            for quarters in range(4)
            for mirror in (False, True)
        ],
    }


def _exif(store: Store, stored: Pixels, orientation: int) -> dict[str, Any]:
    right = np.stack([turn(stored[..., k], orientation) for k in range(3)], -1)
    quarters, mirrored = QUARTERS[orientation], orientation in MIRRORED
    wrong = {"not-turned": stored, "other-way-round": _flipped(_clockwise(stored, -quarters), mirrored)}
    if mirrored:
        turned = _clockwise(stored, quarters)
        wrong |= {"turned-only": turned, "other-axis": turned[::-1]}
    return {
        "rgb": store.given(stored, "exif"), "orientation": orientation, "is": wanted(right),
        "faults": faults_of(right, wrong),
    }  # fmt: skip


def _camera(store: Store, frame: Pixels, quarters: int, mirror: bool) -> dict[str, Any]:
    right = _flipped(_clockwise(frame, quarters), mirror)
    wrong = {"not-turned": frame, "other-way-round": _flipped(_clockwise(frame, -quarters), mirror)}
    if mirror:
        wrong |= {"mirrored-first": _clockwise(frame[:, ::-1], quarters), "not-mirrored": _clockwise(frame, quarters)}
    return {
        "rgb": store.given(frame, "camera"), "rotation_degrees": 90 * quarters, "mirror": mirror, "is": wanted(right),
        "faults": faults_of(right, wrong),
    }  # fmt: skip


def _clockwise(values: Array, quarters: int) -> Array:
    return np.rot90(values, -quarters)


def _flipped(values: Array, mirror: bool) -> Array:
    return values[:, ::-1] if mirror else values
