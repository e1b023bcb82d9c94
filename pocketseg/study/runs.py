"""Does the study's runs, all arms of a fold before the next fold, so that an unfinished study can be compared in pairs.

A killed run resumes from its checkpoint in a working folder; its record is written when the run is finished.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

import models
from pocketseg import __version__
from pocketseg.core.alone import alone_in
from pocketseg.core.errors import UsageError
from pocketseg.core.files import make_folder, sha256_file
from pocketseg.core.keys import Code, code_hash
from pocketseg.study import records
from pocketseg.study.pace import Pace
from pocketseg.study.plan import SEEDS, Arm, Stage, recipe_of
from pocketseg.study.prepared import StudyData
from pocketseg.study.scoring import inputs_at_scoring, others, score_all
from pocketseg.training.arrays import PhotoArrays
from pocketseg.training.distil import scored
from pocketseg.training.fabric import load_fabric
from pocketseg.training.fine_head import FineHead
from pocketseg.training.loop import Run, train
from pocketseg.training.recipe import TrainingRecipe
from pocketseg.training.refusals import check_batch
from pocketseg.training.run_facts import environment
from pocketseg.training.signal_heads import SignalHeads
from pocketseg.training.state import Progress, averaged

_PAUSE_S = 1.0
LAST = "last.ckpt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Folders and files of a study.

    work: checkpoints of unfinished runs. records: what finished runs leave. pause: while this file exists, training
    waits between steps; None: never.
    """

    work: Path
    records: Path
    pause: Path | None = None


def do_runs(
    data: StudyData,
    arms: Sequence[Arm],
    folds: Sequence[int],
    places: Places,
    say: Callable[[str], None],
    report: Callable[[Progress, int, int], None] = lambda state, epoch, total: None,
) -> list[Path]:
    """Do the runs that have no record yet; return the records of all runs.

    Raises UsageError where another study works there.
    """
    code = code_hash(Code(modules=("pocketseg.study.runs",)))[:16]
    plan_hash = data.plan.hash
    stage = data.stage
    todo = [(f, a) for f in folds for a in arms if not records.is_done(places.records, plan_hash, a.name, f, stage)]
    say(f"plan {plan_hash}: {len(todo)} of {len(folds) * len(arms)} runs to do")
    work = places.work / plan_hash
    with alone_in(work, who="another study", hint="wait for it, or give another --work"):
        for fold, arm in todo:
            folder = work / records.name_of(arm.name, fold, stage)
            began = time.monotonic()
            path = _one(data, arm, fold, folder, places, code, say, report)
            say(f"{path} written, {time.monotonic() - began:.0f} s after this process began the run")
    return [records.path_of(places.records, a.name, f, stage) for f in folds for a in arms]


def _one(
    data: StudyData, arm: Arm, fold: int, folder: Path, places: Places, code: str, say: Callable[[str], None],
    report: Callable[[Progress, int, int], None],
) -> Path:  # fmt: skip
    """Train to the end, resuming where possible; score; write the record."""
    pace, recipe = Pace(report), recipe_of(arm, data.stage)
    network, state = trained(data, arm, fold, folder, pace, say, lambda: _wait(places.pause, say))
    held_out = data.plan.held_out(fold)
    inputs = {}
    if recipe.input_signals:
        assert data.arrays.signals is not None
        signals = data.arrays.signals.of(_places(data, held_out))
        elsewhere = others(held_out, data.plan.folds[fold - 1])
        inputs = inputs_at_scoring(signals, recipe.input_signals, data.spec, elsewhere)
    found = score_all(scored(network), data.spec, data.photos, held_out, inputs)
    facts: dict[str, Any] = {
        "schema_version": 1,
        "study": "annotations",
        "plan": data.plan.hash,
        "stage": int(data.stage),
        "network": data.stage.network,
        "start": start_of(data.stage),
        "arm": arm.name,
        "fold": fold,
        "seed": SEEDS[fold - 1],
        "steps": state.step,
        "seconds": round(state.seconds, 1),
        "processor_s_a_step": pace.processor_s_a_step(),
        "losses": [round(row["loss"], 4) for row in state.rows],
        "classes": list(data.spec.classes),
        "version": __version__,
        "code": code,
        "environment": environment("cpu"),
    }
    return records.write(places.records, facts, found.confusions, found.maps)


