"""`pocketseg device import`: score the records of a bundle that ran elsewhere, and add them to a table."""

from __future__ import annotations

from pathlib import Path

import click

HELP = """Score the records and class maps of a bundle that ran elsewhere, and add them to a table.

A RECORD is a job's folder, the zip of it that the app shares, or a record beside its class maps."""
EXAMPLES = {
    "pocketseg device import from-phone --bundle bundle --out measured": "",
}


@click.command("import", help=HELP)
@click.argument("records", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORD...")
@click.option(
    "--bundle", required=True, type=click.Path(path_type=Path), help="The bundle that was run: its folder or zip."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder for the table: a new folder, or one that `benchmark` wrote.",
)
def command(records: tuple[Path, ...], bundle: Path, out: Path) -> None:
    """Check and score everything, write the table's files, print it."""
    from pocketseg import api
    from pocketseg.cli._progress import phases, say_note
    from pocketseg.cli._table import print_table

    with phases() as progress:
        rows = api.import_records(records, bundle, out, note=say_note, progress=progress)
    print_table(rows)
    click.echo(f"written to {out}; the page is {out / 'report.html'}")
