"""What each network learnt from: its runs in order, pretraining, teachers, photos, images, hours, and the end of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models._published import STEP
from pocketseg.data.split import committed_splits, read_split
from scripts.u2net_or_topformer.rise import Rise, rise

NONE, NOT_RECORDED = "none", "not recorded"
ALIKE = 1.05  # numbers of images or steps within this ratio match
# Runs from before records kept their start: which run's best weights each began from. Their notes say the same.
EARLIER = {
    "topformer_small_taught": "topformer_small_fine",
    "topformer_small_taught2": "topformer_small_taught",
    "topformer_small_taught3": "topformer_small_taught2",
    "topformer_tiny_taught2": "topformer_tiny_taught",
}
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """What one network learnt from, over all its runs.

    Attributes:
        runs: names of the records, the first one first.
        pretraining: what the weights that the first run began from had learnt from; NONE, or NOT_RECORDED.
        package: which those weights are from; NONE where from no package, or NOT_RECORDED.
        optimizer: and its rate, of the last run.
        precision: the number format of the last run.
        fine: the largest weight of finer labels among the runs; 0: none was used.
        teachers: their names, or the first digits of a hash where the weights are not kept, as far as recorded.
        unnamed_teachers: of runs that record their number alone.
        labelled: training photos with masks; None where the split is not known.
        unlabelled: training photos without masks.
        steps: of the optimizer.
        images: steps times batch, photos without masks included.
        unlabelled_images: those of them without masks.
        gigapixels: of those images, at the size that the network saw.
        minutes: of the machine as it was.
        core_hours: None where the number of threads is not recorded.
        end: whether validation still rose at the end of the last run.
    """

    runs: tuple[str, ...]
    pretraining: str
    package: str
    optimizer: str
    precision: str
    fine: float
    teachers: tuple[str, ...]
    unnamed_teachers: int
    labelled: int | None
    unlabelled: int
    steps: int
    images: int
    unlabelled_images: int
    gigapixels: float
    minutes: float
    core_hours: float | None
    end: Rise | None


def learning(
    last: Record,
    records: Mapping[str, Record],
    made_by: Mapping[str, Record],
    card: Record | None,
    names: Mapping[str, str],
) -> Learning:
    """Return what a network learnt from.

    Args:
        last: the record of its last run.
        records: all records, by name.
        made_by: the record of the run that made weights, by their sha256.
        card: of the network, which says more than records of earlier versions; None where there is none.
        names: of known weights, by sha256.
    """
    runs = _chain(last, records, made_by)
    hours = [_core_hours(run) for run in runs]
    labelled = _labelled(last)
    hashes = [_teachers(run, card if run is last else None) for run in runs]
    first = runs[0] if "initial" in runs[0] else card if len(runs) == 1 else None
    return Learning(
        runs=tuple(run["name"] for run in runs),
        pretraining=_pretraining(first),
        package=_package(first),
        precision=str(last["precision"]),
        fine=max(float(run["recipe"].get("fine_weight") or 0.0) for run in runs),
        optimizer=f"{last['recipe']['optimizer']}, {last['recipe']['lr']:g}",
        teachers=tuple(sorted({names.get(h, f"weights {h[:12]} (not kept)") for one in hashes for h in one or ()})),
        unnamed_teachers=sum(int(run["teachers"]) for run, one in zip(runs, hashes, strict=True) if one is None),
        labelled=labelled if labelled is None else round(labelled * last["recipe"].get("photos_share", 1.0)),
        unlabelled=max(int(run["unlabelled"]) for run in runs),
        steps=sum(int(run["epochs"][-1]["step"]) for run in runs),
        images=sum(int(run["epochs"][-1]["step"]) * run["recipe"]["batch_size"] for run in runs),
        unlabelled_images=sum(int(run["epochs"][-1]["step"]) * _without_masks(run) for run in runs),
        gigapixels=sum(_gigapixels(run) for run in runs),
        minutes=sum(run["epochs"][-1]["seconds"] for run in runs) / 60,
        core_hours=None if None in hours else sum(h for h in hours if h is not None),
        end=rise(last["epochs"]),
    )


def differs(a: Learning | None, b: Learning | None) -> list[str]:
    """Return what two networks' trainings differ in, or what is not known of them; empty where they match."""
    if a is None or b is None:
        return ["how one of them was trained is not recorded"]
    found = []
    if a.pretraining != b.pretraining or NOT_RECORDED in (a.pretraining, b.pretraining):
        found.append(f"pretraining ({a.pretraining}; {b.pretraining})")
    if a.optimizer != b.optimizer:
        found.append(f"optimizer and rate ({a.optimizer}; {b.optimizer})")
    if a.precision != b.precision:
        found.append(f"number format ({a.precision}; {b.precision})")
    if a.fine != b.fine:
        found.append(f"finer labels as a further target, weight ({fine_said(a)}; {fine_said(b)})")
    if a.teachers != b.teachers or a.unnamed_teachers or b.unnamed_teachers:
        found.append(f"teachers ({teachers_said(a)}; {teachers_said(b)})")
    for what, first, second in (
        ("training photos with masks", a.labelled, b.labelled),
        ("training photos without masks", a.unlabelled, b.unlabelled),
    ):
        if first is None or second is None or first != second:
            found.append(f"{what} ({_said(first)}; {_said(second)})")
    for what, first, second in (("images", a.images, b.images), ("steps", a.steps, b.steps)):
        if max(first, second) > ALIKE * min(first, second):
            found.append(f"{what} ({first:,}; {second:,})")
    if max(a.gigapixels, b.gigapixels) > ALIKE * min(a.gigapixels, b.gigapixels):
        found.append(f"gigapixels ({a.gigapixels:.2f}; {b.gigapixels:.2f})")
    return found


