"""`pocketseg device pull`: fetch what a job on a phone has finished."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._next import line, say
from pocketseg.cli._places import on_option
from pocketseg.devices.places import Place

if TYPE_CHECKING:
    from pocketseg.devices.android import Pulled

HELP = "Fetch the finished records of a job on a phone; one that is over is then removed there."


@click.command("pull", help=HELP)
@click.argument("job")
@on_option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the results.")
@click.option("--clean", is_flag=True, help="Remove a job from the phone that is not over, too.")
def command(job: str, where: Place, out: Path, clean: bool) -> None:
    """Pull, and say what came."""
    from pocketseg.cli._progress import phases, say_note
    from pocketseg.core.interrupted import when_interrupted
    from pocketseg.devices import adb, android
    from pocketseg.devices.progress import OVER

    def remove(serial: str) -> None:
        left = android.clean(serial, job=job)
        for sentence in left or ["the job was removed from the phone"]:
            say_note(sentence)

    with when_interrupted("nothing was fetched, and the job stays on the phone; give the same command again"):
        phone = adb.chosen(where.serial)
        try:
            with phases() as progress:
                pulled = android.pull(phone.serial, job, None, out, progress)
        except android.NothingFinishedError as nothing:
            if clean or nothing.state in OVER:
                remove(phone.serial)
            raise
    if clean or pulled.state in OVER:
        with when_interrupted(f"the results are here: {pulled.folder}"):
            remove(phone.serial)
    click.echo(f"{pulled.folder}  {pulled.records} of {pulled.runs} records; the job is {pulled.state}")
    say(_import_line(pulled))


def _import_line(pulled: Pulled) -> str:
    """Return the import of what came: with its bundle where that lies beside, else with a name in its place."""
    from pocketseg.core.errors import PocketSegError
    from pocketseg.devices.bundle_zip import bundle_sha256

    def is_it(path: Path) -> bool:
        try:
            return path.is_file() and bundle_sha256(path) == pulled.bundle
        except (PocketSegError, OSError):
            return False

    folder = pulled.folder
    names = (f"{folder.name.removesuffix('-results')}.zip", "bundle.zip")  # as `run` and `benchmark` name them
    found = next((path for name in names if is_it(path := folder.with_name(name))), None)
    if found is None:
        click.echo(f"BUNDLE.zip: the bundle that was run; its sha256 is {pulled.bundle}")
    return line("device", "import", folder, "--bundle", found or "BUNDLE.zip", "--out", Path(f"{folder}-table"))
