"""`pocketseg device list`: the connected phones, and whether the app is installed on them."""

from __future__ import annotations

import dataclasses
import json

import click

from pocketseg.cli._places import any_option, app_option
from pocketseg.devices.places import Place

HELP = "List the phones that adb and Apple's devicectl see, and the version of the app on each."


@click.command("list", help=HELP)
@any_option
@app_option
@click.option("--json", "as_json", is_flag=True, help='Print only JSON: {"phones": [...]}.')
def command(where: Place | None, app: str | None, as_json: bool) -> None:
    """Print one line per phone."""
    from pocketseg.cli._progress import say_note
    from pocketseg.core.record import printable
    from pocketseg.devices.listing import listed
    from pocketseg.devices.phone import READY

    found = listed(where, app)
    if as_json:
        click.echo(json.dumps({"phones": [dataclasses.asdict(phone) for phone in found.phones]}))
        return
    for phone in found.phones:
        facts = [phone.model, phone.os]
        if phone.state == READY:
            facts.append(f"app {phone.app}" if phone.app else "the app is not installed")
        facts.append(": ".join(text for text in (phone.state, phone.reason) if text and phone.state != READY))
        facts.append(phone.reason if phone.state == READY else "")
        click.echo(printable(f"{phone.kind}:{phone.serial}  " + ", ".join(fact for fact in facts if fact)))
    for sentence in found.notes:
        say_note(sentence)
    if not found.phones:
        for sentence in found.none_seen:
            click.echo(sentence)
