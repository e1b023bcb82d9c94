"""Train again what the record of a run describes: find what it began from, and compare what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import models
from models._published import PUBLISHED
from pocketseg.core.errors import CheckpointError, DataError, SplitError, UsageError
from pocketseg.core.files import sha256_file, write_json
from pocketseg.core.outside import read_json
from pocketseg.data.photos import PhotoSet, open_photos
from pocketseg.data.signals.source import open_signals
from pocketseg.data.split import find_split
from pocketseg.data.training_photos import unlabelled_photos
from pocketseg.training.origin import Origin, outcome
from pocketseg.training.pretrained import make_start
from pocketseg.training.run_folder import START, begun, claimed
from pocketseg.training.start import TrainingJob

COMPARED = "again.json"  # in the run's folder: what came out then and now


def job_again(
    origin: Origin,
    data: str,
    out: Path,
    *,
    split_file: Path | None = None,
    initial: Path | None = None,
    teachers: Sequence[str] = (),
    signals: tuple[str, ...] = (),
    threads: int | None = None,
    accelerator: str = "auto",
    name: str = "",
    say: Callable[[str], None] = lambda sentence: None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> TrainingJob:
    """Return the job that trains a run again, with everything that it began from.

    A start from published weights is made in the run's folder; released weights are found by their hash; other weights
    must be given. Raises UsageError for what is lacking or is another one, DataError and SplitError for other photos.
    """
    photos = _same_photos(origin, data, split_file)
    if signals and dict(open_signals(signals, photos).sha256) != dict(origin.signals):
        raise UsageError("--signals names other files than the run's", hint=f"sha256 then: {_listed(origin.signals)}")
    if origin.signals and not signals:
        raise UsageError(
            "the run learnt from signals", hint=f"give their files with --signals: {_listed(origin.signals)}"
        )
    found = _teachers(origin, teachers)
    start = _start(origin, data, out, split_file, initial, say, progress)
    return TrainingJob(
        network=origin.network, data=data, out=out, recipe=origin.recipe, seed=origin.seed, split_file=split_file,
        accelerator=accelerator, devices=origin.devices, precision=origin.precision, teachers=found, initial=start,
        threads=threads or _threads(origin), spec=origin.spec, name=name or str(origin.best.get("name", "")),
        given=origin.given, signals=signals,
    )  # fmt: skip


def _same_photos(origin: Origin, data: str, split_file: Path | None) -> PhotoSet:
    """Open the photos; refuse others than those of the run, as far as split, classes and counts tell."""
    form = data.partition(":")[0]
    if form != origin.data:
        raise DataError(f"the run was trained on data of format {origin.data}, not {form}", hint="give the same data")
    photos = open_photos(data)
    split = find_split(photos, split_file, ("train", "val"))
    if split.hash != origin.split_hash:
        raise SplitError(
            f"the run was trained on split {origin.split_hash}, but {data} has split {split.hash}",
            hint="give the data and the --split-file that it was trained on",
        )
    if photos.classes != origin.spec.classes:
        raise DataError(f"the run's classes are {', '.join(origin.spec.classes)}, not {', '.join(photos.classes)}")
    count = len(unlabelled_photos(photos, split)) if origin.unlabelled else 0
    if count != origin.unlabelled:
        raise DataError(
            f"the run learnt from {origin.unlabelled} photos without masks; {data} has {count}",
            hint="give the whole data set that it was trained on",
        )
    return photos


def _threads(origin: Origin) -> int | None:
    """Return the run's number of threads, which decides how sums are rounded; None where it is not known."""
    known = origin.environment.get("threads")
    return known if isinstance(known, int) and known > 0 else None


def _listed(signals: Any) -> str:
    return ", ".join(f"{kind} {sha256[:12]}" for kind, sha256 in signals.items()) or "none"


def _released() -> dict[str, str]:
    """Return the released names by their files' sha256."""
    return {sha256_file(models.locate(name)): name for name in models.released()}


def _teachers(origin: Origin, given: Sequence[str]) -> tuple[str, ...]:
    """Return the run's teachers in their order, from those given and those released."""
    named = {sha256_file(models.locate(ref)): ref for ref in given}
    if other := [ref for sha256, ref in named.items() if sha256 not in origin.teachers]:
        raise UsageError(f"{other[0]} did not teach this run", hint=f"its teachers' sha256: {_hashes(origin.teachers)}")
    known = (_released() if origin.teachers else {}) | named
    if lacking := [sha256 for sha256 in origin.teachers if sha256 not in known]:
        raise UsageError(
            f"the run had teachers that are not released with this version: sha256 {_hashes(lacking)}",
            hint="give their weights: --teacher FILE",
        )
    return tuple(known[sha256] for sha256 in origin.teachers)


