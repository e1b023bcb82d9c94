"""docs/annotations.md: the study's answer in plain words, every figure of it from the answer's values and the plan."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pocketseg.report.verdict import listed
from pocketseg.study.analysis import CHOSEN_ARMS, HARMS, HELPS, NO_DIFFERENCE, PAYS, UNDECIDED
from pocketseg.study.cost import section
from pocketseg.study.explored_page import explored_sections, points
from pocketseg.training.schedule import counted

if TYPE_CHECKING:
    from pocketseg.study.gallery import Gallery

FIGURE = "annotations.svg"
_OF_INPUTS = (PAYS, UNDECIDED)
_HEAD = """\
# Do landmarks, silhouettes and finer labels help?

{sentence}

[The plan](annotations-plan.md) was written down before the first run: its arms, folds, seeds, steps and the rule for
"helps". Each run's record quotes the plan's hash, **{hash}**. This page is made from the records alone, without
weights: `pocketseg study report --plan docs/annotations-plan.json --out docs`. The second stage's runs are done by the
plan's command with `--stage 2`.
"""
_ANSWER = """\
## The answer

`{network}` from random weights, at {height} x {width} pixels, {steps:,} steps of {batch} photos, no teacher. Signals
are those of a program, corrected by nobody. {photos} photos in {folds} folds; test photos take no part. A difference is
an arm's mIoU less that of `{control}`, in points (hundredths of mIoU), on photos that the run did not see, averaged
over the folds. All intervals are {percent}, each for its own arm and not corrected for their number. Only p is: so an
interval may leave out 0 where no difference is said to be shown.

