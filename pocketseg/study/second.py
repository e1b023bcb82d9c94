"""The arms of the second stage: the control, and those that the whole first stage chooses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pocketseg.core.errors import UsageError
from pocketseg.study.analysis import best_arms
from pocketseg.study.plan import ARMS, Arm, Plan, Stage
from pocketseg.study.results import need_all, read_all


def arms_of(folder: Path, plan: Plan, wanted: Sequence[Arm] = ()) -> tuple[Arm, ...]:
    """Return the arms to do in the second stage, in the plan's order, of those wanted where some are named.

    folder: of the first stage's records. Raises UsageError while runs lack there, and for an arm that was not chosen.
    """
    found = {"hash": plan.hash, **plan.to_json()}
    first = read_all(folder, found, Stage.FIRST, [arm.name for arm in ARMS])
    need_all(first)
    chosen = {first.control, *best_arms(first)}
    for arm in wanted:
        if arm.name not in chosen:
            raise UsageError(
                f"the second stage has no arm {arm.name}",
                hint=f"the first stage chose {', '.join(name for name in first.arms if name in chosen)}",
            )
    return tuple(arm for arm in wanted or ARMS if arm.name in chosen)
