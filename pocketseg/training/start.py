"""Start or resume a training run: opens data, split, network, Fabric and folder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

import models
from pocketseg import __version__
from pocketseg.core.errors import DataError, SplitError, UsageError
from pocketseg.core.files import sha256_file, sha256_json, write_json
from pocketseg.core.types import ModelSpec
from pocketseg.data.labelled import check_parts, need_named_classes
from pocketseg.data.photos import PhotoSet, open_photos
from pocketseg.data.seen import PHOTOS, learnt_from, learnt_held_out, seen_by
from pocketseg.data.split import Split, check_present, find_split, held_out_elsewhere, in_no_part
from pocketseg.data.training_photos import unlabelled_photos
from pocketseg.training.arrays import absent_classes, load_arrays
from pocketseg.training.distil import Adapted, Guide, scored, unwrapped
from pocketseg.training.evaluate import evaluate
from pocketseg.training.fabric import load_fabric
from pocketseg.training.fake_quant import for_training
from pocketseg.training.fine_head import FineHead
from pocketseg.training.first_network import first_network
from pocketseg.training.loop import Run, train
from pocketseg.training.recipe import TrainingRecipe, stages_said
from pocketseg.training.refusals import check_batch, check_machine, check_seed
from pocketseg.training.run_facts import environment, keep_data, name_in, rename
from pocketseg.training.run_folder import check_same_run, claimed
from pocketseg.training.schedule import counted, fitted, said_of, steps_per_epoch
from pocketseg.training.signal_choice import signals_of, with_signals
from pocketseg.training.signal_heads import SignalHeads
from pocketseg.training.signal_inputs import inputs_for
from pocketseg.training.state import Progress
from pocketseg.training.teacher import open_teachers, soft_labels
from pocketseg.training.zeros import within, zero_places

BEST = "best.safetensors"


@dataclass(frozen=True, kw_only=True)
class TrainingJob:
    """What `pocketseg train` was asked for.

    initial: a path of weights to start from, or a released name. spec: where it differs from the network's own in more
    than size and classes. kept: folder of the teachers' stored answers, where it is not the run's own. name: what the
    weights are called; empty for the run's folder. given: settings of the recipe that were asked for by name, and are
    used unchanged however short the run. signals: where those of the photos come from (data/signals/source.py).

    Raises UsageError for a seed outside 0 to 2**32 - 1, or a name that is not plain.
    """

    network: str
    data: str
    out: Path
    recipe: TrainingRecipe
    seed: int
    split_file: Path | None = None
    accelerator: str = "auto"
    devices: int = 1
    precision: str = "32-true"
    threads: int | None = None
    teachers: tuple[str, ...] = ()
    initial: Path | None = None
    spec: ModelSpec | None = None
    kept: Path | None = None
    name: str = ""
    given: frozenset[str] = frozenset()
    signals: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_seed(self.seed)
        if self.name:
            models.check_name(self.name)


def start(
    job: TrainingJob,
    loading: Callable[[int, int], None],
    asking: Callable[[int, int], None],
    report: Callable[[Progress, int, int], None],
    say: Callable[[str], None] = lambda sentence: None,
) -> Path | None:
    """Train to the end; return the path of the best weights
    (RUN/best.safetensors), None in all processes but the first.

    Raises UsageError where another training is at work in the folder, or it holds other files.
    """
    with claimed(job.out):
        return _to_the_end(job, loading, asking, report, say)


def _to_the_end(
    job: TrainingJob,
    loading: Callable[[int, int], None],
    asking: Callable[[int, int], None],
    report: Callable[[Progress, int, int], None],
    say: Callable[[str], None],
) -> Path | None:
    if job.threads:
        torch.set_num_threads(job.threads)
    check_machine(job.accelerator, job.precision)
    initial = models.locate(str(job.initial)) if job.initial is not None else None
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", job.devices))  # torchrun says how many it started
    hosts = int(os.environ.get("WORLD_SIZE", processes)) // processes if "LOCAL_WORLD_SIZE" in os.environ else 1
    photos = open_photos(job.data)
    need_named_classes(photos)
    split = find_split(photos, job.split_file, ("train", "val"))
    check_present(split, photos, ("test",))  # which are not opened: nothing here looks at them
    for note in (*held_out_elsewhere(split), *in_no_part(split, photos)):
        say(f"note: {note}")
    if not split.ids("val"):
        raise SplitError(f"split {split.name} has no validation photos")
    spec = dataclasses.replace(
        job.spec or models.spec(job.network),
        height_px=job.recipe.height_px,
        width_px=job.recipe.width_px,
        classes=photos.classes,
    )
    if len(job.recipe.class_weights) not in (0, len(spec.classes)):
        raise UsageError(f"class_weights has {len(job.recipe.class_weights)} numbers for {len(spec.classes)} classes")
    if bool(job.teachers) != job.recipe.teachers_speak():
        raise UsageError(
            "--teacher and a weight for its loss must be given together",
            hint="give --teacher MODEL and --set teacher_weight=1.0 (or distil_logit, ...) both, or neither",
        )
    if initial is not None and (learnt := learnt_held_out(models.read_metadata(initial), photos, split)):
        say(f"note: the weights of --init have learnt from {learnt}, so scores on those are optimistic")
    source = signals_of(job.signals, job.recipe, photos)
    teachers = open_teachers(job.teachers, photos, split)
    for line in filter(None, (models.assumed_line(t.name, t.assumed) for t in teachers)):
        say(f"note: {line}")
    ids = share_of(split.ids("train"), job.recipe.photos_share)
    total_steps = job.recipe.epochs * steps_per_epoch(job.recipe, len(ids))
    recipe = fitted(job.recipe, total_steps, job.given)
    unlabelled = _unlabelled(photos, split) if job.recipe.unlabelled_share > 0 else []
    config = _config(job, split.hash, spec) | {
        "teachers": [t.sha256 for t in teachers],
        "unlabelled": len(unlabelled),
        "initial": sha256_file(initial) if initial else None,
        **({"signals": dict(source.sha256)} if source is not None else {}),
        **({"fitted": {"warmup_steps": recipe.warmup_steps}} if recipe != job.recipe else {}),
    }
    check_batch(job.recipe, len(ids), processes * hosts)
    for note in check_parts(photos, {"train": ids, "val": split.ids("val")}):
        say(f"note: {note}")
    check_same_run(job.out, json.dumps(config, indent=2) + "\n")
    kind = load_fabric()
    fabric = kind(accelerator=job.accelerator, devices=processes, num_nodes=hosts, precision=job.precision)
    fabric.launch()
    if fabric.is_global_zero:
        write_json(job.out / "environment.json", environment(job.accelerator))
        keep_data(job.out, job.data, job.split_file)
        if note := said_of(job.recipe, recipe, total_steps):
            say(f"note: {note}")
    largest = max((h, w) for _, h, w in job.recipe.sizes())
    fine = job.recipe.fine_weight > 0
    arrays = load_arrays(photos, ids, *largest, with_labels=fine, unlabelled=unlabelled, progress=loading)
    for note in absent_classes(arrays, spec.classes):
        say(f"note: {note}")
    if job.recipe.teacher_weight > 0:
        height, width = (n // 2 for n in arrays.images.shape[1:3])
        said = soft_labels(teachers, photos, [*ids, *unlabelled], height, width, job.kept or job.out, asking)
        arrays = dataclasses.replace(arrays, soft=torch.from_numpy(said))
    if source is not None:
        arrays = with_signals(arrays, source, [*ids, *unlabelled], job.recipe, say)
    torch.manual_seed(job.seed)
    network = first_network(job.network, len(spec.classes), job.recipe, initial, job.out, say)
    zeros = zero_places(network) if job.recipe.zeros == "kept" else {}
    if job.recipe.fake_quant == "w8a8":
        network = for_training(network, spec, arrays.images)
    if fine:
        network = FineHead(network, job.network, len(photos.mapping.labels))
    if job.recipe.target_signals:
        network = SignalHeads(network, job.network, job.recipe.target_signals)
    guides = tuple(Guide(t, spec, fabric.device) for t in teachers) if job.recipe.teachers_run_along() else ()
    if guides and job.recipe.distil_feature > 0:
        network = Adapted(network, job.network, [g.width for g in guides])
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    ancestors = models.lineage_of(initial) if initial is not None else []
    name = job.name or name_in(job.out / BEST)
    seen = learnt_from(photos, split, ids, unlabelled)
    if initial is not None:
        seen |= seen_by(models.read_metadata(initial), [split], initial)

    def save_best(best: nn.Module, state: Progress) -> None:
        metadata = {
            **({"name": name} if name else {}),
            "split_hash": split.hash,
            "recipe": sha256_json(job.recipe.facts())[:16],
            "val_miou": f"{state.best_miou:.6f}",
            "epoch": str(state.step // run.steps_per_epoch),
            PHOTOS: seen.to_text(),
            **models.signals_entry(job.recipe.input_signals),
        }
        if ancestors:  # steps made what this training began from: it is one step more
            known = ("teachers", "split_hash", "seed", "data")
            entry = {"step": "train", "parent": config["initial"], "epochs": job.recipe.epochs, "steps": state.step}
            entry |= {k: config[k] for k in known}
            metadata["lineage"] = json.dumps([*ancestors, entry])
        models.save_weights(unwrapped(best), spec, job.out / BEST, dtype="fp32", metadata=metadata)

    inputs = inputs_for(job.network, job.recipe.input_signals, source)
    run = Run(
        folder=job.out,
        spec=spec,
        recipe=recipe,
        seed=job.seed,
        arrays=arrays,
        validate=lambda net, height, width: evaluate(
            scored(net),
            dataclasses.replace(spec, height_px=height, width_px=width),
            photos,
            split.ids("val"),
            signals=inputs,
        ).miou(),
        save_best=save_best,
        report=report,
        say=say,
        half_precision=job.precision == "16-mixed",
        guides=guides,
        zeros=within(network, zeros),
    )
    if run.photos_a_step < job.recipe.batch_size:
        say(f"note: a batch is {run.photos_a_step} photos, not {job.recipe.batch_size}: there are no more to train on")
    if run.size_at(run.total_steps - 1) != (spec.height_px, spec.width_px):
        raise UsageError(
            f"the last stage gets no step: the run has {counted(run.total_steps, 'step')}, "
            f"{stages_said(job.recipe.stages)}",
            hint="give more --epochs, a larger share for the last stage, or --set 'stages=[]'",
        )
    state = train(run, network, fabric)
    if fabric.is_global_zero:
        write_json(
            job.out / "result.json",
            {
                "best_val_miou": state.best_miou,
                "epochs": job.recipe.epochs,
                "steps": state.step,
                "seconds": state.seconds,
                "last": state.rows[-1:],
            },
        )
        if job.name:
            rename(job.out / BEST, job.name)
    fabric.barrier()  # the others wait until the first has validated and written
    return job.out / BEST if fabric.is_global_zero else None


def share_of(ids: Sequence[str], share: float) -> list[str]:
    """Return a share of ids, at least one.

    The order of their hashes decides which, so it does not depend on the others.
    """
    count = max(1, round(share * len(ids)))
    return sorted(sorted(ids, key=lambda i: hashlib.sha256(i.encode()).hexdigest())[:count])


def _unlabelled(photos: PhotoSet, split: Split) -> list[str]:
    """Return the ids of photos without masks, except near-duplicates of validation or test photos."""
    found = unlabelled_photos(photos, split)
    if not found:
        raise DataError(
            f"{photos.root} has no unlabelled photos", hint="leave out --set unlabelled_share", path=photos.root
        )
    return found


def _config(job: TrainingJob, split_hash: str, spec: ModelSpec) -> dict[str, Any]:
    """Return everything that determines the weights: on one machine, two
    runs with the same config give the same result.
    """
    return {
        "network": job.network,
        "spec": dataclasses.asdict(spec),
        "recipe": job.recipe.facts(),
        "seed": job.seed,
        "data": job.data.partition(":")[0],
        "split_hash": split_hash,
        "precision": job.precision,
        "devices": job.devices,
        "pocketseg": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
