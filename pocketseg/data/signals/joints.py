"""The joints that OpenPose's 18, BlazePose's 33 and COCO's 17 have in common, and the bones between them."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

JOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
# positions of JOINTS in a known order, by its number of points; left is the person's left
ORDERS: dict[int, tuple[int, ...]] = {
    17: tuple(range(17)),  # COCO
    # OpenPose, whose neck is the middle of the shoulders
    18: (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10),
    33: (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28),  # BlazePose
}
LEAST_SCORE = 0.5  # a joint with a lower score, where a file has scores, counts as not found
FARTHEST = 4.0  # in units of the photo's sides: a joint farther from the top left corner is an error
NECK = len(JOINTS)  # the middle of both shoulders, in the bones below
Points = npt.NDArray[np.float32]  # 17 x 2: x and y as fractions of the photo's width and height, NaN where not found

_SIDES = {"left": "right", "right": "left"}


def _of(name: str) -> int:
    return JOINTS.index(name)


def _bones(side: str, *names: str) -> tuple[tuple[int, int], ...]:
    places = [_of(f"{side}_{name}") for name in names]
    return tuple(itertools.pairwise(places))


MIRRORED = tuple(
    _of(f"{_SIDES[side]}_{rest}") if (side := name.partition("_")[0]) in _SIDES and (rest := name.partition("_")[2])
    else _of(name) for name in JOINTS
)  # fmt: skip
LIMBS: dict[str, tuple[tuple[int, int], ...]] = {
    "head": (
        (_of("nose"), NECK), *((_of("nose"), _of(f"{s}_eye")) for s in _SIDES), *(b for s in _SIDES
        for b in _bones(s, "eye", "ear")),
    ),
    "torso": (
        (_of("left_shoulder"), _of("right_shoulder")), (_of("left_hip"), _of("right_hip")),
        *(b for s in _SIDES for b in _bones(s, "shoulder", "hip")),
    ),
    **{f"{s}_arm": _bones(s, "shoulder", "elbow", "wrist") for s in _SIDES},
    **{f"{s}_leg": _bones(s, "hip", "knee", "ankle") for s in _SIDES},
}  # fmt: skip


def nobody() -> Points:
    """Return the points of a photo on which no person was found."""
    return np.full((len(JOINTS), 2), np.nan, np.float32)


def common(rows: npt.NDArray[np.floating]) -> Points:
    """Return the common joints of one person's points, K x 2 or more: x, y, perhaps more, of 17, 18 or 33 in order.

    The points are fractions of the photo's sides; a point that is not finite in x or y, or lies far outside the photo,
    counts as not found. Scores are ignored.
    """
    found = rows[list(ORDERS[len(rows)]), :2].astype(np.float32)
    lost = ~np.isfinite(found).all(1) | (np.abs(np.nan_to_num(found, nan=0, posinf=9, neginf=-9)) > FARTHEST).any(1)
    found[lost] = np.nan
    return found


def extent(points: Points) -> float:
    """Return the area, as a fraction of the photo, that a person's found joints span; 0 for fewer than two."""
    found = points[~np.isnan(points[:, 0])]
    if len(found) < 2:
        return 0.0
    return float(np.prod(found.max(0) - found.min(0)))
