"""`pocketseg device push`: put a bundle onto a phone."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._places import on_option
from pocketseg.devices.places import Place

HELP = "Put a bundle onto a phone, its hash checked there."


@click.command("push", help=HELP)
@click.argument("bundle", type=click.Path(path_type=Path))
@on_option
def command(bundle: Path, where: Place) -> None:
    """Push, and say where it lies."""
    from pocketseg.cli._progress import busy, say_note
    from pocketseg.core.interrupted import when_interrupted
    from pocketseg.devices import adb, android
    from pocketseg.devices.bundle_zip import checked_bundle
    from pocketseg.devices.openable import check_bundle

    with when_interrupted("nothing of it is used; give the same command again"):
        sha256 = checked_bundle(bundle).sha256
        phone = adb.chosen(where.serial)
        with busy(f"looking whether the app opens what is in {bundle.name}"):
            check_bundle(bundle, say_note)
        with busy(f"pushing {bundle.name} to {phone.shown}"):
            pushed = android.push(phone.serial, bundle, sha256)
    click.echo(f"{pushed.name}  {pushed.size_bytes / (1 << 20):.1f} MiB" + (", was there" if pushed.was_there else ""))
