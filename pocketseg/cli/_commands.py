"""A group of commands, one file each, imported when it runs."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from pocketseg.core.errors import UnknownNameError
from pocketseg.core.folder_registry import literal, plugin_names

IMPORTS = ("pocketseg.cli", "pocketseg.cli._data", "pocketseg.cli._device", "pocketseg.cli._study")


class Commands(click.Group):
    """Every file of a folder is a command of its name, `_` typed as `-`; HELP is its line in the list."""

    folder: Path
    package: str
    order: tuple[str, ...] = ()

    def list_commands(self, ctx: click.Context) -> list[str]:
        found = [n.replace("_", "-") for n in plugin_names(self.folder) if n != "main"]
        return sorted(found, key=lambda n: (self.order.index(n) if n in self.order else len(self.order), n))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{self.package}.{_file(cmd_name)}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            raise UnknownNameError("command", args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            names = self.list_commands(ctx)
            formatter.write_dl([(n, str(literal(self.folder / f"{_file(n)}.py", "HELP"))) for n in names])


def _file(command: str) -> str:
    return command.replace("-", "_")
