"""`pocketseg release`: a finished run's weights as a small file, with a card made from the run."""

from __future__ import annotations

from pathlib import Path

import click

from pocketseg.cli._photos import masks_unturned_option, named_data, signals_option
from pocketseg.core.errors import UsageError
from pocketseg.core.installation import in_checkout

HELP = "Turn a finished run into released weights with a model card (this scores the test photos once)."
EXAMPLES = {
    "pocketseg release runs/mine --data folder:PATH --split-file split.json --name mine --out released": "",
}


@click.command("release", help=HELP)
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--data", required=True, metavar="FORMAT:PATH", callback=named_data,
              help="The data that the run was trained on.")  # fmt: skip
@masks_unturned_option
@click.option("--split-file", type=click.Path(path_type=Path), help="Its split (default: the committed one).")
@signals_option
@click.option("--name", default=None, help="Name of the released model (default: the network's).")
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="Folder (default: models/released of a checkout)."
)
@click.option("--replace", is_flag=True, help="Overwrite an existing release of that name.")
def command(
    run: Path, data: str, split_file: Path | None, signals: tuple[str, ...], name: str | None, out: Path | None,
    replace: bool,
) -> None:  # fmt: skip
    """Write NAME.safetensors, NAME.json, NAME.md and NAME.scores.json."""
    if out is None and not in_checkout():
        raise UsageError("an installed pocketseg has no folder of its own for releases", hint="give one: --out FOLDER")
    import models
    from pocketseg.cli._progress import counted
    from pocketseg.training.release import release

    with counted("scoring validation and test photos") as progress:
        folder = out or models.RELEASED_FOLDER
        weights = release(run, data, split_file, name, folder, progress, signals=signals, replace=replace)
    click.echo(f"{weights}  {weights.stat().st_size / 1e6:.2f} MB")
    click.echo(weights.with_suffix(".md").read_text(encoding="utf-8"))
