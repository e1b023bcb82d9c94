"""Steps one after the other, each done once: a result is cached by the content of everything that decides it.

A step works in a folder named by that content, so that it continues there after it was killed. The finished weights are
written to the cache as a whole, with the step's report in their metadata.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import compress
import models
from compress._alone import alone
from compress._budget import Budget, Photos, check_fits, open_budget
from compress._measure import measured
from compress._work import Work, recipe_of
from pocketseg.core.cache import Cache, host, versions
from pocketseg.core.errors import CheckpointError, UsageError
from pocketseg.core.files import (
    atomic_folder,
    copy_file,
    make_folder,
    sha256_file,
    sha256_json,
    write_json,
)  # fmt: skip
from pocketseg.core.keys import Code, code_hash
from pocketseg.data.labelled import need_named_classes
from pocketseg.data.photos import open_photos
from pocketseg.data.seen import PHOTOS
from pocketseg.data.spec import without_folders
from pocketseg.inference import TOOLS
from pocketseg.training.recipe import recipes
from pocketseg.training.teacher import open_teachers

WEIGHTS = "network.safetensors"
FACTS = "step.json"
_KEPT = ("**/log.csv", "**/curves.svg", "**/sensitivity.json")
_OWN = ("name", "narrow", "lineage", "val_miou", "epoch", "recipe")  # metadata that a step writes anew
_one_at_a_time = threading.Lock()  # training seeds torch for the whole process

Progress = Callable[[str, int, int], None]


def check(loaded: models.Loaded, texts: Sequence[str], budget: Budget) -> None:
    """Refuse, before any work, unknown steps, bad values, and teachers and photos that do not fit.

    Raises UnknownNameError, UsageError, RefusedError, CheckpointError, DataError.
    """
    pairs = [compress.parsed(text) for text in texts]
    if compress.trains(texts):
        photos = open_budget(budget)
        check_fits(loaded, photos)
        refs = dict.fromkeys(ref for name, value in pairs for ref in _teachers(name, value, budget))
        # they must have the photos' classes, as the network must
        open_teachers(tuple(refs), photos.photos, photos.split)
        for name, _ in pairs:
            if compress.facts(name, "TRAINS"):
                recipe_of(loaded.spec, max(1, budget.epochs), compress.facts(name, "LOSSES"), photos, budget)


def shrink(
    loaded: models.Loaded,
    texts: Sequence[str],
    budget: Budget,
    cache: Cache,
    progress: Progress = lambda what, done, total: None,
) -> models.Loaded:
    """Return the network after the last step of a recipe, under the original model's name."""
    if not texts:
        return loaded
    check(loaded, texts, budget)
    photos = open_budget(budget) if compress.trains(texts) else None
    for text in texts:
        loaded = _apply(loaded, text, budget, photos, cache, progress)
    return loaded


def lineage(loaded: models.Loaded) -> list[dict[str, Any]]:
    """Return the reports of the steps that made a network, the first step first; empty where there are none."""
    return models.lineage(loaded.metadata, loaded.source)