def trained(
    data: StudyData, arm: Arm, fold: int, folder: Path, report: Callable[[Progress, int, int], None],
    say: Callable[[str], None], wait: Callable[[], None] = lambda: None,
) -> tuple[nn.Module, Progress]:  # fmt: skip
    """Train an arm to the plan's last step, from the folder's checkpoint where there is one.

    Returns the network, heads included, with the averaged weights of that step.
    """
    recipe, seed = recipe_of(arm, data.stage), SEEDS[fold - 1]
    arrays = subset(data, data.plan.learnt(fold), recipe)
    check_batch(recipe, arrays.labelled, 1)
    network = network_of(data, recipe, seed)
    run = Run(
        folder=make_folder(folder), spec=data.spec, recipe=recipe, seed=seed, arrays=arrays, validate=None,
        save_best=lambda best, state: None, report=report, say=say, wait=wait, steps=data.plan.steps_of(data.stage),
    )  # fmt: skip
    say(f"{arm.name}, fold {fold}: {arrays.labelled} training photos, {len(data.plan.held_out(fold))} held out")
    fabric = load_fabric()(accelerator="cpu", devices=1)
    fabric.launch()
    state = train(run, network, fabric)
    network.load_state_dict(averaged(folder / LAST))
    return network, state


def network_of(data: StudyData, recipe: TrainingRecipe, seed: int) -> nn.Module:
    """Return an arm's network with its heads, untrained; with one seed, all arms begin with the same network.

    In the second stage its backbone has ImageNet weights. Weights over signals begin at 0, and heads are drawn after
    the network. Raises CheckpointError where the ImageNet weights are not installed.
    """
    torch.manual_seed(seed)
    name = data.stage.network
    network = models.build(name, len(data.spec.classes))
    if data.stage is Stage.SECOND:
        models.take_over(network, models.pretrained(name))
    models.widen_for(network, recipe.input_signals)
    if recipe.fine_weight > 0:
        network = FineHead(network, name, len(data.photos.mapping.labels))
    if recipe.target_signals:
        network = SignalHeads(network, name, recipe.target_signals)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def start_of(stage: Stage) -> dict[str, str]:
    """Return the file of first weights and its digest, nothing where they are random.

    Raises CheckpointError where it is not installed.
    """
    if stage is Stage.FIRST:
        return {}
    path = models.pretrained(stage.network)
    return {"file": path.name, "sha256": sha256_file(path)}


def subset(data: StudyData, ids: Sequence[str], recipe: TrainingRecipe) -> PhotoArrays:
    """Return the arrays of some photos, with only what an arm learns from."""
    places = _places(data, ids)
    whole = data.arrays
    return PhotoArrays(
        images=whole.images[places],
        masks=whole.masks[places] if recipe.fine_weight > 0 else whole.masks[places, :1],
        labelled=len(ids),
        signals=whole.signals.of(places) if recipe.takes_signals() and whole.signals is not None else None,
    )


def folds_of(numbers: Sequence[int], stage: Stage = Stage.FIRST) -> tuple[int, ...]:
    """Return the folds to do, all of the stage where none is given. Raises UsageError for one that it does not have."""
    for number in numbers:
        if number not in stage.folds:
            raise UsageError(
                f"there is no fold {number} in stage {stage}",
                hint=f"its folds are {stage.folds[0]} to {stage.folds[-1]}",
            )
    return tuple(sorted(set(numbers))) or stage.folds


def _places(data: StudyData, ids: Sequence[str]) -> torch.Tensor:
    place = {photo_id: k for k, photo_id in enumerate(data.ids)}
    return torch.tensor([place[i] for i in ids])


def _wait(pause: Path | None, say: Callable[[str], None]) -> None:
    if pause is None or not pause.exists():
        return
    say(f"waiting: {pause} exists")
    while pause.exists():
        time.sleep(_PAUSE_S)
    say("resuming")
