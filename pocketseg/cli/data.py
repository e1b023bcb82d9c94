"""`pocketseg data`: look at, check, split and prepare photos and masks."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import click

from pocketseg.cli._commands import Commands
from pocketseg.core.folder_registry import literal
from pocketseg.data.spec import FORMATS_FOLDER, formats

READS = ()
HELP = "Check, show, split and prepare your photos and masks."


class _DataCommands(Commands):
    folder = Path(__file__).parent / "_data"
    package = "pocketseg.cli._data"
    groups = MappingProxyType({"Commands": ("check", "show", "classes", "split", "prepare")})

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_commands(ctx, formatter)
        with formatter.section("Formats"):
            formatter.write_dl([(name, str(literal(FORMATS_FOLDER / f"{name}.py", "HELP"))) for name in formats()])


@click.group(
    "data",
    cls=_DataCommands,
    help=f"{HELP}\n\nA data set is named FORMAT:PATH, or FORMAT:PATH@MAPPING.toml for classes of your own.",
)
def command() -> None:
    """Group the commands of this folder."""
