"""`pocketseg cache`: which finished work is kept, and its removal."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._cache import pass_cache_dir

HELP = (
    "Show the kept results, or remove them with --clean: all, or those of each KIND (`pocketseg cache` lists the "
    "kinds)."
)
EXAMPLES = {
    "pocketseg cache": "what is kept",
    "pocketseg cache --clean": "remove all of it",
}


@click.command("cache", help=HELP)
@click.argument("kinds", metavar="[KIND]...", nargs=-1)
@click.option("--clean", "wanted", flag_value="clean", help="Remove the kept results.")
@pass_cache_dir
def command(cache_dir: Path, kinds: tuple[str, ...], wanted: str | None) -> None:
    """Print the cache folder, its entries and their sizes."""
    from pocketseg.core.cache import Cache
    from pocketseg.core.errors import UsageError

    cache = Cache(cache_dir)
    if wanted == "clean":
        click.echo(f"{cache_dir}: {cache.clean(kinds) / 1e6:.1f} MB removed")
        return
    if kinds:
        raise UsageError(f"a KIND ({kinds[0]}) is given without --clean", hint="add --clean to remove it")
    click.echo(f"{cache_dir}")
    for kind, (entries, size) in cache.summary().items():
        click.echo(f"  {kind:12} {entries:5} entries {size / 1e6:10.1f} MB")
    click.echo(f"remove all: {cache.cleaning()}; of one kind: {cache.cleaning('KIND')}")
