"""`pocketseg segment`: masks and overlays of one's own photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._network import model_options, say_assumed

if TYPE_CHECKING:
    import models

HELP = "Segment your own photos with a model or an exported file; writes masks and overlays."


@click.command("segment", help=HELP)
@click.argument("photos", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PHOTO...")
@click.option(
    "--model",
    required=True,
    metavar="MODEL_OR_ARTIFACT",
    help="A released name, a checkpoint, an exported file or its folder.",
)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder for NAME-mask.png, NAME-overlay.jpg."
)
@model_options
@click.option("--threads", type=click.IntRange(min=1), default=2, show_default=True)
def command(photos: tuple[Path, ...], model: str, out: Path, given: models.Given, threads: int) -> None:
    """Read every photo first, so that a bad one is named before any work; then write two files a photo."""
    from pocketseg.cli._progress import counted
    from pocketseg.core.errors import UsageError
    from pocketseg.data.photos import read_image
    from pocketseg.segment import open_segmenter, shares, write_masks

    stems: dict[str, Path] = {}
    for path in photos:
        read_image(path)
        if path.stem in stems:
            raise UsageError(
                f"{stems[path.stem]} and {path} would write files of one name", hint="use two --out folders"
            )
        stems[path.stem] = path
    segmenter = open_segmenter(model, threads, given)
    say_assumed(segmenter.name, segmenter.assumed)
    lines = []
    with counted(f"segmenting with {segmenter.name}") as progress:
        for done, path in enumerate(photos):
            image = read_image(path)
            mask = segmenter.segment(image)
            written = write_masks(out, path.stem, image, mask, segmenter.classes)
            lines.append(f"{written}  " + "  ".join(f"{n} {s:.1%}" for n, s in shares(mask, segmenter.classes).items()))
            progress(done + 1, len(photos))
    for line in lines:
        click.echo(line)
