"""`pocketseg data check`: every fault of a data set in one report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._photos import data_argument, masks_unturned_option

if TYPE_CHECKING:
    from pocketseg.data.check import Checked

HELP = "Read everything and list every fault: which file and line, what is wrong, how to correct it."
_SIZES_SHOWN = 5
EXAMPLES = {
    "pocketseg data check folder:PATH": "",
}


@click.command("check", help=f"{HELP} Exit status: 0 if there are no faults, else 3.")
@data_argument
@masks_unturned_option
@click.option(
    "--split-file", type=click.Path(path_type=Path), help="Also check that this split fits the data and does not leak."
)
@click.option("--json", "as_json", is_flag=True, help="Print only JSON.")
def command(data: str, split_file: Path | None, as_json: bool) -> int:
    """Print the report."""
    from pocketseg.cli._progress import counted
    from pocketseg.data.check import check

    with counted(f"checking {data}") as progress:
        result = check(data, split_file, progress)
    if as_json:
        click.echo(json.dumps(result.to_json(), allow_nan=False))
    else:
        _print(result)
    return 0 if result.clean else 3


def _print(result: Checked) -> None:
    for fault in result.faults:
        first, *more = fault.hint.splitlines() or [""]
        click.echo(_line(f"fault: {fault.message}" + (f" -> {first}" if first else "")))
        for line in more:  # e.g. what to write into a mapping file
            click.echo(_line(f"    {line}"))
    for note in result.notes:
        click.echo(_line(f"note: {note}"))
    content = result.to_json()
    click.echo(f"{_many(result.labelled, 'labelled photo')}, {result.unlabelled} unlabelled")
    for entry in content["classes"]:
        share = "no pixel" if entry["pixel_share"] is None else f"{entry['pixel_share']:8.3%} of pixels"
        click.echo(f"  {entry['name']:16} {share}, in {_many(entry['photos'], 'photo')}")
    if content["ignored_pixels"]:
        click.echo(f"  {content['ignored_pixels']} pixels are ignored")
    sizes = result.sizes_px.most_common()
    shown = ", ".join(f"{w} x {h} ({n})" for (h, w), n in sizes[:_SIZES_SHOWN])
    if sizes:
        heights, widths = [h for (h, _), _ in sizes], [w for (_, w), _ in sizes]
        click.echo(
            f"sizes, width x height in px: {_range(widths)} x {_range(heights)}; {len(sizes)} different, "
            f"most often {shown}"
        )
    alike = sum(len(group) for group in result.look_alikes)
    click.echo(f"near-duplicates: {alike} photos in {len(result.look_alikes)} groups")
    click.echo("clean" if result.clean else _many(len(result.faults), "fault"))


def _range(values: list[int]) -> str:
    return f"{min(values)} to {max(values)}" if min(values) < max(values) else str(values[0])


def _line(text: str) -> str:
    """Return a report's entry as one line, whatever the file names contain."""
    return text.replace("\r", "\\r").replace("\n", "\\n")


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
