"""All that the page says of a study, as plain values: progress, verdicts, what was looked at besides, and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocketseg.study import cost, explored, kinds
from pocketseg.study.analysis import best_arms, both_stages, compared, scores, second_stage
from pocketseg.study.plan import Stage
from pocketseg.study.results import Results


def answer(folder: Path, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return the study's answer from a folder of records; an unfinished study has no figures, only what lacks.

    Raises UsageError for records of another plan, DataError for damaged ones.
    """
    first, second = both_stages(folder, plan)
    found: dict[str, Any] = {
        "schema_version": 1,
        "study": plan["study"],
        "plan": plan["hash"],
        "stages": {str(int(Stage.FIRST)): _progress(first)},
        "time": [_time(stage) for stage in (first, second) if stage is not None and stage.facts],
        "networks": cost.read(folder),
    }
    if second is not None:
        found["stages"][str(int(Stage.SECOND))] = _progress(second)
    if first.lacking():
        return found
    found |= {
        "control": {"arm": first.control, "miou": scores(first, first.control)},
        "arms": compared(first, second),
        "chosen": best_arms(first),
    }
    if second is not None and not second.lacking():
        found["second"] = second_stage(second)
    kept = kinds.read(folder, plan)
    found["explored"] = {
        "states": explored.by_state(first),
        "classes": explored.by_class(first),
        "kinds": explored.by_kind(first, {name: kind["photos"] for name, kind in kept.items()}),
        "about_kinds": {name: kind["about"] for name, kind in kept.items()},
        "photos": explored.by_photo(first),
    }
    return found


def _progress(results: Results) -> dict[str, Any]:
    return {"planned": results.planned, "lacking": [list(run) for run in results.lacking()]}


def _time(results: Results) -> dict[str, Any]:
    """Return the hours that a stage's runs took so far, and on which machines and code."""
    facts = list(results.facts.values())
    paces = [(fact["processor_s_a_step"], fact["steps"]) for fact in facts if fact.get("processor_s_a_step")]
    return {
        "stage": int(results.stage),
        "runs": len(facts),
        "hours": sum(fact.get("seconds") or 0.0 for fact in facts) / 3600,
        "processor_hours": sum(pace * steps for pace, steps in paces) / 3600,
        "paced_runs": len(paces),
        "machines": dict(Counter(_machine(fact.get("environment") or {}) for fact in facts)),
        "code": dict(Counter(map(_code, facts))),
        "mixed_folds": [fold for fold in results.folds if _is_mixed(results, fold)],
    }


def _is_mixed(results: Results, fold: int) -> bool:
    """Return whether a fold's runs differ in machine, threads or code, and so in rounding beside what is compared."""
    facts = [fact for (_, of), fact in results.facts.items() if of == fold]
    return len({(_machine(fact.get("environment") or {}), _code(fact)) for fact in facts}) > 1


def _code(fact: Mapping[str, Any]) -> str:
    return f"{fact.get('version')} ({fact.get('code')})"


def _machine(environment: Mapping[str, Any]) -> str:
    said = {name: environment.get(name) for name in ("machine", "system", "cores", "threads")}
    threads = f"{said['threads']} thread{'' if said['threads'] == 1 else 's'}"
    return f"{said['machine']}, {said['system']}, {said['cores']} cores, {threads}"
