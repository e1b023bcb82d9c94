"""`pocketseg device pull`: fetch the finished results of a job on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._next import line, say
from pocketseg.cli._places import JOB, app_option, on_option
from pocketseg.devices.places import Place

if TYPE_CHECKING:
    from pocketseg.devices.phone import Phone
    from pocketseg.devices.pulling import Pulled

HELP = "Fetch the finished records of a job on a phone; a job that has ended is then removed from it."
EXAMPLES = {
    "pocketseg device pull JOB --on android --out from-phone": "JOB: what `device run` printed",
}


@click.command("pull", help=HELP)
@click.argument("job", type=JOB)
@on_option
@app_option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the results.")
@click.option("--clean", is_flag=True, help="Also remove a job that has not ended from the phone.")
def command(job: str, where: Place, app: str | None, out: Path, clean: bool) -> None:
    """Fetch the records, and report what arrived."""
    from pocketseg.cli._progress import phases, say_note
    from pocketseg.core.interrupted import when_interrupted
    from pocketseg.devices.kinds import kind_of
    from pocketseg.devices.phone import NothingFinishedError
    from pocketseg.devices.places import with_app
    from pocketseg.devices.progress import OVER
    from pocketseg.devices.pulling import pull

    where = with_app(where, app)

    def remove(phone: Phone) -> None:
        left = phone.remove(job=job)
        for sentence in left or ["the job was removed from the phone"]:
            say_note(sentence)

    with when_interrupted("nothing was fetched, and the job stays on the phone; run the same command again"):
        phone = kind_of(where).chosen(where.serial)
        try:
            with phases() as progress:
                pulled = pull(phone, job, None, out, progress)
        except NothingFinishedError as nothing:
            if clean or nothing.state in OVER:
                remove(phone)
            raise
    if clean or pulled.state in OVER:
        with when_interrupted(f"the results are here: {pulled.folder}"):
            remove(phone)
    click.echo(f"{pulled.folder}  {pulled.records} of {pulled.runs} records; the job is {pulled.state}")
    say(_import_line(pulled))


def _import_line(pulled: Pulled) -> str:
    """Return the import command for what was fetched, with its bundle's path if known, else with a placeholder."""
    from pocketseg.core.errors import PocketSegError
    from pocketseg.devices.bundle_zip import bundle_sha256

    def is_it(path: Path) -> bool:
        try:
            return path.is_file() and bundle_sha256(path) == pulled.bundle
        except (PocketSegError, OSError):
            return False

    folder = pulled.folder
    # the names that `run` and `benchmark` give them
    names = (f"{folder.name.removesuffix('-results')}.zip", "bundle.zip")
    found = next((path for name in names if is_it(path := folder.with_name(name))), None)
    if found is None:
        click.echo(f"BUNDLE.zip: the bundle that was run; its sha256 is {pulled.bundle}")
    return line("device", "import", folder, "--bundle", found or "BUNDLE.zip", "--out", Path(f"{folder}-table"))
