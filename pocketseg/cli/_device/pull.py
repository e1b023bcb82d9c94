"""`pocketseg device pull`: fetch what a job on a phone has finished."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._places import on_option
from pocketseg.devices.places import Place

HELP = "Fetch the finished records of a job on a phone; one that is over is then removed there."


@click.command("pull", help=HELP)
@click.argument("job")
@on_option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the results.")
@click.option("--clean", is_flag=True, help="Remove a job from the phone that is not over, too.")
def command(job: str, where: Place, out: Path, clean: bool) -> None:
    """Pull, and say what came."""
    from pocketseg.cli._progress import phases, say_note
    from pocketseg.devices import adb, android
    from pocketseg.devices.progress import RUNNING

    phone = adb.chosen(where.serial)
    with phases() as progress:
        pulled = android.pull(phone.serial, job, None, out, progress)
    if clean or pulled.state != RUNNING:
        for sentence in android.clean(phone.serial, job=job):
            say_note(sentence)
    click.echo(f"{pulled.folder}  {pulled.records} of {pulled.runs} records; the job is {pulled.state}")
