"""The study of annotations, decided before its first run: arms, steps, seeds, folds, and the rule for "helps".

Everything here goes into the plan's hash, which is part of each run's record: another plan is another study.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pocketseg.core.errors import UnknownNameError, UsageError
from pocketseg.core.files import sha256_json
from pocketseg.training.recipe import TrainingRecipe, load_recipe

NETWORK, VARIANT = "topformer_tiny", "garments"
STEPS = 2040  # 60 passes over four fifths of the 694 photos, in batches of 16
FOLDS = 5
SEEDS = (101, 102, 103, 104, 105)  # one a fold, the same for all arms of it
BASE: dict[str, Any] = {
    "batch_size": 16, "epochs": 60, "height_px": 192, "width_px": 128, "stages": [], "fine_weight": 0.0,
    "signal_dropout": 0.2, "target_weight": 0.5,
}  # fmt: skip
CONTROL = "photo"


class Stage(enum.IntEnum):
    """The first stage asks all questions of a network without a past, the second the best again of a pretrained one."""

    FIRST = 1
    SECOND = 2

    @property
    def network(self) -> str:
        """Return the name of the network that learns."""
        return NETWORK if self is Stage.FIRST else SECOND_NETWORK

    @property
    def folds(self) -> tuple[int, ...]:
        """Return the folds that are held out, one a run."""
        return tuple(range(1, FOLDS + 1)) if self is Stage.FIRST else SECOND_FOLDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way to train. changes: to the base recipe. about: its description in tables."""

    name: str
    about: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def takes_signals(self) -> bool:
        """Return whether the network needs signals where it is used, not only in training."""
        return bool(self.changes.get("input_signals"))


ARMS = (
    Arm(name=CONTROL, about="the photo alone"),
    Arm(name="skeleton_in", about="the drawn skeleton as further input", changes={"input_signals": ["skeleton"]}),
    Arm(name="silhouette_in", about="the silhouette as further input", changes={"input_signals": ["silhouette"]}),
    Arm(name="keypoints_target", about="17 joints as further target", changes={"target_signals": ["keypoints"]}),
    Arm(name="silhouette_target", about="the silhouette as further target", changes={"target_signals": ["silhouette"]}),
    Arm(name="labels_target", about="the data's own finer labels as further target", changes={"fine_weight": 0.5}),
)
# three 95 % intervals, and Holm's step-down over the comparisons with the control
RULE: dict[str, Any] = {
    "confidence": 0.95, "alpha": 0.05, "comparisons": len(ARMS) - 1, "degrees_of_freedom": FOLDS - 1,
    "bootstrap_rounds": 10000, "bootstrap_seed": 1, "least_gain_of_an_input": 0.01,
}  # fmt: skip
SECOND_NETWORK, SECOND_START, SECOND_STEPS = "efficientnet_lite2_fpn", "imagenet", 952  # 28 passes, as its recipe says
SECOND_FOLDS = (1, 2, 3)
SECOND_BASE: dict[str, Any] = {"fine_weight": 0.0, "signal_dropout": 0.2, "target_weight": 0.5}


def recipe_of(arm: Arm, stage: Stage = Stage.FIRST) -> TrainingRecipe:
    """Return an arm's whole recipe in a stage. Raises UsageError for one with a teacher.

    The released teachers have learnt from the photos that the study holds out, so they would reveal the answers.
    """
    if stage is Stage.FIRST:
        recipe = load_recipe(NETWORK, {**BASE, **arm.changes}, VARIANT)
    else:
        recipe = load_recipe(SECOND_NETWORK, {**SECOND_BASE, **arm.changes})
    if recipe.teachers_speak():
        raise UsageError(
            f"arm {arm.name} asks for a teacher, but the study has none",
            hint="leave the weights at 0: released teachers were trained on the photos that are held out here",
        )
    return recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The study on some data. folds: for each, its groups of look-alike photos. signals: digests of their files."""

    data_format: str
    split_hash: str
    signals: Mapping[str, str]
    folds: tuple[tuple[tuple[str, ...], ...], ...]
    steps: int = STEPS
    second_steps: int = SECOND_STEPS

    def to_json(self) -> dict[str, Any]:
        """Return everything that determines the study's runs, as plain values."""
        return {
            "schema_version": 1,
            "study": "annotations",
            "network": NETWORK,
            "steps": self.steps,
            "seeds": list(SEEDS),
            "arms": {a.name: {"about": a.about, "recipe": _plain(dataclasses.asdict(recipe_of(a)))} for a in ARMS},
            "rule": RULE,
            "second_stage": {
                "network": SECOND_NETWORK,
                "start": SECOND_START,
                "steps": self.second_steps,
                "folds": list(SECOND_FOLDS),
                "recipe": _plain(dataclasses.asdict(load_recipe(SECOND_NETWORK, SECOND_BASE))),
                "arms": f"{CONTROL}, and the two of the largest mean difference from it in the first stage",
            },
            "data": {
                "format": self.data_format,
                "split_hash": self.split_hash,
                "signals": dict(self.signals),
                "folds": _plain(self.folds),
            },
        }

    @property
    def hash(self) -> str:
        """Return the hash that records quote."""
        return hash_of(self.to_json())

    def steps_of(self, stage: Stage) -> int:
        """Return the number of steps of each run of a stage."""
        return self.steps if stage is Stage.FIRST else self.second_steps

    def held_out(self, fold: int) -> tuple[str, ...]:
        """Return the photos of a fold, 1 to FOLDS, in order."""
        return tuple(sorted(i for group in self.folds[fold - 1] for i in group))

    def learnt(self, fold: int) -> tuple[str, ...]:
        """Return the photos of all other folds, in order."""
        return tuple(sorted(i for k in range(1, FOLDS + 1) if k != fold for i in self.held_out(k)))


def hash_of(plan: Mapping[str, Any]) -> str:
    """Return the hash of a plan as plain values; what was measured before the study is not part of it."""
    return sha256_json({k: v for k, v in plan.items() if k not in ("hash", "measured")})[:16]


def chosen_arms(names: Sequence[str]) -> tuple[Arm, ...]:
    """Return the arms with these names, all where none is given, in the plan's order. Raises UnknownNameError."""
    known = {a.name for a in ARMS}
    for name in names:
        if name not in known:
            raise UnknownNameError("arm", name, [a.name for a in ARMS])
    return tuple(a for a in ARMS if not names or a.name in names)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value
