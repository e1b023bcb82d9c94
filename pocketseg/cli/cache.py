"""`pocketseg cache`: what finished work is kept, and its removal."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._cache import pass_cache_dir

HELP = "Show the kept results, or remove them with --clean."


@click.command("cache", help=HELP)
@click.option("--clean", "wanted", flag_value="clean", help="Remove everything that is kept.")
@pass_cache_dir
def command(cache_dir: Path, wanted: str | None) -> None:
    """Print the cache's folder, entries and sizes."""
    from pocketseg.core.cache import Cache

    cache = Cache(cache_dir)
    if wanted == "clean":
        click.echo(f"{cache_dir}: {cache.clean() / 1e6:.1f} MB removed")
        return
    click.echo(f"{cache_dir}")
    for kind, (entries, size) in cache.summary().items():
        click.echo(f"  {kind:12} {entries:5} entries {size / 1e6:10.1f} MB")
    click.echo("remove all: pocketseg cache --clean")
