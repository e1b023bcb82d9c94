"""docs/annotations-plan.json and .md: the study of annotations, written down before its first run.

    python -m scripts.annotations_plan --data ccp:PATH --signals poses=FILE --signals persons=FILE

Every figure of the page comes from the code's constants, the data, or a few steps of each arm, which are not scored:
they say how long a step takes.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import torch

from pocketseg.core.cache import ROOT
from pocketseg.core.files import write_json, write_text
from pocketseg.report.verdict import listed
from pocketseg.study.pace import Pace
from pocketseg.study.plan import ARMS, CONTROL
from pocketseg.study.plan_file import check_same, read_plan
from pocketseg.study.prepared import StudyData, load, open_plan
from pocketseg.study.runs import trained

PLAN = ROOT / "docs" / "annotations-plan.json"
PAGE = PLAN.with_suffix(".md")


_PAGE = """\
# Plan: do landmarks, silhouettes and finer labels help?

Written down before the first run. `scripts/annotations_plan.py` makes this page from
[annotations-plan.json](annotations-plan.json), and that from the code's constants and the data. The plan's hash,
**{hash}**, stands in each run's record, and `pocketseg study annotations --plan` refuses to run where code
or data give another.

## The question, and what is expected

Does a garment segmentation network give better masks where it is told, in training or in use, more of the photo than
its mask? The belief to be tested is that more signals are better: that each of the arms below scores a higher mIoU
than `{control}`. For each arm the null hypothesis is that the mean difference is 0; tests are two-sided, because a
signal may also harm.

| arm | what the network learns from | differs from the control in |
|---|---|---|
{arms}

Skeletons and silhouettes are a network's output (MediaPipe's BlazePose) of the photo alone; nobody corrected them, and
no mask took part in them. So what is tested is what a phone could compute, and not what people could have drawn.
BlazePose learnt from other photos than these, and from far more: a gain would be one by its knowledge, too. The finer
labels are people's; the classes are made of them.

A photo of which a signal is absent has zeros in its place, and takes no part in that target's loss. In training each
input signal of each photo is absent from a step with a chance of {dropout:g}. Weights over further inputs begin at 0,
so that all arms of a fold begin with the same network. Heads for targets are 1 x 1 convolutions over the last feature
map, and are dropped before scoring. Each has the weight {weight:g} in the loss, that of the finer labels in the
released networks' recipes. Neither it nor anything else was tuned on these folds, so an arm that shows no difference
may do so for its weight.

## First stage

- Network: `{network}` from random first weights, and no teachers. A recipe with one is refused: the released ones
  learnt from these photos.
- Each run: {steps:,} steps of {batch} photos at {height} x {width} px (height x width); {optimizer}, rate {lr:g},
  warm-up of {warmup} steps, zoom {low:g} to {high:g}, mirrored with a chance of {flip:g}. The JSON holds the whole
  recipe of each arm.
- Photos: the {photos} training and validation photos of the committed split (hash `{split}`), in {folds} folds of
  {sizes}. The {groups} groups of look-alike photos (thumbnails, either way round, and known pairs of
  one scene) stay whole; kinds of photos, by the classes that they show, are spread evenly. No test photo is in a fold,
  and none is opened.
- Seeds: one a fold ({seeds}), shared by all arms of the fold. First weights, batches, zooms, colours
  and dropout of a step are then the same in all arms, and differences are paired.
- Score: mIoU of the **last** step's averaged weights (decay {ema:g}) on the photos that the fold holds out, each at its
  own size. No earlier epoch is scored at all, so none can be chosen.
- Order: fold by fold, all {arm_count} arms of a fold before the next; {runs} runs.

### The rule

Of each arm against `{control}`, the difference of mIoU within each fold, and its mean over the folds, with

1. a t interval over the folds ({percent}, {freedom} degrees of freedom) and its two-sided p;
2. a bootstrap over groups of photos: in each fold its groups are drawn with replacement, the same for both arms, and
   the fold's confusion matrices summed anew; {percent} percentile interval of the mean over {rounds:,} rounds;
3. both together: folds are drawn with replacement, then groups within each; interval alike.

The {comparisons} p values are corrected by Holm's step-down method. A signal **helps** where its corrected p is below
{alpha:g}, its mean difference is above 0, and so are the lower ends of intervals 2 and 3. It **harms** where the same
holds the other way round. Else the study shows **no difference**, which is not that there is none: the intervals say
how large a one may have been missed. The t test bears the burden, as five folds drawn with replacement give too narrow
intervals. Folds share most of their training photos, so that its p, too, is somewhat small.

An input costs a phone two more networks before the first pixel. It **pays** only where it helps, by a mean of at least
{least:g} mIoU, and its mean difference in the second stage is above 0.

## Second stage

`{second}`, begun from ImageNet weights:
{second_arms}.
{second_steps} steps, ending at {second_height} x {second_width} px, on folds {second_folds} with their seeds, all else
as above. It says whether the direction holds for a network that does not begin from nothing; so few folds are too few
for a test, and none is made.

## Looked at besides, and nothing claimed of it

- Input arms with their signals absent (zeros), and misplaced (those of another photo of the fold).
- IoU by class, and differences by photo: occluded people, bags, coats over dresses, with a gallery.
- Whatever else is found in the records after the first run.

## If a target helps

