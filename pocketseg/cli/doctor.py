"""`pocketseg doctor`: what this computer can export, run and drive, and whether it is fit to measure just now."""

from __future__ import annotations

from pathlib import Path

import click

HELP = "Say what this computer can export, run and drive, and what would spoil a measurement now."
DETAILS = """Measures the best speed of this computer, which a VALID latency wants known.

Exit status: 0 where all that pocketseg needs to export, run and score is there, 1 where something is missing. Programs
for phones and browsers, extras, and what only spoils a measurement now do not count."""


@click.command("doctor", help=f"{HELP}\n\n{DETAILS}")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.pass_obj
def command(cache_dir: Path | None, as_json: bool) -> int:
    """Look, print; status 1 where something is missing."""
    import dataclasses
    import json
    import sys

    from pocketseg import api
    from pocketseg.cli._progress import phases

    with phases() as progress:
        found = api.doctor(cache_dir=cache_dir, progress=progress)
    if as_json:
        click.echo(json.dumps({"ready": found.is_ready, **dataclasses.asdict(found)}, indent=2, allow_nan=False))
    else:
        from rich.console import Console

        from pocketseg.cli._checkup import render

        Console(file=sys.stdout, highlight=False).print(render(found))
    return 0 if found.is_ready else 1
