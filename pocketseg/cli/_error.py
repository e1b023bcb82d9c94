"""How errors look on a terminal."""

from __future__ import annotations

import click


def say_error(message: str, hint: str) -> None:
    """Print an error and, indented, what to do, on stderr."""
    click.echo(click.style("error: ", fg="red", bold=True) + message, err=True)
    for line in hint.splitlines():
        click.echo(f"  {line}", err=True)
