"""`pocketseg study`: experiments on training that were planned before they are run."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._commands import Commands

READS = ()
HELP = "Run planned experiments: which annotations help training?"


class _StudyCommands(Commands):
    folder = Path(__file__).parent / "_study"
    package = "pocketseg.cli._study"


@click.group("study", cls=_StudyCommands, help=HELP)
def command() -> None:
    """Group the commands of this folder."""
