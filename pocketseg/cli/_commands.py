"""A group of commands, one file each, imported when it runs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import click

from pocketseg.core.errors import UnknownNameError
from pocketseg.core.folder_registry import literal, plugin_names

IMPORTS = ("pocketseg.cli", "pocketseg.cli._data", "pocketseg.cli._device", "pocketseg.cli._study")


class Commands(click.Group):
    """Every file of a folder is a command of its name, `_` typed as `-`; HELP is its line in the list."""

    folder: Path
    package: str
    groups: Mapping[str, tuple[str, ...]] = MappingProxyType({})  # heading: commands, in the order of the list

    def list_commands(self, ctx: click.Context) -> list[str]:
        order = [name for names in self.groups.values() for name in names]
        found = [n.replace("_", "-") for n in plugin_names(self.folder) if n != "main"]
        return sorted(found, key=lambda n: (order.index(n) if n in order else len(order), n))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{self.package}.{_file(cmd_name)}")
        command: click.Command = module.command
        command.epilog = _said(getattr(module, "EXAMPLES", {}))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.list_commands(ctx):
            raise UnknownNameError("command", args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        names = self.list_commands(ctx)
        grouped = {heading: [n for n in group if n in names] for heading, group in self.groups.items()}
        rest = [n for n in names if not any(n in group for group in grouped.values())]
        for heading, group in (*grouped.items(), ("Commands", rest)):
            if group:
                with formatter.section(heading):
                    formatter.write_dl([(n, _first_line(self.folder / f"{_file(n)}.py")) for n in group])


def _said(examples: Mapping[str, str]) -> str | None:
    """Return the end of a command's help: its examples, each under what it is for. click wraps no line after a \\b."""
    if not examples:
        return None
    lines = [line for command, why in examples.items() for line in ([f"  # {why}"] if why else []) + [f"  {command}"]]
    return "\n".join(("\b", "Examples:", *lines))


def _first_line(path: Path) -> str:
    return str(literal(path, "HELP")).partition("\n")[0]


def _file(command: str) -> str:
    return command.replace("-", "_")
