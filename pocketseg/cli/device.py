"""`pocketseg device`: run exported files on a phone, and fetch their records."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import click

from pocketseg.cli._commands import Commands

READS = ()
HELP = "Run a bundle of exported files on a phone, and fetch its records."


class _DeviceCommands(Commands):
    folder = Path(__file__).parent / "_device"
    package = "pocketseg.cli._device"
    groups = MappingProxyType({"Commands": ("bundle", "list", "run", "push", "pull", "import", "replay")})


@click.group("device", cls=_DeviceCommands, help=HELP)
def command() -> None:
    """Group the commands of this folder."""
