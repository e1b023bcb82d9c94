"""DensePose's 24 body parts by their numbers, and which becomes which where a photo is mirrored.

Güler, Neverova, Kokkinos, "DensePose: Dense Human Pose Estimation In The Wild", CVPR 2018. 0 is not the person.
"""

from __future__ import annotations

PARTS = (
    "torso_back", "torso_front", "right_hand", "left_hand", "left_foot", "right_foot",
    "right_upper_leg_back", "left_upper_leg_back", "right_upper_leg_front", "left_upper_leg_front",
    "right_lower_leg_back", "left_lower_leg_back", "right_lower_leg_front", "left_lower_leg_front",
    "left_upper_arm_inside", "right_upper_arm_inside", "left_upper_arm_outside", "right_upper_arm_outside",
    "left_lower_arm_inside", "right_lower_arm_inside", "left_lower_arm_outside", "right_lower_arm_outside",
    "right_head", "left_head",
)  # fmt: skip

_SIDES = {"left": "right", "right": "left"}


def _other_side(name: str) -> str:
    side, _, rest = name.partition("_")
    return f"{_SIDES[side]}_{rest}" if side in _SIDES else name


# by number, 0 to 24: the number of the same part of the mirrored person
MIRRORED_PARTS = (0, *(1 + PARTS.index(_other_side(name)) for name in PARTS))
