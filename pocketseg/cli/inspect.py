"""`pocketseg inspect`: what an exported file holds: operations, weights, inputs, delegates, risks."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._names import either, suffixes

HELP = "Report what an exported file holds: operations, weights by layer, inputs, what its delegate takes."
EXAMPLES = {
    "pocketseg inspect exported": "the file in this folder",
}


@click.command("inspect", help=f"{HELP}\n\nFILE: {either(suffixes())}, or the folder of an export.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--layers", type=click.IntRange(min=0), default=10, show_default=True, help="Show at most this many layers."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, including all layers.")
def command(file: Path, layers: int, as_json: bool) -> None:
    """Read FILE in a separate process."""
    import dataclasses
    import json
    import sys

    from pocketseg import api
    from pocketseg.cli._progress import busy

    if as_json:
        found = api.inspect(file)
        click.echo(json.dumps(dataclasses.asdict(found), indent=2, allow_nan=False))
        return
    with busy(f"reading {file.name}"):
        found = api.inspect(file)

    from rich.console import Console

    from pocketseg.report.inspection import render

    console = Console(file=sys.stdout, highlight=False)
    console.print(render(found, layers, console.width))