def notes(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the notes of a lineage's steps, e.g. that a step left the network unchanged."""
    return [note for step in steps for note in step.get("notes", ())]


def code(loaded: models.Loaded, step: str, teachers: Sequence[str], photos: Photos | None) -> Code:
    """Return the code that does a step: its own module, training, the network's recipe, and all networks that take
    part."""
    named = [
        said.get("network", "") for said in (loaded.metadata, *map(models.read_metadata, map(models.locate, teachers)))
    ]
    return Code(
        modules=("compress._chain",),
        used={
            "compress": (step,),
            "models": sorted({family for network in named for family in models.families(network)}),
            "models/released": (),  # `weights` and `teachers` in the key are hashes
            "pocketseg/data/formats": (photos.photos.format,) if photos else (),
            "pocketseg/training/recipes": [network for network in recipes() if network == loaded.spec.name],
        },
    )


def key_facts(loaded: models.Loaded, text: str, budget: Budget, photos: Photos | None) -> dict[str, Any]:
    """Return everything that decides a step's result."""
    name, value = compress.parsed(text)
    facts: dict[str, Any] = {
        "weights": loaded.sha256,
        "spec": dataclasses.asdict(loaded.spec),
        "assumed": loaded.assumed,
        "step": [name, value],
        "teachers": [sha256_file(models.locate(ref)) for ref in _teachers(name, value, budget)],
        "code": code_hash(code(loaded, name, _teachers(name, value, budget), photos)),
        "tools": versions([*TOOLS, *compress.facts(name, "TOOLS")]),
        "host": host(),
    }
    if compress.facts(name, "TRAINS"):
        assert photos is not None
        facts["budget"] = {
            "epochs": budget.epochs,
            "seed": budget.seed,
            "accelerator": budget.accelerator,
            "precision": budget.precision,
            "settings": dict(budget.settings),
            "photos": photos.hash,
        }
    return facts


def _teachers(name: str, value: str, budget: Budget) -> tuple[str, ...]:
    """Return the teachers of a step besides the network before it: its own, and those of the budget."""
    trains = compress.facts(name, "TRAINS") and budget.epochs > 0
    return tuple(dict.fromkeys((*compress.step(name).teachers(value), *(budget.teachers if trains else ()))))


def need_training(texts: Sequence[str], budget: Budget) -> None:
    """Refuse teachers where no step trains, and training on unnamed classes. Raises UsageError, DataError."""
    learns = budget.epochs > 0 and compress.trains(texts)
    if budget.data and learns:
        need_named_classes(open_photos(budget.data))
    if budget.teachers and not learns:
        raise UsageError(
            "--teacher applies to steps that train, and none does", hint="leave it out, or give --epochs 5"
        )


def _apply(
    loaded: models.Loaded, text: str, budget: Budget, photos: Photos | None, cache: Cache, progress: Progress
) -> models.Loaded:
    name, value = compress.parsed(text)
    facts = key_facts(loaded, text, budget, photos)
    place = cache.place("steps", facts)
    if (found := _kept(place, loaded.name)) is not None:
        return found
    folder = make_folder(cache.workspace() / f"step-{place.name}")
    with _one_at_a_time, alone(folder):
        if (found := _kept(place, loaded.name)) is not None:  # another process has finished it meanwhile
            return found
        before = folder / "before.safetensors"
        if not before.is_file():
            carried = {k: v for k, v in models.carried(loaded).items() if k not in _OWN}
            models.save_weights(loaded.module, loaded.spec, before, dtype="fp32", metadata=carried)

        def show(what: str, done: int, total: int) -> None:
            os.utime(folder)  # unfinished work that has not changed for a day is removed
            progress(f"{text}: {what}", done, total)

        work = Work(
            weights=before,
            value=value,
            budget=budget,
            photos=photos if compress.facts(name, "TRAINS") else None,
            folder=folder,
            progress=show,
        )
        weights = compress.step(name).apply(work)
        _keep(loaded, text, facts, work, weights, place)
    shutil.rmtree(folder, ignore_errors=True)
    kept = _kept(place, loaded.name)
    assert kept is not None
    return kept


def _keep(loaded: models.Loaded, text: str, facts: dict[str, Any], work: Work, weights: Path, place: Path) -> None:
    """Move the finished weights into the cache with their lineage, and with the logs of their trainings."""
    after = models.open_model(str(weights))
    entry = {
        "step": text,
        "parent": loaded.sha256,
        "teachers": facts["teachers"],
        "data": without_folders(work.photos.name) if work.photos else "",
        "split_hash": work.photos.split.hash if work.photos else "",
        "photos_hash": work.photos.hash if work.photos else "",
        "epochs": sum(t["epochs"] for t in work.done),
        "steps": sum(t["steps"] for t in work.done),
        "seed": work.budget.seed,
        **({"notes": work.notes} if work.notes else {}),
    }
    # if the step kept the weights, their score and epoch still hold
    own = _OWN if weights != work.weights else ("name", "narrow", "lineage")
    metadata = {k: v for k, v in models.carried(loaded).items() if k not in own}
    if work.photos and work.done and weights != work.weights:
        metadata.setdefault("split_hash", work.photos.split.hash)
        metadata["val_miou"] = f"{work.done[-1]['best_val_miou']:.6f}"
    if PHOTOS in after.metadata:
        metadata[PHOTOS] = after.metadata[PHOTOS]
    metadata["lineage"] = json.dumps([*lineage(loaded), entry])
    with atomic_folder(place) as out:
        models.save_weights(after.module, loaded.spec, out / WEIGHTS, dtype="fp32", metadata=metadata)
        for log in (p for pattern in _KEPT for p in work.folder.glob(pattern)):
            copy_file(log, out / log.relative_to(work.folder))
        said = {
            **entry,
            "trainings": work.done,
            "before": measured(loaded.module, loaded.spec),
            "after": measured(after.module, loaded.spec),
        }
        write_json(out / FACTS, {**said, "key": facts, "key_hash": sha256_json(facts)})


def _kept(place: Path, name: str) -> models.Loaded | None:
    """Return a step's cached result; a damaged one is made again."""
    if not (place / FACTS).is_file():
        return None
    try:
        return dataclasses.replace(models.open_model(str(place / WEIGHTS)), name=name)
    except CheckpointError:
        shutil.rmtree(place, ignore_errors=True)
        return None
