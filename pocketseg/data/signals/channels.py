"""What each signal is made of: the channels of a further input in order, and those that a target's head predicts."""

from __future__ import annotations

from collections.abc import Sequence

from pocketseg.data.signals.dense_parts import PARTS
from pocketseg.data.signals.joints import JOINTS, LIMBS

INPUTS: dict[str, tuple[str, ...]] = {
    "keypoints": JOINTS, "skeleton": tuple(LIMBS), "silhouette": ("person",), "dense_pose": PARTS,
}  # fmt: skip
TARGETS = {"keypoints": len(JOINTS), "silhouette": 1, "dense_pose": 1 + len(PARTS)}  # dense pose: 0 is no part


def channel_names(signals: Sequence[str]) -> tuple[str, ...]:
    """Return the channels of a further input, in order: `skeleton.left_arm`."""
    return tuple(f"{name}.{channel}" for name in signals for channel in INPUTS[name])


def channels(signals: Sequence[str]) -> int:
    """Return how many input channels signals take."""
    return sum(len(INPUTS[name]) for name in signals)