A further target costs a phone nothing. If several help, that of the largest mean difference is taken. If it is
`labels_target`, nothing is trained: the released networks' recipe has it already. Else TopFormer Tiny is trained with
its recipe `taught`, from its released weights, with today's teachers and all its epochs, twice with the target and
twice without (seeds 1 and 2), all else equal.

- The target **won** where the mean of its two runs' best validation mIoU is above that of the two without.
- The better of its two runs is **released** where it won and that run is at least 0.005 above today's released weights
  on validation. Else today's stay.
- The test photos are scored once, for that run, after this decision, and the score is published whichever way it goes.

## Time

Processor seconds a step, all threads together, medians of {trial_steps} steps of each arm on the machine that the
study began on ({cores} cores, {threads} threads, other work besides):
{seconds}.
On as many idle cores as threads the {runs} runs of the first stage then take about {hours:.1f} hours.

```
pocketseg study annotations --data ccp:PATH --signals poses=keypoints.npz --signals persons=person_masks.zip \\
    --plan docs/annotations-plan.json --records docs/runs/annotations --threads 2 --pause-file PAUSE
```

does what has no record yet. Runs may be killed at any moment. A finished one is its record, so the study goes on on
another machine run by run; a record says what machine, threads, versions and code its run had. Arms of a fold that ran
on different machines differ in rounding, too.

A second thread hardly helps networks as small as these. Several processes do, with `--threads 1`, other `--folds` and a
`--work` folder each; they may share `--records`.
"""


def page(plan: Mapping[str, Any]) -> str:
    """Return the page of a plan."""
    rule, data, second, measured = plan["rule"], plan["data"], plan["second_stage"], plan["measured"]
    base = plan["arms"][CONTROL]["recipe"]
    counts = [sum(map(len, fold)) for fold in data["folds"]]
    runs, seconds = len(plan["arms"]) * len(counts), measured["processor_s_a_step"]
    return _PAGE.format(
        hash=plan["hash"], control=CONTROL, arms="\n".join(_rows(plan["arms"], base)), network=plan["network"],
        dropout=base["signal_dropout"], weight=base["target_weight"], steps=plan["steps"], batch=base["batch_size"],
        height=base["height_px"], width=base["width_px"], optimizer=base["optimizer"], lr=base["lr"],
        warmup=base["warmup_steps"], low=base["scale"][0], high=base["scale"][1], flip=base["flip"],
        ema=base["ema_decay"], photos=sum(counts), split=data["split_hash"], folds=len(counts), sizes=listed(counts),
        groups=sum(map(len, data["folds"])), seeds=listed(plan["seeds"]), arm_count=len(plan["arms"]), runs=runs,
        percent=f"{100 * rule['confidence']:g} %", freedom=rule["degrees_of_freedom"],
        rounds=rule["bootstrap_rounds"], comparisons=rule["comparisons"], alpha=rule["alpha"],
        least=rule["least_gain_of_an_input"], second=second["network"], second_arms=second["arms"],
        second_steps=second["steps"], second_height=second["recipe"]["height_px"],
        second_width=second["recipe"]["width_px"], second_folds=listed(second["folds"]),
        trial_steps=measured["steps"], cores=measured["cores"], threads=measured["threads"],
        seconds=", ".join(f"`{name}` {s:.2f}" for name, s in seconds.items()),
        hours=sum(seconds.values()) * plan["steps"] * len(counts) / 3600 / measured["threads"],
    )  # fmt: skip


def _rows(arms: Mapping[str, Any], base: Mapping[str, Any]) -> list[str]:
    rows = []
    for name, arm in arms.items():
        differing = [f"`{k}` {_text(v)}" for k, v in arm["recipe"].items() if v != base[k]]
        rows.append(f"| `{name}` | {arm['about']} | {', '.join(differing) or 'nothing: it is the control'} |")
    return rows


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def measured(data: StudyData, steps: int) -> dict[str, Any]:
    """Train each arm for some steps, without scoring; return how long a step takes."""
    trial = dataclasses.replace(data, plan=dataclasses.replace(data.plan, steps=steps))
    found: dict[str, float | None] = {}
    for arm in ARMS:
        pace = Pace(lambda state, epoch, total: None)
        with tempfile.TemporaryDirectory() as folder:
            trained(trial, arm, 1, Path(folder), pace, click.echo)
        found[arm.name] = pace.processor_s_a_step()
    return {
        "processor_s_a_step": found, "steps": steps, "cores": os.cpu_count(), "threads": torch.get_num_threads(),
    }  # fmt: skip


@click.command()
@click.option("--data", help="FORMAT:PATH. Without it the page is made again from the JSON.")
@click.option("--signals", multiple=True)
@click.option("--steps", default=10, help="Number for each arm, to measure how long a step takes.")
@click.option("--threads", default=2)
def main(data: str | None, signals: tuple[str, ...], steps: int, threads: int) -> None:
    """Write the plan and its page; an existing plan must be the same, and keeps what was measured."""
    if data is not None:
        torch.set_num_threads(threads)
        plan, photos, source = open_plan(data, signals, None, lambda what, done, total: None)
        if PLAN.exists():
            check_same(PLAN, plan)
        else:
            found = measured(load(plan, photos, source, lambda what, done, total: None), steps)
            write_json(PLAN, {"hash": plan.hash, **plan.to_json(), "measured": found})
    write_text(PAGE, page(read_plan(PLAN)))
    click.echo(f"{PLAN}\n{PAGE}")


if __name__ == "__main__":
    main()
