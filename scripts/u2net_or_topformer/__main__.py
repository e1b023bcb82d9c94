"""Compares U2Net with TopFormer on five targets, and writes docs/u2net-or-topformer.md.

    python -m scripts.u2net_or_topformer measure --network NAME[=PATH]... --data FORMAT:PATH --work DIR
    python -m scripts.u2net_or_topformer keep COMPARED
    python -m scripts.u2net_or_topformer page

`measure` keeps its rows in docs/comparison/targets.json, `keep` what `pocketseg compare` found beside them. `page`
needs kept files alone, no weights and no photos.
"""

from __future__ import annotations

from pathlib import Path

import click

import export
from pocketseg.core.cache import ROOT
from scripts.sentences import Sentences
from scripts.u2net_or_topformer import page
from scripts.u2net_or_topformer.kept import COMPARISON, TARGETS
from scripts.u2net_or_topformer.measure import PRECISIONS, keep_comparison, measure, networks


@click.group(cls=Sentences, help=__doc__)
def main() -> None:
    """Compare U2Net with TopFormer."""


@main.command("measure")
@click.option("--network", "given", multiple=True, required=True, metavar="NAME[=PATH]",
              help="A released network, or a name for the weights in PATH.")  # fmt: skip
@click.option("--data", required=True, metavar="FORMAT:PATH", help="Photos; those of the split's test part are scored.")
@click.option(
    "--target", "targets", multiple=True, type=click.Choice(export.targets()), help="Only this (default: all)."
)
@click.option("--precision", "precisions", multiple=True, default=PRECISIONS, show_default=True)
@click.option("--calibration", default="", metavar="FORMAT:PATH", help="Photos for number ranges (default: embedded).")
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--wait", "wait_s", type=click.FloatRange(min=0), default=0.0, help="Seconds to wait for a quiet computer."
)
@click.option("--work", required=True, type=click.Path(path_type=Path), help="Folder for files and raw measurements.")
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / TARGETS, show_default=str(TARGETS))
def measure_command(
    given: tuple[str, ...], data: str, targets: tuple[str, ...], precisions: tuple[str, ...], calibration: str,
    threads: int, wait_s: float, work: Path, out: Path,
) -> None:  # fmt: skip
    """Export networks, measure the files in one run on test photos, and keep the rows."""
    path = measure(
        networks(given), data, work, out, targets=targets or export.targets(), precisions=precisions,
        calibration=calibration, threads=threads, wait_s=wait_s, say=click.echo,
    )  # fmt: skip
    click.echo(path)


@main.command("keep")
@click.argument("compared", type=click.Path(path_type=Path))
def keep_command(compared: Path) -> None:
    """Keep the comparison in the folder COMPARED, which `pocketseg compare` wrote."""
    for path in keep_comparison(compared, (ROOT / COMPARISON).parent):
        click.echo(path)


@main.command("page")
def page_command() -> None:
    """Write the page."""
    click.echo(page.write())


if __name__ == "__main__":
    main()
