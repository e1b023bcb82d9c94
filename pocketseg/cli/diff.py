"""`pocketseg diff`: two runs side by side, file by file, and which differences are shown beyond chance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from benchmark.ranks import Comparison
    from pocketseg.api._diff import Change, Diff, FileDiff

HELP = "Compare two runs file by file: what is shown to be better or worse in B, and what is not."
_MORE = (
    "A and B: folders of benchmark, sweep or quickstart, or their results.json or records.jsonl. Exit status 1: "
    "something in B is shown to be worse than in A; 2: the runs cannot be compared. Times are compared only on the "
    "same device."
)

_AXES = {  # name, unit, number of the row's units in it, decimals
    "miou": ("mIoU", "", 1.0, 4),
    "p50_ms": ("p50", " ms", 1.0, 2),
    "size_bytes": ("size", " MB", 1e6, 2),
    "load_ms": ("load", " ms", 1.0, 1),
    "peak_rss_bytes": ("memory", " MB", 1e6, 1),
}
_COLORS = {"better": "green", "worse": "red"}
EXAMPLES = {
    "pocketseg diff runs/before runs/after": "two folders of measurements",
}


@click.command("diff", help=f"{HELP}\n\n{_MORE}")
@click.argument("first", type=click.Path(path_type=Path), metavar="A")
@click.argument("second", type=click.Path(path_type=Path), metavar="B")
@click.option("--json", "as_json", is_flag=True, help="Print only JSON: files, only_in_a, only_in_b, worse.")
def command(first: Path, second: Path, as_json: bool) -> int:
    """Print what is shown; exit status 1 where something in B is shown to be worse than in A."""
    from pocketseg import api

    found = api.diff(first, second)
    if as_json:
        click.echo(json.dumps(found.to_json(), allow_nan=False))
    else:
        _print(found, first, second)
    return 1 if found.is_worse else 0


def _print(found: Diff, first: Path, second: Path) -> None:
    click.echo(f"A {first}\nB {second}")
    for file in found.files:
        click.echo(f"\n{_title(file.name)}")
        wide = max((len(_values(change)) for change in file.changes), default=0)
        for change in file.changes:
            if change.first is not None or change.second is not None:
                name = _AXES[change.axis][0]
                click.echo(f"  {name:7} {_values(change):{wide}}  {_said(change)}")
        for said, kind in ((file.better, "better"), (file.worse, "worse")):
            if said:
                click.echo(f"  {click.style(kind, fg=_COLORS[kind])}: {said}")
        for note in file.notes:
            click.echo(f"  note: {note}")
    click.echo("")
    for names, where in ((found.only_first, "A"), (found.only_second, "B")):
        if names:
            click.echo(f"only in {where}: {', '.join(map(_title, names))}")
    click.echo(_summary(found))


def _title(name: tuple[str, str, str, str, str]) -> str:
    model, recipe, target, output, where = name
    title = " ".join(filter(None, (model, target, recipe, f"({output})" if output else "")))
    return f"{title}, {where}" if where else title


def _values(change: Change) -> str:
    _, unit, size, digits = _AXES[change.axis]
    a, b = ("-" if v is None else f"{v / size:.{digits}f}" for v in (change.first, change.second))
    return f"{a} -> {b}{unit}"


def _said(change: Change) -> str:
    """Return what is shown for one axis, with the interval that shows it."""
    found = change.comparison
    if change.axis == "size_bytes" and change.first == change.second:
        return "the same"
    between = _between(found)
    kind = found.outcome.value
    if kind in _COLORS:
        return click.style(kind, fg=_COLORS[kind]) + (f", {between}" if between else "")
    return f"{kind}{f' ({between})' if between else ''}{f': {found.why}' if found.why else ''}"


def _between(found: Comparison) -> str:
    """Return a difference with its interval: mIoU minus mIoU, or the ratio of two costs."""
    import math

    difference = found.difference
    if difference is None or math.isnan(difference.value):
        return ""
    low, high = difference.low, difference.high
    if difference.none == 0:
        ends = "" if math.isnan(low) else f", 95 % interval {low:+.4f} to {high:+.4f}"
        return f"{difference.value:+.4f}{ends}"
    ends = "" if math.isnan(low) or low == high else f", 95 % interval {low:.3f} to {high:.3f}"
    return f"{difference.value:.3f} times A's{ends}"


def _summary(found: Diff) -> str:
    """Return one line on what is shown to be worse and better in B."""
    parts = [f"{len(found.files)} file{'' if len(found.files) == 1 else 's'} in both"]
    for kind in ("worse", "better"):
        names = [f"{_title(file.name)} ({_shown(file, kind)})" for file in found.files if file.shown(kind)]
        parts.append(f"shown {kind} in B: {', '.join(names) or 'nothing'}")
    return "; ".join(parts)


def _shown(file: FileDiff, kind: str) -> str:
    return ", ".join(_AXES[what][0] if what in _AXES else what for what in file.shown(kind))
