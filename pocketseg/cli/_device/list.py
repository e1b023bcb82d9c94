"""`pocketseg device list`: which phones are there, and whether the app is on them."""

from __future__ import annotations

import dataclasses
import json

import click

HELP = "List the phones that adb sees, and the version of the app on each."


@click.command("list", help=HELP)
@click.option("--json", "as_json", is_flag=True, help='Print only JSON: {"phones": [...]}.')
def command(as_json: bool) -> None:
    """Print a line a phone."""
    from pocketseg.core.record import printable
    from pocketseg.devices import android

    phones = android.listed()
    if as_json:
        click.echo(json.dumps({"phones": [{"kind": "android", **dataclasses.asdict(phone)} for phone in phones]}))
        return
    for phone in phones:
        facts = [phone.model, f"Android {phone.android}" if phone.android else ""]
        if phone.state == "device":
            facts.append(f"app {phone.app}" if phone.app else "the app is not installed")
        else:
            facts.append(f"{phone.state}: {phone.reason}" if phone.reason else phone.state)
        click.echo(printable(f"android:{phone.serial}  " + ", ".join(fact for fact in facts if fact)))
    if not phones:
        click.echo("adb sees no phone: plug one in, and allow USB debugging on it")