def teachers_said(of: Learning) -> str:
    """Return the teachers as text."""
    unnamed = [f"{of.unnamed_teachers} more of earlier runs, {NOT_RECORDED}"] if of.unnamed_teachers else []
    return ", ".join([*of.teachers, *unnamed]) or NONE


def fine_said(of: Learning) -> str:
    """Return the weight of finer labels as text."""
    return f"{of.fine:g}" if of.fine else NONE


def _said(number: int | None) -> str:
    return NOT_RECORDED if number is None else f"{number:,}"


def _chain(last: Record, records: Mapping[str, Record], made_by: Mapping[str, Record]) -> list[Record]:
    """Return the runs whose weights each began from the one before's, the last one last."""
    found = [last]
    while True:
        start = found[0]
        before = made_by.get(_sha256(start.get("initial")) or "") or records.get(EARLIER.get(start["name"], ""))
        if before is None or before in found:
            return found
        found.insert(0, before)


def _sha256(initial: Any) -> str | None:
    """Return the hash of the weights that a run began from: of a record, or of a card."""
    return initial["sha256"] if isinstance(initial, Mapping) else initial


def _pretraining(first: Record | None) -> str:
    """Return what the start of the first run had learnt from. first: its record or card; None where neither says it."""
    if first is None or "initial" not in first:
        return NOT_RECORDED
    if first["initial"] is None:
        return NONE
    step = published(first)
    return f"weights {str(_sha256(first['initial']))[:12]}" if step is None else str(step["learnt_from"])


def _package(first: Record | None) -> str:
    if first is None or "initial" not in first:
        return NOT_RECORDED
    step = published(first)
    return NONE if step is None else f"{step['package']} {step['version']}"


def published(first: Record) -> Record | None:
    """Return the first step of the lineage of a run's start where that is a published network."""
    initial = first.get("initial")
    steps = initial.get("lineage", ()) if isinstance(initial, Mapping) else ()
    return steps[0] if steps and steps[0]["step"] == STEP else None


def _teachers(run: Record, card: Record | None) -> list[str] | None:
    """Return the hashes of a run's teachers; None where their number alone is recorded."""
    hashes = run.get("teachers_sha256", None if card is None else card["teachers"])
    return [] if hashes is None and not run["teachers"] else hashes


def _labelled(run: Record) -> int | None:
    """Return the number of training photos of a run's split, where it is one that ships with the project."""
    splits = (read_split(path) for path in committed_splits())
    return next((len(split.ids("train")) for split in splits if split.hash == run["split_hash"]), None)


def _without_masks(run: Record) -> int:
    """Return how many photos of a batch have no masks."""
    return round(run["recipe"]["batch_size"] * (run["recipe"].get("unlabelled_share") or 0.0))


def _gigapixels(run: Record) -> float:
    before, total = 0.0, 0.0
    for row in run["epochs"]:
        total += (row["step"] - before) * run["recipe"]["batch_size"] * row["height_px"] * row["width_px"]
        before = row["step"]
    return total / 1e9


def _core_hours(run: Record) -> float | None:
    """Return the processor time of a run where it is recorded, else its minutes times its threads."""
    facts = run.get("environment") or {}
    if (spent := run.get("processor_seconds")) is not None:
        return float(spent) / 3600
    threads = facts.get("threads")
    return None if threads is None else float(run["epochs"][-1]["seconds"]) * float(threads) / 3600
