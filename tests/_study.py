"""Records of a study that was never run: a small plan, and confusion matrices with known differences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pocketseg.core.metrics import Counts
from pocketseg.study import records
from pocketseg.study.plan import FOLDS, SEEDS, Plan, Stage

CLASSES = ("background", "upper_body", "lower_body", "full_body")
STEPS, SECOND_STEPS = 3, 2
# how much better arms are made; the others are equal
GAINS = {"skeleton_in": 0.1, "silhouette_in": 0.005, "keypoints_target": 0.05, "labels_target": -0.1}
CHOSEN = {"photo": 0.0, "skeleton_in": 0.1, "keypoints_target": -0.05}
Numbers = np.ndarray[Any, np.dtype[Any]]


def plan_of(groups: int = 8) -> dict[str, Any]:
    """Return a plan with this many groups in each fold, every other one of two photos."""
    folds = tuple(
        tuple(tuple(f"{fold}{g:03}{k}" for k in range(1 + g % 2)) for g in range(groups))
        for fold in range(1, FOLDS + 1)
    )
    plan = Plan(
        data_format="ccp", split_hash="split", signals={}, folds=folds, steps=STEPS, second_steps=SECOND_STEPS
    )  # fmt: skip
    return {"hash": plan.hash, **plan.to_json()}


def ids_of(plan: dict[str, Any], fold: int) -> list[str]:
    """Return the photos of a fold, in order."""
    return sorted(i for group in plan["data"]["folds"][fold - 1] for i in group)


def matrices(labels: Numbers, right: Numbers) -> Counts:
    """Return confusion matrices N,C,C. labels: N,C pixels of each class. right: N, the share that is predicted."""
    hits = (labels * right[:, None]).astype(np.int64)
    found = np.zeros((*labels.shape, labels.shape[1]), np.int64)
    for k in range(labels.shape[1]):
        found[:, k, k] = hits[:, k]
        found[:, k, (k + 1) % labels.shape[1]] += labels[:, k] - hits[:, k]
    return found


def labels_of(fold: int, photos: int) -> Numbers:
    """Return pixels of each class of a fold's photos, N,C, the same for all arms."""
    return np.random.default_rng(fold).integers(1000, 30_000, (photos, len(CLASSES)))


def write_run(
    folder: Path,
    plan: dict[str, Any],
    arm: str,
    fold: int,
    gain: float = 0.0,
    stage: Stage = Stage.FIRST,
    **changes: Any,
) -> Path:
    """Write a run's record. gain: how much more of its pixels it gets right than an arm without one."""
    ids = ids_of(plan, fold)
    chance = np.random.default_rng([fold, stage, *arm.encode()])
    states = ("given", "absent", "misplaced") if arm.endswith("_in") else ("given",)
    counts = {}
    for state in states:
        right = 0.7 + (gain if state == "given" else 0.0) + chance.normal(0, 0.01, len(ids))
        counts[state] = dict(zip(ids, matrices(labels_of(fold, len(ids)), right), strict=True))
    facts = {
        "schema_version": 1, "study": "annotations", "plan": plan["hash"], "stage": int(stage), "arm": arm,
        "fold": fold, "seed": SEEDS[fold - 1], "steps": STEPS if stage is Stage.FIRST else SECOND_STEPS,
        "seconds": 3600.0, "processor_s_a_step": 600.0, "losses": [], "classes": list(CLASSES), "version": "1",
        "code": "c",
        "environment": {"machine": "m", "system": "s", "cores": 2, "threads": 2},
    }  # fmt: skip
    return records.write(folder, facts | changes, counts, np.zeros((len(ids), 4, 4), np.uint8))


def write_stage(folder: Path, plan: dict[str, Any], gains: dict[str, float], stage: Stage = Stage.FIRST) -> None:
    """Write all records of a stage; arms without a gain have none."""
    for fold in stage.folds:
        for arm in plan["arms"] if stage is Stage.FIRST else gains:
            write_run(folder, plan, arm, fold, gains.get(arm, 0.0), stage)
