"""Steps one after the other, each done once: its result is kept by the content of everything that decides it.

A step works in a folder of its own, named by that content, so that a killed one goes on where it stopped; the finished
weights are put into the cache whole, with what the step did in their metadata.
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
_OWN = ("name", "narrow", "lineage", "val_miou", "epoch", "recipe")  # metadata that a step makes anew
_one_at_a_time = threading.Lock()  # training seeds torch for the whole process

Progress = Callable[[str, int, int], None]


def check(loaded: models.Loaded, texts: Sequence[str], budget: Budget) -> None:
    """Refuse, before any work, unknown steps, bad values, teachers and photos that do not fit.

    Raises UnknownNameError, UsageError, RefusedError, CheckpointError, DataError.
    """
    pairs = [compress.parsed(text) for text in texts]
    if compress.trains(texts):
        photos = open_budget(budget)
        check_fits(loaded, photos)
        refs = dict.fromkeys(ref for name, value in pairs for ref in _teachers(name, value, budget))
        open_teachers(tuple(refs), photos.photos, photos.split)  # of the photos' classes, as the network is
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
    """Apply a recipe's steps and give the network after the last one, which bears the first one's name."""
    if not texts:
        return loaded
    check(loaded, texts, budget)
    photos = open_budget(budget) if compress.trains(texts) else None
    for text in texts:
        loaded = _apply(loaded, text, budget, photos, cache, progress)
    return loaded


def lineage(loaded: models.Loaded) -> list[dict[str, Any]]:
    """Give what the steps that made a network say of themselves, the first step first; empty where there are none."""
    return models.lineage(loaded.metadata, loaded.source)


def notes(steps: Iterable[Mapping[str, Any]]) -> list[str]:
    """List what steps of a lineage had to say, e.g. that one kept the network as it was."""
    return [note for step in steps for note in step.get("notes", ())]


def code(loaded: models.Loaded, step: str, teachers: Sequence[str], photos: Photos | None) -> Code:
    """Return what a step is done with: its own file, training, the network's recipe, all networks that take part."""
    named = [
        said.get("network", "") for said in (loaded.metadata, *map(models.read_metadata, map(models.locate, teachers)))
    ]
    return Code(
        modules=("compress._chain",),
        used={
            "compress": (step,),
            "models": sorted({family for network in named for family in models.families(network)}),
            "models/released": (),  # `weights` and `teachers` are hashes
            "pocketseg/data/formats": (photos.photos.format,) if photos else (),
            "pocketseg/training/recipes": [network for network in recipes() if network == loaded.spec.name],
        },
    )


def key_facts(loaded: models.Loaded, text: str, budget: Budget, photos: Photos | None) -> dict[str, Any]:
    """Collect everything that decides a step's result."""
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
    """List who teaches a step besides the network before it: its own teachers, and those of the budget."""
    trains = compress.facts(name, "TRAINS") and budget.epochs > 0
    return tuple(dict.fromkeys((*compress.step(name).teachers(value), *(budget.teachers if trains else ()))))


def need_training(texts: Sequence[str], budget: Budget) -> None:
    """Refuse teachers where nobody learns, and training on classes that nothing names. Raises UsageError, DataError."""
    learns = budget.epochs > 0 and compress.trains(texts)
    if budget.data and learns:
        need_named_classes(open_photos(budget.data))
    if budget.teachers and not learns:
        raise UsageError("--teacher is for steps that train, and none does", hint="leave it out, or give --epochs 5")


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
        if (found := _kept(place, loaded.name)) is not None:  # another process was at it
            return found
        before = folder / "before.safetensors"
        if not before.is_file():
            carried = {k: v for k, v in models.carried(loaded).items() if k not in _OWN}
            models.save_weights(loaded.module, loaded.spec, before, dtype="fp32", metadata=carried)

        def show(what: str, done: int, total: int) -> None:
            os.utime(folder)  # unfinished work that is at rest for a day is removed
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
    """Put the finished weights into the cache with their lineage, and the logs of how they came about."""
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
    # of weights that stay, all else stays true
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
    """Open a step's kept result; a damaged one is made again."""
    if not (place / FACTS).is_file():
        return None
    try:
        return dataclasses.replace(models.open_model(str(place / WEIGHTS)), name=name)
    except CheckpointError:
        shutil.rmtree(place, ignore_errors=True)
        return None
