"""The tables of docs/speed.md, from docs/speed.json."""

from __future__ import annotations

import functools
import operator
import statistics
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pocketseg.core.cache import ROOT
from scripts.readme import rewrite
from scripts.speed import results

PAGE = ROOT / "docs" / "speed.md"
SIDES = ("before", "after")
_TITLES = {
    "setup": "`make setup`",
    "quickstart": "`make quickstart`, from an empty cache",
    "rerun": "`make quickstart` again",
    "sweep": "the sweep, from an empty cache",
}
_DIGITS = 16  # of a hash
_LEAST_STAGE_S = 1.0  # a shorter one is left out
_NOTHING = "Nothing has been timed yet."

Runs = Mapping[str, list[dict[str, Any]]]  # of a task, by side


def blocks() -> dict[str, Callable[[], str]]:
    """Return what makes each block of the page, by its name."""
    makers = {"times": times, "stages": stages, "measured": measured, "files": files}
    return {name: functools.partial(_of_runs, make) for name, make in makers.items()}


def _of_runs(make: Callable[[Mapping[str, Any]], str]) -> str:
    content = results.read()
    return make(content) if content["runs"] else _NOTHING


def times(content: Mapping[str, Any]) -> str:
    """Return what each task took before and after: medians, with the least and the most in brackets."""
    runs, computer = content["runs"], content["computer"]
    lines = [
        f"On {computer['cpu']}, {computer['cores']} cores, {computer['memory_gb']} GB of memory; "
        f"{_revisions(runs)}. Medians; in brackets the least and the most.",
        "",
        "| task | runs | before, s | after, s | after / before | processor s, before | after "
        "| peak memory MB, before | after |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for task, title in _TITLES.items():
        found = _of_task(runs, task)
        if not any(found.values()):
            continue
        both = [_median(found[side], _wall) for side in SIDES]
        ratio = "" if None in both or not both[0] else f"{(both[1] or 0.0) / both[0]:.2f}"
        cells = [
            title,
            " and ".join(str(len(found[side])) for side in SIDES),
            *(_seconds(found[side], _wall) for side in SIDES),
            ratio,
            *(_seconds(found[side], lambda run: run["user_s"] + run["system_s"]) for side in SIDES),
            *(_number(_median(found[side], lambda run: run["peak_bytes"] / 1e6)) for side in SIDES),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    first = _of_task(runs, "quickstart")
    for key, what in (("first_file_s", "The first file"), ("first_score_s", "The first mIoU")):
        known = [[run for run in first[side] if run[key] is not None] for side in SIDES]
        shown = [_median(runs, operator.itemgetter(key)) for runs in known]
        if None not in shown:
            lines += ["", f"{what} of the quick start was shown after {shown[0]:.0f} s before, {shown[1]:.0f} s after."]
    return "\n".join(lines)


def stages(content: Mapping[str, Any]) -> str:
    """Return where the time goes: seconds of each stage, the medians."""
    lines = ["| task | stage | before, s | after, s |", "|---|---|---|---|"]
    for task, title in _TITLES.items():
        found = _of_task(content["runs"], task)
        for key, where in (("stages", ""), ("file_stages", "all files: ")):
            of = {side: [run[key] for run in found[side] if key in run] for side in SIDES}
            names = dict.fromkeys(name for side in SIDES for run in of[side] for name in run)
            for name in names if len(names) > 1 else ():
                both = [_median(of[side], functools.partial(_stage, name)) for side in SIDES]
                if max(value or 0.0 for value in both) >= _LEAST_STAGE_S:
                    lines.append(f"| {title} | {where}{name} | {' | '.join(map(_number, both))} |")
    return "\n".join(lines)


def measured(content: Mapping[str, Any]) -> str:
    """Return how much each task measured: its rows, the photos that they were scored on, the runs that were timed."""
    lines = [
        "| task | rows, before | after | photos scored, before | after | timed runs, before | after "
        "| verdicts, before | after |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for task in ("quickstart", "sweep"):
        found = _of_task(content["runs"], task)
        if any(found.values()):
            cells = [
                _TITLES[task],
                *(_each(_counts(run["rows"]) for run in found[side]) for side in SIDES),
                *(_each(f"{run['photos']:,}" for run in found[side]) for side in SIDES),
                *(_number(_median(found[side], lambda run: run["timed_runs"])) for side in SIDES),
                *(_each(_counts(run["verdicts"]) for run in found[side]) for side in SIDES),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def files(content: Mapping[str, Any]) -> str:
    """Return every file's hash before and after, and how many of them are the same."""
    before, after = (content["files"][side] for side in SIDES)
    both = [name for name in before if name in after]
    same = [name for name in both if before[name] == after[name] and len(before[name]) == 1]
    lines = [
        f"{len(same)} of {len(both)} files that both sides made have the same bytes in every run. The first {_DIGITS} "
        "digits of their SHA-256:",
        "",
        "| file | before | after | |",
        "|---|---|---|---|",
    ]
    for name in sorted({*before, *after}):
        hashes = [", ".join(f"`{digest[:_DIGITS]}`" for digest in side.get(name, ())) for side in (before, after)]
        word = "same" if name in same else "differs" if name in both else "made once"
        lines.append(f"| {name} | {' | '.join(hashes)} | {word} |")
    return "\n".join(lines)


def write() -> Path:
    """Write the tables into the page."""
    return rewrite(PAGE, {name: make() for name, make in blocks().items()})


def _revisions(runs: Iterable[Mapping[str, Any]]) -> str:
    found = dict.fromkeys((run["side"], run["revision"][:12]) for run in runs)
    return ", ".join(f"{side} is `{revision}`" for side, revision in sorted(found, reverse=True))


def _of_task(runs: Iterable[dict[str, Any]], task: str) -> Runs:
    found: dict[str, list[dict[str, Any]]] = {side: [] for side in SIDES}
    for run in runs:
        if run["task"] == task:
            found[run["side"]].append(run)
    return found


def _wall(run: Mapping[str, Any]) -> float:
    return float(run["wall_s"])


def _stage(name: str, seconds: Mapping[str, float]) -> float:
    return seconds.get(name, 0.0)


def _median(runs: Iterable[Mapping[str, Any]], value: Callable[[Any], float]) -> float | None:
    values = [value(run) for run in runs]
    return statistics.median(values) if values else None


def _seconds(runs: list[dict[str, Any]], value: Callable[[Any], float]) -> str:
    if not runs:
        return ""
    values = sorted(map(value, runs))
    between = f" ({_number(values[0])} to {_number(values[-1])})" if len(values) > 1 else ""
    return f"{_number(statistics.median(values))}{between}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(found.items()))


def _each(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))
