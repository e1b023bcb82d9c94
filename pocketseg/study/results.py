"""All records of one stage beside the plan: which runs there are, and their confusion matrices photo by photo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pocketseg.core.errors import DataError, UsageError
from pocketseg.core.metrics import Counts
from pocketseg.study import records
from pocketseg.study.plan import Stage
from pocketseg.study.scoring import GIVEN

_HINT = "remove it to do the run again, or restore it"
Run = tuple[str, int]  # arm and fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The runs of a stage that have a record.

    Attributes:
        plan: as plain values, from its file.
        arms: the names of the arms that the stage has, the control first.
        counts: of each run by the state of the signals: N,C,C in the order of `ids`.
        facts: of each run, its record without the confusion matrices.
    """

    plan: Mapping[str, Any]
    stage: Stage
    arms: tuple[str, ...]
    folds: tuple[int, ...]
    classes: tuple[str, ...]
    counts: Mapping[Run, Mapping[str, Counts]]
    facts: Mapping[Run, Mapping[str, Any]]

    @property
    def control(self) -> str:
        """Return the name of the arm that the others are compared with."""
        return self.arms[0]

    @property
    def planned(self) -> int:
        """Return the number of runs that the stage has when it is finished."""
        return len(self.arms) * len(self.folds)

    def lacking(self) -> list[Run]:
        """Return the runs that have no record yet, in the order in which they are done."""
        return [(arm, fold) for fold in self.folds for arm in self.arms if (arm, fold) not in self.facts]

    def ids(self, fold: int) -> tuple[str, ...]:
        """Return the photos that a fold holds out, in order."""
        return tuple(sorted(i for group in self._groups(fold) for i in group))

    def groups(self, fold: int) -> list[list[int]]:
        """Return the groups of look-alikes of a fold as indices of its photos."""
        place = {photo_id: k for k, photo_id in enumerate(self.ids(fold))}
        return [[place[i] for i in group] for group in self._groups(fold)]

    def given(self, arm: str, fold: int) -> Counts:
        """Return a run's confusion matrices with signals as they are, N,C,C."""
        return self.counts[arm, fold][GIVEN]

    def _groups(self, fold: int) -> Sequence[Sequence[str]]:
        groups: Sequence[Sequence[str]] = self.plan["data"]["folds"][fold - 1]
        return groups


def read_all(folder: Path, plan: Mapping[str, Any], stage: Stage, arms: Sequence[str]) -> Results:
    """Return all records of a stage's arms in a folder; the control comes first.

    Raises UsageError for a record of another plan, DataError for one that is damaged or does not hold its fold's photos
    as the others do.
    """
    folds = tuple(int(k) for k in (plan["second_stage"]["folds"] if stage is Stage.SECOND else _all_folds(plan)))
    counts: dict[Run, dict[str, Counts]] = {}
    facts: dict[Run, dict[str, Any]] = {}
    classes: tuple[str, ...] = ()
    for fold in folds:
        labelled: Counts | None = None
        for arm in arms:
            found = records.of_run(folder, plan["hash"], arm, fold, stage)
            if found is None:
                continue
            path = records.path_of(folder, arm, fold, stage)
            try:
                _check(found, plan, stage, fold)
                classes = classes or tuple(found["classes"])
                counts[arm, fold] = _stacked(found, plan["data"]["folds"][fold - 1])
                labelled = _labels_of(counts[arm, fold], labelled)
                if tuple(found["classes"]) != classes:
                    raise ValueError("its classes are not those of the other runs")
            except ValueError as error:
                raise DataError(f"{path} cannot be compared: {error}", hint=_HINT, path=path) from error
            facts[arm, fold] = {k: v for k, v in found.items() if k != "confusions"}
    return Results(
        plan=plan, stage=stage, arms=tuple(arms), folds=folds, classes=classes, counts=counts, facts=facts
    )  # fmt: skip


def need_all(results: Results) -> None:
    """Refuse an unfinished stage. Raises UsageError that says which runs lack."""
    if lacking := results.lacking():
        named = ", ".join(f"{arm} fold {fold}" for arm, fold in lacking[:6])
        more = f" and {len(lacking) - 6} more" if len(lacking) > 6 else ""
        raise UsageError(
            f"stage {results.stage} is unfinished: {len(lacking)} of {results.planned} runs have no record "
            f"({named}{more})",
            hint="do them first: the second stage takes the arms that the whole first stage chooses",
        )


def _all_folds(plan: Mapping[str, Any]) -> range:
    return range(1, len(plan["data"]["folds"]) + 1)


def _check(record: Mapping[str, Any], plan: Mapping[str, Any], stage: Stage, fold: int) -> None:
    steps = plan["second_stage"]["steps"] if stage is Stage.SECOND else plan["steps"]
    for name, planned in (("steps", steps), ("seed", plan["seeds"][fold - 1])):
        if record[name] != planned:
            raise ValueError(f"it has {name} {record[name]}, but the plan has {planned}")


def _stacked(record: Mapping[str, Any], groups: Sequence[Sequence[str]]) -> dict[str, Counts]:
    """Return a record's matrices in the order of the fold's photos, by the state of the signals."""
    ids = sorted(i for group in groups for i in group)
    found = {}
    for state, photos in records.confusions(record).items():
        if sorted(photos) != ids:
            raise ValueError("it does not hold the photos of its fold")
        found[state] = np.stack([photos[i] for i in ids])
    if GIVEN not in found:
        raise ValueError("it has no scores with signals as they are")
    return found


def _labels_of(counts: Mapping[str, Counts], before: Counts | None) -> Counts:
    """Return the labelled pixels of each photo by class, which are the same in all runs of a fold."""
    for matrices in counts.values():
        labelled = matrices.sum(-1)
        if before is not None and not np.array_equal(labelled, before):
            raise ValueError("its photos' labels are not those of the fold's other runs")
        before = labelled
    assert before is not None
    return before
