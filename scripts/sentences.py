"""The product's errors as a maintainer's command shows them: a sentence and a hint, not a traceback."""

from __future__ import annotations

import click

from pocketseg.core.errors import PocketSegError


def said(error: PocketSegError) -> int:
    """Print an error as the command line does; return its exit code."""
    click.echo(f"error: {error.message}", err=True)
    for line in error.hint.splitlines():
        click.echo(f"  {line}", err=True)
    return error.exit_code


class Sentences(click.Group):
    """A group whose commands end with an error's sentence and exit code."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except PocketSegError as error:
            raise SystemExit(said(error)) from None
