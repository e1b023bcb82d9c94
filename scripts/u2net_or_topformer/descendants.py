"""U2Net made smaller: what was measured of it, and what is planned, with the commands and about how long they take."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts import readme
from scripts.front_page import TARGETS
from scripts.u2net_or_topformer.kept import Sources
from scripts.u2net_or_topformer.tables import in_points, table, untrusted

UNKNOWN = "not known yet"
AIM_TIMES, AIM_POINTS = 8.0, 1.0  # the aim: so many times faster within so many points
_STAGES = ((0.6, 160, 96), (0.3, 224, 128), (0.1, 320, 192))  # shares of the steps at a size
_SET = "--set 'stages=[[0.6,160,96],[0.3,224,128],[0.1,320,192]]'"
_LAST = (320, 192)
_FORWARD = 1 / 3  # of a training step's work: what a teacher does for a photo


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A descendant to make.

    Attributes:
        how: in a few words.
        macs: its share of U2Net's multiply-adds.
        images: in an epoch.
        taught: how many photos U2Net answers for it, once, each also mirrored.
    """

    name: str
    how: str
    epochs: int
    macs: float
    images: int
    taught: int
    commands: tuple[str, ...]


def _cut(name: str, source: str, before: str, removed: float, left: float, epochs: int, photos: int) -> Plan:
    run = f"runs/{name}"
    return Plan(
        name=name,
        how=f"`prune:{removed:g}` of {before}, then taught by U2Net",
        epochs=epochs,
        macs=left,
        images=photos,
        taught=photos,
        commands=(
            f"pocketseg compress {source} --recipe prune:{removed:g} --data ccp:PATH --epochs 0 \\",
            f"  --out {name}-cut.safetensors",
            f"pocketseg train u2net --recipe garments --init {name}-cut.safetensors --teacher U2NET --data ccp:PATH \\",
            f"  --set epochs={epochs} --set teacher_weight=1.0 \\",
            f"  {_SET} --out {run}",
            f"pocketseg release {run} --name {name} --data ccp:PATH --out released",
        ),
    )


def plans(sources: Sources) -> list[Plan]:
    """Return what is to be made of U2Net: cut three times, with a training after each cut, and U2NetP taught by it."""
    student, whole = sources.whole("u2netp"), sources.whole("u2net")
    learnt = next((n.learning for n in sources.networks if n.learning and n.learning.unlabelled), None)
    labelled, unlabelled = (learnt.labelled or 0, learnt.unlabelled) if learnt else (0, 0)
    into = "u2net-into-u2netp"
    taught = Plan(
        name=into,
        how="U2NetP, taught by U2Net",
        epochs=24,
        macs=student.model["gmacs"] / whole.model["gmacs"] if student and whole else 1.0,
        images=2 * labelled,  # half of each batch has no masks
        taught=labelled + unlabelled,
        commands=(
            "pocketseg train u2netp --recipe garments --init u2netp --teacher U2NET --data ccp:PATH \\",
            "  --set epochs=24 --set teacher_weight=2.0 --set unlabelled_share=0.5 \\",
            f"  {_SET} --out runs/{into}",
            f"pocketseg release runs/{into} --name {into} --data ccp:PATH --out released",
        ),
    )
    first, second, third = "u2net-prune0.5", "u2net-prune0.75", "u2net-prune0.9"
    return [
        _cut(first, "U2NET", "U2Net", 0.5, 0.5, 8, labelled),
        _cut(second, f"runs/{first}/best.safetensors", first, 0.5, 0.25, 10, labelled),
        _cut(third, f"runs/{second}/best.safetensors", second, 0.6, 0.1, 14, labelled),
        taught,
    ]


def hours(plan: Plan, run: Mapping[str, Any]) -> float | None:
    """Return about how many hours a plan takes where U2Net's own run was made; None where that lacks a size.

    The images of its epochs at the speeds of that run, times its share of the multiply-adds; and U2Net's answers.
    """
    rows = run["epochs"]
    speeds = {(int(row["height_px"]), int(row["width_px"])): row["images_per_s"] for row in rows}
    if any(not speeds.get((height, width)) for _, height, width in _STAGES):
        return None
    images = plan.epochs * plan.images
    seconds = sum(images * share / speeds[height, width] for share, height, width in _STAGES)
    return float((seconds * plan.macs + 2 * plan.taught / speeds[_LAST] * _FORWARD) / 3600)


def planned(sources: Sources, measured: Collection[str]) -> list[str]:
    """Return the plans as a table, then their commands. measured: names of the networks that were."""
    u2net = sources.whole("u2net")
    run = sources.records.get(u2net.learning.runs[-1]) if u2net and u2net.learning else None
    rows = []
    for plan in plans(sources):
        spent = None if run is None else hours(plan, run)
        about = UNKNOWN if spent is None else f"{spent:.1f}"
        rows.append([plan.name, plan.how, str(plan.epochs), about, "yes" if plan.name in measured else "not yet"])
    lines = table(["descendant", "how", "epochs", "hours, about", "measured"], rows)
    commands = ["\n".join(plan.commands) for plan in plans(sources)]
    return [*lines, "", "```text", "\n\n".join(commands), "```"]


def measured(rows: Sequence[Mapping[str, Any]]) -> tuple[list[str], str]:
    """Return the table of U2Net's files against its fp32 file of each target, and which is fastest within the aim.

    rows: as scripts.readme.compression_rows returns them.
    """
    own = [dict(row) for row in rows if readme.is_of(row["model"], "u2net")]
    if not own:
        return [], "No descendant of U2Net was measured yet."
    return readme.compression_table(own).splitlines(), _best(own)


def _best(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say which file is the fastest of those within the aim's points of U2Net's fp32 file on the same target."""
    first = {
        row["target"]: row for row in rows if (row["model"], row["recipe"], row["status"]) == ("u2net", "fp32", "ok")
    }
    found = []
    for row in rows:
        base = first.get(row["target"])
        if base is None or row is base or row["status"] != "ok" or None in (row["miou"], base["miou"]):
            continue
        against = row.get("against_fp32") or {}
        claim = against.get("times_faster")
        if claim and 100 * (row["miou"] - base["miou"]) >= -AIM_POINTS:
            points = f"{100 * (row['miou'] - base['miou']):+.2f} points{in_points(against.get('miou'))}"
            found.append((claim["value"], claim, row, points))
    if not found:
        return f"No timed descendant is within {AIM_POINTS:g} point of U2Net."
    times, claim, row, points = max(found, key=lambda one: one[0])
    reached = "reached" if times >= AIM_TIMES else "not reached"
    verdict = untrusted(row.get("verdict"))
    return (
        f"The fastest within {AIM_POINTS:g} point of U2Net is {row['model']} {row['recipe']} as "
        f"{TARGETS[row['target']][0]}: {times:.1f} times as fast ({claim['low']:.1f} to {claim['high']:.1f}"
        f"{f'; its time is {verdict}' if verdict else ''}) at {points}. The aim, {AIM_TIMES:g} times within "
        f"{AIM_POINTS:g} point, is {reached}, as far as these estimates go."
    )
