"""`pocketseg pick`: the file to ship and equally good ones, or which limit cannot be met and by how much."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._names import TARGET_HELP
from pocketseg.cli._numbers import FiniteRange
from pocketseg.cli._words import amount

if TYPE_CHECKING:
    from pocketseg.core.types import BenchmarkRow
    from pocketseg.report.places import Places

HELP = "Name the measured file to ship within limits of time, mIoU and size."
EXAMPLES = {
    "pocketseg pick runs/sweep --target tflite --max-p50-ms 50": "the best score within 50 ms",
}


@click.command("pick", help=HELP)
@click.argument("folder", type=click.Path(path_type=Path), metavar="RESULTS")
@click.option("--target", required=True, help=TARGET_HELP)
@click.option("--model", default=None, help="Only files of this network.")
@click.option("--on", "device", default="", metavar="WHERE", help="The device, where the results are from several.")
@click.option("--max-p50-ms", type=FiniteRange(min=0), help="Median latency, as measured.")
@click.option("--min-miou", type=FiniteRange(min=0, max=1), help="mIoU, 0 to 1, as measured.")
@click.option("--max-mb", type=FiniteRange(min=0), help="Size of the file in MB (1e6 bytes).")
@click.option("--json", "as_json", is_flag=True, help="Print only JSON: the row, or null and the reason.")
def command(
    folder: Path, target: str, model: str | None, device: str, max_p50_ms: float | None, min_miou: float | None,
    max_mb: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Choose among the rows of a sweep, a benchmark or the quick start; exit status 1 where none fits."""
    from benchmark.rows import columns, read_results
    from pocketseg.core.errors import UnknownNameError, UsageError
    from pocketseg.report.pick import Wanted, doubts, flatters, left_aside, not_told_apart, on_one_device, pick
    from pocketseg.report.places import Places

    path = folder if folder.suffix == ".json" else folder / "results.json"
    if not path.exists():
        raise UsageError(f"{path} does not exist", hint="name the --out folder of sweep, benchmark or quickstart")
    rows = read_results(path)
    if max_p50_ms is None and min_miou is None and max_mb is None:
        raise UsageError("no limit is given", hint="give --max-p50-ms, --min-miou or --max-mb")
    targets = tuple(dict.fromkeys(row.target for row in rows))
    if target not in targets:
        raise UnknownNameError("target in these results", target, targets)
    own = [row for row in rows if row.target == target]
    names = tuple(dict.fromkeys(row.model for row in own))
    if model is not None and model not in names:
        raise UnknownNameError("model in these results", model, names)
    asked = on_one_device([row for row in own if model in (None, row.model)], device)
    warning, aside = flatters(asked), left_aside(asked)
    wanted = Wanted(max_p50_ms=max_p50_ms, min_miou=min_miou, max_mb=max_mb)
    chosen, why = pick(asked, wanted)
    same = [] if chosen is None else not_told_apart(chosen, asked, wanted)
    unsure = [] if chosen is None else doubts(chosen, wanted)
    if as_json:
        found = None if chosen is None else {**columns(chosen), "artifact": chosen.artifact}
        split = next((row.split for row in asked if row.status == "ok" and row.miou is not None), "")
        others = [
            {**{name: columns(row)[name] for name in ("model", "recipe", "where")}, "artifact": row.artifact}
            for row in same
        ]
        content = {"row": found, "why": why, "split": split, "warning": warning, "left_aside": aside}
        click.echo(json.dumps({**content, "no_difference_shown": others, "doubts": unsure}, allow_nan=False))
        return 0 if chosen else 1
    if chosen is None:
        click.echo(why)
    else:
        _print(chosen, why, same, "mIoU" if wanted.by_miou else "p50", Places(own))
    if aside:
        click.echo(f"note: {aside}")
    for sentence in (*unsure, *([warning] if warning else [])):
        click.echo(f"warning: {sentence}")
    return 0 if chosen else 1


def _print(chosen: BenchmarkRow, why: str, same: Sequence[BenchmarkRow], axis: str, places: Places) -> None:
    """Print the chosen file, where it was measured, by which scores it was chosen, and which files are as good.

    Where its test scores are of other photos, print these too.
    """
    from pocketseg.report.facts import score_name
    from pocketseg.report.numbers import between_mious, between_ms
    from pocketseg.report.pareto import without_records
    from pocketseg.report.photo_sets import photos

    def bracketed(between: str) -> str:
        return f" ({between})" if between else ""

    time = "not measured" if chosen.p50_ms is None else f"{chosen.p50_ms:.2f} ms{bracketed(between_ms(chosen))}"
    score = "not measured" if chosen.miou is None else f"{chosen.miou:.4f}{bracketed(between_mious(chosen))}"
    click.echo(f"{chosen.artifact}")
    click.echo(
        f"{chosen.model} {chosen.recipe}: p50 {time}, {score_name([chosen])} {score}, "
        f"{(chosen.size_bytes or 0) / 1e6:.2f} MB"
    )
    scored = "" if chosen.miou is None else f", chosen on {photos(chosen.photos, chosen.split)}"
    if places.shown:
        click.echo(f"on {places.of(chosen)}")
    threads = f", {amount(chosen.threads, 'thread')}" if chosen.threads else ""
    click.echo(f"{why} ({chosen.runtime}{threads}{scored})")
    if same:
        names = ", ".join(
            f"{row.model} {row.recipe}" + (f" on {places.of(row)}" if places.of(row) != places.of(chosen) else "")
            for row in same
        )
        click.echo(f"no difference in {axis} is shown between it and {names} (also within the limits)")
    if chosen.document is None:
        click.echo(without_records([chosen]))
    if chosen.test_miou is not None:
        click.echo(
            f"test mIoU {chosen.test_miou:.4f} over {photos(chosen.test_photos, 'test')}, scored once "
            f"({chosen.tested_at}); it played no part in the choice"
        )
    elif chosen.split == "val":
        click.echo("it is not scored on test photos: a sweep scores only the files of its fronts")
