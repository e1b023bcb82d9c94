"""`pocketseg models`: the released weights and the networks that can be trained."""

from __future__ import annotations

import click

from pocketseg.core.errors import CheckpointError
from pocketseg.core.installation import repair
from pocketseg.core.outside import read_json

HELP = "List the released models with their scores, and the networks."


@click.command("models", help=HELP)
def command() -> None:
    """Print one line per released model, read from its card."""
    import models

    click.echo("released (their weights come with pocketseg):")
    for name in models.released():
        card = models.RELEASED_FOLDER / f"{name}.json"
        try:
            facts = read_json(card) if card.is_file() else {}
        except ValueError as error:
            raise CheckpointError(f"{card} is damaged ({error})", hint=repair()) from error
        score = f"test mIoU {facts['test']['miou']:.4f} on {facts['test']['photos']} photos" if facts else "no card"
        size = f"{facts['height_px']} x {facts['width_px']} px" if facts else ""
        click.echo(f"  {name:16} {size:14} {score}")
    click.echo("networks (to train, or for a checkpoint's path):")
    click.echo("  " + " ".join(models.names()))
