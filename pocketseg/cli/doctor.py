"""`pocketseg doctor`: what this computer can export, run and drive, and whether it is ready to measure now."""

from __future__ import annotations

from pathlib import Path

import click

HELP = "Report what this computer can export, run and drive, and what would spoil a measurement now."
DETAILS = """Measures the top speed of this computer, which a VALID latency needs.

Exit status: 0 if everything that pocketseg needs to export, run and score is there, 1 if something is missing. Programs
for phones and browsers, extras, and what only spoils a measurement now do not count."""


@click.command("doctor", help=f"{HELP}\n\n{DETAILS}")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.pass_obj
def command(cache_dir: Path | None, as_json: bool) -> int:
    """Examine the computer and print the report; exit status 1 where something is missing."""
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

        console = Console(file=sys.stdout, highlight=False)
        with console.capture() as printed:
            console.print(render(found))
        for line in printed.get().splitlines():
            click.echo(line.rstrip())  # people paste this into reports
    return 0 if found.is_ready else 1
