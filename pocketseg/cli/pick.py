"""`pocketseg pick`: the file to ship, or which limit cannot be kept and by how much."""

from __future__ import annotations

import json
from pathlib import Path

import click

HELP = "Name the measured file to ship within limits of time, mIoU and size."


@click.command("pick", help=HELP)
@click.argument("folder", type=click.Path(path_type=Path), metavar="RESULTS")
@click.option("--target", required=True, help="coreml, tflite, torchmobile, executorch or onnx.")
@click.option("--model", default=None, help="Only files of this network.")
@click.option("--max-p50-ms", type=click.FloatRange(min=0), help="Median latency, as measured.")
@click.option("--min-miou", type=click.FloatRange(min=0, max=1), help="mIoU, 0 to 1, as measured.")
@click.option("--max-mb", type=click.FloatRange(min=0), help="Size of the file in MB (1e6 bytes).")
@click.option("--json", "as_json", is_flag=True, help="Print only JSON: the row, or null and the reason.")
def command(
    folder: Path, target: str, model: str | None, max_p50_ms: float | None, min_miou: float | None,
    max_mb: float | None, as_json: bool,
) -> int:  # fmt: skip
    """Choose among the rows of a sweep, a benchmark or the quick start; status 1 where none fits."""
    from benchmark.rows import columns, read_results
    from pocketseg.core.errors import UnknownNameError, UsageError
    from pocketseg.report.pareto import Wanted, pick

    path = folder if folder.suffix == ".json" else folder / "results.json"
    if not path.exists():
        raise UsageError(f"{path} does not exist", hint="give the --out folder of sweep, benchmark or quickstart")
    rows = read_results(path)
    if max_p50_ms is None and min_miou is None and max_mb is None:
        raise UsageError("there is no limit", hint="give --max-p50-ms, --min-miou or --max-mb")
    targets = tuple(dict.fromkeys(row.target for row in rows))
    if target not in targets:
        raise UnknownNameError("target in these results", target, targets)
    own = [row for row in rows if row.target == target]
    names = tuple(dict.fromkeys(row.model for row in own))
    if model is not None and model not in names:
        raise UnknownNameError("model in these results", model, names)
    chosen, why = pick(
        [row for row in own if model in (None, row.model)],
        Wanted(max_p50_ms=max_p50_ms, min_miou=min_miou, max_mb=max_mb),
    )
    if as_json:
        found = None if chosen is None else {**columns(chosen), "artifact": chosen.artifact}
        click.echo(json.dumps({"row": found, "why": why}, allow_nan=False))
        return 0 if chosen else 1
    if chosen is None:
        click.echo(why)
        return 1
    time = "not measured" if chosen.p50_ms is None else f"{chosen.p50_ms:.2f} ms"
    score = "not measured" if chosen.miou is None else f"{chosen.miou:.4f}"
    click.echo(f"{chosen.artifact}")
    click.echo(f"{chosen.model} {chosen.recipe}: p50 {time}, mIoU {score}, {(chosen.size_bytes or 0) / 1e6:.2f} MB")
    click.echo(f"{why} ({chosen.runtime}, {chosen.threads} thread(s), {chosen.photos} {chosen.split} photos)")
    return 0
