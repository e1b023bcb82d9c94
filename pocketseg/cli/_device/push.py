"""`pocketseg device push`: copy a bundle to a phone."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._places import app_option, on_option
from pocketseg.devices.places import Place

HELP = "Copy a bundle to a phone and check its hash there."
EXAMPLES = {
    "pocketseg device push bundle --on android": "",
}


@click.command("push", help=HELP)
@click.argument("bundle", type=click.Path(path_type=Path))
@on_option
@app_option
def command(bundle: Path, where: Place, app: str | None) -> None:
    """Copy the bundle, and say where it lies."""
    from pocketseg.cli._progress import busy, say_note
    from pocketseg.core.interrupted import when_interrupted
    from pocketseg.devices.bundle_zip import checked_bundle
    from pocketseg.devices.kinds import kind_of
    from pocketseg.devices.openable import check_bundle
    from pocketseg.devices.places import with_app

    where = with_app(where, app)
    with when_interrupted("the phone keeps nothing that it would use; run the same command again"):
        sha256 = checked_bundle(bundle).sha256
        phone = kind_of(where).chosen(where.serial)
        with busy(f"checking that the app can open what is in {bundle.name}"):
            check_bundle(bundle, where.kind, say_note)
        with busy(f"pushing {bundle.name} to {phone.shown}"):
            pushed = phone.push(bundle, sha256)
    click.echo(
        f"{pushed.name}  {pushed.size_bytes / (1 << 20):.1f} MiB" + (", already there" if pushed.was_there else "")
    )
