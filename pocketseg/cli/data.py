"""`pocketseg data`: look at, check, split and prepare photos and masks."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._commands import Commands

READS = ()
HELP = "Check, show, split and prepare your photos and masks."


class _DataCommands(Commands):
    folder = Path(__file__).parent / "_data"
    package = "pocketseg.cli._data"
    order = ("check", "show", "classes", "split", "prepare")


@click.group(
    "data",
    cls=_DataCommands,
    help=f"{HELP}\n\nA data set is named FORMAT:PATH (ccp, imaterialist, dresscode, folder), or "
    "FORMAT:PATH@MAPPING.toml for classes of your own.",
)
def command() -> None:
    """Hold the commands of this folder."""
