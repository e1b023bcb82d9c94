"""The search's memory and its sampler: an Optuna study in a journal file, which survives being killed.

Akiba et al., arXiv:1907.10902 (Optuna); Bergstra et al., NeurIPS 2011 (TPE), with the budget of mIoU as a constraint.
"""

from __future__ import annotations

import logging
import random
import warnings
from pathlib import Path
from typing import Any

from benchmark.records import Documents
from benchmark.rows import from_json, to_json
from pocketseg.core.errors import UsageError
from pocketseg.core.files import disk_faults, make_folder
from pocketseg.core.types import BenchmarkRow, Recipe
from pocketseg.tune.space import Space
from pocketseg.tune.trials import Goal, Trial

JOURNAL = "study.journal"
SEED = 1
_GUESSES = 20  # of recipes that were tried before, until one is drawn from those that were not
_FOUND = "found"


def need_optuna() -> Any:
    """Import Optuna. Raises UsageError where the extra is not installed."""
    try:
        import optuna
    except ImportError as error:
        raise UsageError("tune needs the package optuna", hint="pip install 'pocketseg[tune]'") from error
    optuna.logging.set_verbosity(logging.WARNING)
    return optuna


class Study:
    """One search: its trials, and what to try next.

    On opening, the work of a killed search is recovered: a trial that was measured is told to Optuna, one that was not
    is tried again. Nothing else may use the folder meanwhile.
    """

    def __init__(self, folder: Path, space: Space, goal: Goal, max_drop: float) -> None:
        self.space, self.goal, self.max_drop = space, goal, max_drop
        self._documents = Documents(folder)
        optuna = need_optuna()
        self._states = optuna.trial.TrialState
        self._journal = journal = make_folder(folder) / JOURNAL
        with disk_faults(journal), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _mend(journal)
            from optuna.storages.journal import JournalFileBackend, JournalStorage

            storage = JournalStorage(JournalFileBackend(str(journal), lock_obj=_NoLock()))
            self._study = optuna.create_study(study_name="tune", storage=storage, load_if_exists=True)
            begun = len(self._study.get_trials(deepcopy=False))
            self._study.sampler = optuna.samplers.TPESampler(seed=SEED + begun, n_startup_trials=len(space.precisions))
            self._take_up()
            for precision in space.precisions:  # hardly any trains, and fp32 is what all are held against
                params = space.params(Recipe(precision=precision))
                self._study.enqueue_trial(params, skip_if_exists=True)

    def _take_up(self) -> None:
        """Tell Optuna what a killed search measured last, or queue it again."""
        for trial in self._study.get_trials(deepcopy=False, states=(self._states.RUNNING,)):
            found = trial.user_attrs.get(_FOUND)
            if found is not None:
                self._tell(trial.number, found)
                continue
            self._study.tell(trial.number, state=self._states.FAIL)
            if set(trial.params) == {*self.space.steps, "precision"}:
                self._study.enqueue_trial(trial.params)

    def trials(self) -> list[Trial]:
        """Return the trials in order; suggestions of something tried before are not trials."""
        found: list[Trial] = []
        for trial in self._study.get_trials(deepcopy=False):
            said = trial.user_attrs.get(_FOUND)
            if said is not None and trial.state.is_finished():
                row = None if said["row"] is None else self._documents.of(from_json(said["row"]))
                found.append(Trial(**{**said, "row": row, "number": len(found) + 1}))
        return found

    def ask(self) -> tuple[Any, Recipe] | None:
        """Return the next recipe with its handle for `tell`; None where all have been tried."""
        tried = {t.recipe for t in self.trials()}
        left = [recipe for recipe in self.space.recipes() if str(recipe) not in tried]
        if not left:
            return None
        with disk_faults(self._journal), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for guess in range(2 * _GUESSES):
                if guess >= _GUESSES:
                    self._study.enqueue_trial(self.space.params(random.Random(SEED + len(tried)).choice(left)))
                trial = self._study.ask()
                recipe = self.space.ask(trial)
                if str(recipe) not in tried:
                    return trial, recipe
                self._study.tell(trial, state=self._states.FAIL)  # a fault teaches the sampler nothing
        raise AssertionError("a queued recipe was not asked for")

    def base(self) -> BenchmarkRow | None:
        """Return the row of the fp32 file, from which drops are counted."""
        return next((t.row for t in self.trials() if t.recipe == "fp32"), None)

    def measured(self, trial: Any, recipe: Recipe, row: BenchmarkRow) -> None:
        """Keep a measured file's row, and its record in records.jsonl."""
        self._documents.add([row])
        base = self.base() or row
        drop = (base.miou or 0.0) - (row.miou or 0.0)
        with disk_faults(self._journal):
            trial.set_constraint("drop", drop - self.max_drop)
        self._keep(trial, {"recipe": str(recipe), "status": "ok", "row": to_json(row), "drop": drop})

    def without_file(self, trial: Any, recipe: Recipe, status: str, reason: str) -> None:
        """Keep that a recipe was `refused`, which prunes the trial, or `failed`, and the reason."""
        self._keep(trial, {"recipe": str(recipe), "status": status, "reason": reason, "row": None})

    def _keep(self, trial: Any, found: dict[str, Any]) -> None:
        with disk_faults(self._journal):
            trial.set_user_attr(_FOUND, found)
            self._tell(trial.number, found)

    def _tell(self, number: int, found: dict[str, Any]) -> None:
        if found["status"] == "ok":
            self._study.tell(number, self.goal.cost(from_json(found["row"])))
        else:
            refused = found["status"] == "refused"
            self._study.tell(number, state=self._states.PRUNED if refused else self._states.FAIL)


class _NoLock:
    """Replaces Optuna's lock file, which a killed process leaves behind: the folder is locked already."""

    def acquire(self) -> bool:
        """Do nothing."""
        return True

    def release(self) -> None:
        """Do nothing."""


def _mend(journal: Path) -> None:
    """Cut off a last line that a killed process left incomplete: Optuna refuses to read on after one."""
    if not journal.is_file():
        return
    content = journal.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with journal.open("r+b") as stream:
            stream.truncate(whole)
