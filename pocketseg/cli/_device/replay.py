"""`pocketseg device replay`: run a bundle on this computer, as a phone would."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._cache import pass_cache_dir
from pocketseg.cli._next import line, say
from pocketseg.cli._numbers import FiniteRange
from pocketseg.cli._words import amount

HELP = "Run a bundle on this computer, from the bundle alone, and write records as a phone would."
EXAMPLES = {
    "pocketseg device replay bundle --out replayed": "",
}


@click.command("replay", help=HELP)
@pass_cache_dir
@click.argument("bundle", type=click.Path(path_type=Path), metavar="BUNDLE")
@click.option("--job", metavar="ID", help="The job's id, 32 hex digits (default: a random one).")
@click.option(
    "--wait",
    "wait_s",
    type=FiniteRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Wait for a quiet machine before timing, at most this long (default: not at all).",
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for records and class maps.")
def command(cache_dir: Path, bundle: Path, job: str | None, wait_s: float, out: Path) -> int:
    """Run what has no record yet; exit status 7 where a file failed."""
    from pocketseg import api
    from pocketseg.cli._progress import phases, say_note, tell
    from pocketseg.core.interrupted import when_interrupted

    kept = f"the runs whose records are in {out} are kept; the same command runs the rest"
    out = out.absolute()
    with phases() as progress, when_interrupted(kept):
        name, rows = api.replay(bundle, out, job=job, wait_s=wait_s, cache=cache_dir, note=say_note, progress=progress)
    for row in rows:
        if row.status != "ok" and row.document is not None:  # its reason does not name a temporary folder
            tell(f"{row.status}: {row.document['artifact']['file']}: {row.document['reason']}")
    failed = [row for row in rows if row.status == "failed"]
    ran = amount(sum(row.status == "ok" for row in rows), "file")
    click.echo(f"job {name}: {ran} run now; records and class maps in {out}")
    say(line("device", "import", out, "--bundle", bundle, "--out", f"{out}-table"))
    return 7 if failed else 0