def _hashes(found: Sequence[str]) -> str:
    return ", ".join(sha256[:12] for sha256 in found) or "none"


# ---- the start -------------------------------------------------------------------------------------------------------


def _start(
    origin: Origin,
    data: str,
    out: Path,
    split_file: Path | None,
    given: Path | None,
    say: Callable[[str], None],
    progress: Callable[[int, int], None],
) -> Path | None:
    """Return the weights that the run began from: given, released, installed, or made from published ones."""
    if not origin.initial:
        if given is not None:
            raise UsageError("the run began from random weights", hint="leave out --init")
        return None
    if given is not None:
        return _given_start(origin, given, say)
    if (name := _released().get(origin.initial)) is not None:
        return Path(name)
    try:
        installed = models.pretrained(origin.network)
        if sha256_file(installed) == origin.initial:
            return installed
    except CheckpointError:  # no such package, or no ImageNet weights of this network
        pass
    if not origin.pretrained:
        raise UsageError(
            f"the run began from weights with sha256 {origin.initial[:12]}, which are not released with this version",
            hint="give them: --init FILE",
        )
    published = PUBLISHED.get(origin.network)
    if published is None or published.sha256 != origin.pretrained.get("parent"):
        raise UsageError(
            "the run began from published weights that this version does not fetch",
            hint=f"give the start: --init FILE with sha256 {origin.initial[:12]}",
        )
    with claimed(out):
        path = out / START
        if path.is_file() and not _is_made_alike(origin, path):
            raise UsageError(
                f"{path} is not what {origin.name} began from", hint="give another --out, or move that file away"
            )
        if not path.is_file():
            if begun(out):
                raise UsageError(f"{out} holds another run", hint="give another --out")
            count = origin.pretrained["photos"]
            make_start(origin.network, data, path, split_file=split_file, count=count, say=say, progress=progress)
    if sha256_file(path) != origin.initial:
        say("note: the start was made as then, but is another file: its numbers may be rounded otherwise here")
    return path


def _given_start(origin: Origin, given: Path, say: Callable[[str], None]) -> Path:
    path = models.locate(str(given))
    found = sha256_file(path)
    if found != origin.initial:
        if not _is_made_alike(origin, path):
            raise UsageError(
                f"{given} is not what the run began from: its sha256 is {found[:12]}, not {origin.initial[:12]}",
                hint="give the same weights with --init",
            )
        say(f"note: {given} was made as the run's start was, but is another file: its numbers may be rounded otherwise")
    return given


def _is_made_alike(origin: Origin, path: Path) -> bool:
    """Return whether a start was made from the same published weights and photos."""
    steps, same = models.lineage_of(path), ("step", "parent", "photos", "split_hash")
    return (
        len(steps) == 1 and bool(origin.pretrained) and all(steps[0].get(k) == origin.pretrained.get(k) for k in same)
    )


# ---- then and now ----------------------------------------------------------------------------------------------------


def compared(origin: Origin, run: Path) -> list[str]:
    """Write RUN/again.json, and return sentences on what came out then and now."""
    now = outcome(run / "best.safetensors")
    here = read_json(run / "environment.json") | read_json(run / "config.json")
    differing = {k: [v, here.get(k)] for k, v in origin.environment.items() if here.get(k) != v and k != "cores"}
    same_file = now["sha256"] == origin.best["sha256"]
    same_weights = same_file or now["tensors_sha256"] == origin.best.get("tensors_sha256")
    write_json(
        run / COMPARED,
        {"record": origin.name, "same_file": same_file, "same_weights": same_weights, "then": dict(origin.best),
         "now": now, "environment_differs": differing},
    )  # fmt: skip
    if same_file:
        return [f"the same file as {origin.name}: sha256 {now['sha256']}"]
    if same_weights:
        return [f"the same weights as {origin.name}, bit for bit; the files differ in what they say of themselves"]
    return [
        f"other weights than {origin.name}: validation mIoU {now['val_miou']:.4f} (epoch {now['epoch']}) now, "
        f"{origin.best['val_miou']:.4f} (epoch {origin.best.get('epoch', '?')}) then",
        "other machines, thread counts and versions round otherwise, and every later step builds on it; differing "
        f"here: {_differences(differing)}",
    ]


def _differences(differing: dict[str, list[Any]]) -> str:
    said = []
    for name, (then, now) in differing.items():
        if isinstance(then, dict) and isinstance(now, dict):
            said += [f"{k} {v} then, {now.get(k)} now" for k, v in then.items() if now.get(k) != v]
        else:
            said.append(f"{name} {then} then, {now} now")
    return ", ".join(said) or "nothing that the record knows"
