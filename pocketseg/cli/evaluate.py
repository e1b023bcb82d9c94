"""`pocketseg evaluate`: the scores of the torch network itself on a data set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._network import model_options_with_sides
from pocketseg.cli._photos import masks_unturned_option, named_data, part_option, signals_option, split_file_option

if TYPE_CHECKING:
    import models

HELP = "Score a model's network on photos with masks: IoU, boundary IoU, confusion, 95 % intervals."
EXAMPLES = {
    "pocketseg evaluate runs/mine/best.safetensors --data folder:PATH --split-file split.json": "test photos",
    "pocketseg evaluate u2netp --data ccp:PATH --split val": "validation photos",
}


@click.command("evaluate", help=HELP)
@click.argument("model")
@click.option("--data", required=True, metavar="FORMAT:PATH", callback=named_data,
              help="Photos with masks, e.g. ccp:PATH.")  # fmt: skip
@masks_unturned_option
@part_option
@split_file_option
@model_options_with_sides
@signals_option
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for metrics.csv, one row per photo, and summary.json."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print only JSON: miou, iou, intervals, boundary_iou, confusion..."
)
def command(
    model: str, data: str, part: str, split_file: Path | None, given: models.Given, signals: tuple[str, ...],
    out: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Run the network photo by photo and print its scores at the photos' own resolution."""
    from pocketseg import api
    from pocketseg.cli._progress import phases, say_note

    with phases() as progress:
        found = api.evaluate(
            model, data, split=part, split_file=split_file, given=given, signals=signals, out=out, note=say_note,
            progress=progress,
        )  # fmt: skip
    answer = found.to_json()
    if as_json:
        click.echo(json.dumps(answer, allow_nan=False))
        return
    wide = max(12, *(len(name) for name in answer["iou"]))
    click.echo(f"{'class':{wide}} {'IoU':>7}  {'95 % interval':17} {'boundary IoU':>12}")
    for name, value in answer["iou"].items():
        click.echo(
            f"{name:{wide}} "
            + ("does not occur" if value is None else f"{value:7.4f}  {_between(answer['iou_interval'][name])} ")
            + ("" if answer["boundary_iou"][name] is None else f"{answer['boundary_iou'][name]:12.4f}")
        )
    click.echo(
        f"{'mIoU':{wide}} {answer['miou']:7.4f}  {_between(answer['miou_interval'])}  "
        f"{len(found.scores.photos)} photos of {part}" + (f", split {found.split_hash}" if found.split_hash else "")
    )
    spread = answer["photo_miou"]
    click.echo(
        f"photo by photo: median {spread['p50']:.4f}, from {spread['p5']:.4f} (5 %) to {spread['p95']:.4f} (95 %)"
    )
    if out is not None:
        click.echo(f"written to {out}")


def _between(interval: list[float] | None) -> str:
    return " " * 17 if interval is None else f"{interval[0]:.4f} to {interval[1]:.4f}"