![Each arm's differences by fold, their mean and intervals]({figure})

| arm | what the network learns from | mIoU | difference | t interval over folds | p, corrected | verdict |
|---|---|---|---|---|---|---|
{rows}

| arm | p, not corrected | interval over groups of photos | over folds and groups |
|---|---|---|---|
{intervals}

The t interval says what other folds, with other photos and other first weights, would change; that over groups of
photos keeps the trained networks as they are; the last draws folds, then groups of photos in them. Folds share most of
their training photos, so that p is somewhat too small.

*Helps* (*harms*): the corrected p is below {alpha:g}, and the difference and both intervals of the second table lie
above (below) 0. *No difference* does not say that there is none: the intervals say how large a one may have been
missed. {verdicts}
"""


def page(answer: Mapping[str, Any], plan: Mapping[str, Any], gallery: Gallery | None = None) -> str:
    """Return the page as Markdown. gallery: where one was drawn."""
    parts = [_HEAD.format(sentence=sentence(answer, plan), hash=plan["hash"])]
    if "arms" in answer:
        parts += [_answer(answer, plan), _folds(answer, plan)]
    else:
        parts.append(_unfinished(answer))
    parts += [_second(answer, plan), section(answer["networks"])]
    if "explored" in answer:
        parts += explored_sections(answer, plan, gallery)
    parts.append(_time(answer))
    return "\n".join(part.rstrip() + "\n" for part in parts)


def sentence(answer: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    """Return the answer in two or three sentences, for the page's top and for README."""
    stage = answer["stages"]["1"]
    if "arms" not in answer:
        done = stage["planned"] - len(stage["lacking"])
        return (
            "Whether skeletons, silhouettes or finer labels help is being tested by a planned experiment: "
            f"{done} of {stage['planned']} runs {'is' if done == 1 else 'are'} done, and nothing is concluded before "
            "all are."
        )
    arms = answer["arms"]
    said = []
    for verdict, words in ((HELPS, "gave better masks"), (HARMS, "gave worse masks")):
        chosen = {name: a for name, a in arms.items() if a["verdict"] == verdict}
        if chosen:
            figures = [
                f"{points(a['mean'])} points of mIoU, 95 % interval {_between(a['t_interval'])}"
                for a in chosen.values()
            ]
            named = [f"{_about(plan, name)} ({figure})" for name, figure in zip(chosen, figures, strict=True)]
            said.append(f"{listed(named)} {words}")
    even = [_about(plan, name) for name, a in arms.items() if a["verdict"] == NO_DIFFERENCE]
    if even:
        said.append(f"no difference from the photo alone was shown for {listed(even)}")
    photos = sum(len(group) for fold in plan["data"]["folds"] for group in fold)
    text = (
        f"In a planned experiment of {stage['planned']} trainings of {plan['network']} from random weights on {photos} "
        f"photos, {'; '.join(said)}."
    )
    pays = {verdict: [_about(plan, n) for n, a in arms.items() if a.get("pays") == verdict] for verdict in _OF_INPUTS}
    if pays[PAYS]:
        text += f" Worth its cost in use, by the rule written before: {listed(pays[PAYS])}."
    if pays[UNDECIDED]:
        text += f" Whether it is worth its cost in use, the second stage decides: {listed(pays[UNDECIDED])}."
    if not any(pays.values()) and any("pays" in a for a in arms.values()):
        text += " No further input was shown to be worth its cost in use."
    return text


def _answer(answer: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    rule, control = plan["rule"], answer["control"]
    rows = [f"| `{control['arm']}` | {_about(plan, control['arm'])} | {_mean(control['miou'])} | | | | control |"]
    intervals = []
    for name, arm in answer["arms"].items():
        rows.append(
            f"| `{name}` | {_about(plan, name)} | {_mean(arm['miou'])} | {points(arm['mean'])} "
            f"| {_between(arm['t_interval'])} | {_p(arm['p_holm'])} | {arm['verdict']} |"
        )
        both = f"{_between(arm['groups_interval'])} | {_between(arm['both_interval'])}"
        intervals.append(f"| `{name}` | {_p(arm['p'])} | {both} |")
    inputs = {name: arm["pays"] for name, arm in answer["arms"].items() if "pays" in arm}
    least = rule["least_gain_of_an_input"]
    verdicts = (
        "A further target costs a phone nothing. A further input costs it two more networks before the first pixel; "
        f"it pays only where it helps by {100 * least:g} point of mIoU or more and its mean difference in the second "
        f"stage is above 0. {'; '.join(f'`{name}`: {said}' for name, said in inputs.items())}."
    )
    folds, recipe = plan["data"]["folds"], plan["arms"][control["arm"]]["recipe"]
    return _ANSWER.format(
        network=plan["network"], height=recipe["height_px"], width=recipe["width_px"], steps=plan["steps"],
        batch=recipe["batch_size"],
        photos=sum(len(group) for fold in folds for group in fold), folds=len(folds), control=control["arm"],
        percent=f"{100 * rule['confidence']:g} %", figure=FIGURE, rows="\n".join(rows),
        intervals="\n".join(intervals), alpha=rule["alpha"],
        verdicts=verdicts,
    )  # fmt: skip


def _folds(answer: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    seeds = plan["seeds"]
    head = " | ".join(f"fold {k} (seed {seed})" for k, seed in enumerate(seeds, 1))
    rows = [("control", answer["control"]["arm"], answer["control"]["miou"])]
    rows += [("", name, arm["miou"]) for name, arm in answer["arms"].items()]
    lines = [f"| `{name}` | {' | '.join(f'{v:.4f}' for v in values)} |" for _, name, values in rows]
    return "\n".join(["## Every run", "", "mIoU of each run on the photos that its fold holds out.", "",
                      f"| arm | {head} |", f"|{'---|' * (len(seeds) + 1)}", *lines, ""])  # fmt: skip


def _unfinished(answer: Mapping[str, Any]) -> str:
    stage = answer["stages"]["1"]
    lines = [
        "## Unfinished", "",
        f"{len(stage['lacking'])} of {stage['planned']} runs of the first stage have no record yet. No difference is "
        "shown and no verdict drawn until all have one, so that nothing is decided on half of them. Lacking:",
        "", *_lacking(stage["lacking"]), "",
    ]  # fmt: skip
    return "\n".join(lines)


def _second(answer: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    second = plan["second_stage"]
    lines = [
        "## Second stage", "",
        f"`{second['network']}`, begun from ImageNet weights, {second['steps']:,} steps on folds "
        f"{listed(second['folds'])}: does the direction hold for a network that does not begin from nothing? So few "
        "folds are too few for a test, and none is made.",
        "",
    ]  # fmt: skip
    if "chosen" not in answer:
        return "\n".join([*lines, f"Its arms: {second['arms']}; so it follows when the first is finished.", ""])
    chosen = listed([f"`{name}`" for name in answer["chosen"]])
    lines += [f"By the plan, the first stage chose {chosen}: the {CHOSEN_ARMS} of the largest mean difference.", ""]
    if "second" not in answer:
        lacking = answer["stages"]["2"]["lacking"]
        lines += [
            f"{len(lacking)} of {answer['stages']['2']['planned']} runs have no record yet:",
            "",
            *_lacking(lacking),
        ]
        return "\n".join([*lines, ""])
    head = " | ".join(f"fold {k}" for k in second["folds"])
    lines += [f"| arm | {head} | difference, points |", f"|{'---|' * (len(second['folds']) + 2)}"]
    for place, (name, arm) in enumerate(answer["second"].items()):
        by_fold = ", ".join(points(d) for d in arm["difference"])
        difference = f"{points(arm['mean'])} ({by_fold})" if place else ""
        lines.append(f"| `{name}` | {' | '.join(f'{v:.4f}' for v in arm['miou'])} | {difference} |")
    return "\n".join([*lines, "", *_directions(answer), ""])


def _directions(answer: Mapping[str, Any]) -> list[str]:
    """Return of each chosen arm whether its mean difference has the direction of the first stage."""
    lines = []
    for name in answer["chosen"]:
        before, now = answer["arms"][name]["mean"], answer["second"][name]["mean"]
        means = f"{points(before)} points in the first stage, {points(now)} here"
        lines.append(f"- `{name}`: the direction {'holds' if before * now > 0 else 'does not hold'} ({means}).")
    return lines


def _time(answer: Mapping[str, Any]) -> str:
    lines = ["## Time and machines", ""]
    if not answer["time"]:
        return "\n".join([*lines, "No run is finished yet.", ""])
    for stage in answer["time"]:
        lines.append(
            f"Stage {stage['stage']}: {counted(stage['runs'], 'run')} took {stage['hours']:.1f} hours by the clock, "
            "added up, also where several ran beside each other; waiting not counted, but other work on the machine "
            f"included. The pace of {counted(stage['paced_runs'], 'run')} gives {stage['processor_hours']:.1f} hours "
            f"of processor time for {'it' if stage['paced_runs'] == 1 else 'them'}, all threads together."
        )
        if stage["mixed_folds"]:
            lines[-1] += (
                f" The runs of {'fold' if len(stage['mixed_folds']) == 1 else 'folds'} {listed(stage['mixed_folds'])} "
                "differ in machine, threads or code, and so in rounding, too."
            )
        lines += [f"- {text}: {counted(count, 'run')}" for text, count in stage["machines"].items()]
        lines += [f"- PocketSeg {text}: {counted(count, 'run')}" for text, count in stage["code"].items()]
        lines.append("")
    return "\n".join(lines)


def _lacking(runs: Iterable[Sequence[Any]]) -> list[str]:
    folds: dict[str, list[str]] = {}
    for arm, fold in runs:
        folds.setdefault(arm, []).append(str(fold))
    return [f"- `{arm}`: fold {listed(numbers)}" if len(numbers) == 1 else f"- `{arm}`: folds {listed(numbers)}"
            for arm, numbers in folds.items()]  # fmt: skip


def _about(plan: Mapping[str, Any], name: str) -> str:
    return str(plan["arms"][name]["about"])


def _mean(values: Sequence[float]) -> str:
    return f"{statistics.fmean(values):.4f}"


def _between(ends: Sequence[float]) -> str:
    return f"{points(ends[0])} to {points(ends[1])}"


def _p(value: float) -> str:
    return "below 0.0001" if value < 0.0001 else f"{value:.4f}"
