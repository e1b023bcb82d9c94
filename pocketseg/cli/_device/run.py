"""`pocketseg device run`: run a bundle on a phone, and fetch what it measured."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._next import line, say
from pocketseg.cli._places import JOB, app_option, max_temp_option, on_option
from pocketseg.devices.places import Place

HELP = "Run a bundle on a phone: copy it there, start the app, follow it, fetch its records."
EXAMPLES = {
    "pocketseg device run bundle --on android --out from-phone": "",
}


@click.command("run", help=HELP)
@click.argument("bundle", type=click.Path(path_type=Path))
@on_option
@app_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the results; it replaces those of an earlier run (default: BUNDLE-results).",
)
@max_temp_option
@click.option(
    "--resume",
    "job",
    type=JOB,
    metavar="JOB",
    help="Go on with a job that was started before, e.g. after the cable was unplugged.",
)
@click.option("--clean", is_flag=True, help="Remove the bundle from the phone at the end.")
def command(
    bundle: Path,
    where: Place,
    app: str | None,
    out: Path | None,
    max_temp_c: float | None,
    job: str | None,
    clean: bool,
) -> None:
    """Run the bundle, and say where the records are."""
    from pocketseg.cli._progress import phases, say_note
    from pocketseg.core.interrupted import when_interrupted
    from pocketseg.devices import measuring
    from pocketseg.devices.openable import check_bundle
    from pocketseg.devices.places import with_app

    where = with_app(where, app)
    plan = measuring.planned(where, bundle, out or bundle.with_name(f"{bundle.stem}-results"), max_temp_c)
    with phases() as progress:
        if job is None:
            with when_interrupted("nothing was started on the phone; run the same command again"):
                check_bundle(bundle, where.kind, say_note)
            pulled = measuring.measure(plan, note=say_note, progress=progress)
        else:
            pulled = measuring.resume(plan, job, note=say_note, progress=progress)
    if clean:
        with when_interrupted(f"the results are here: {pulled.folder}"):
            for sentence in measuring.clean(plan, pulled.serial):
                say_note(sentence)
    else:
        say_note(f"the bundle {pulled.bundle[:8]} stays on the phone for the next run; --clean removes it")
    click.echo(f"{pulled.folder}  {pulled.records} of {pulled.runs} records")
    say(line("device", "import", pulled.folder, "--bundle", bundle, "--out", Path(f"{pulled.folder}-table")))
