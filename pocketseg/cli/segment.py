"""`pocketseg segment`: masks and overlays of one's own photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._network import model_options, say_assumed

if TYPE_CHECKING:
    import models

HELP = "Segment your own photos, or folders of them, with a model or an exported file: masks and overlays."


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
def command(photos: tuple[Path, ...], model: str, out: Path, given: models.Given, threads: int) -> int:
    """Write two files a photo; one that cannot be read is named and left out, and the status at the end is 3."""
    from pocketseg.artifacts.segmenter import open_segmenter
    from pocketseg.cli._error import say_error
    from pocketseg.cli._progress import counted, stderr
    from pocketseg.core.errors import DataError
    from pocketseg.data.decode import read_photo
    from pocketseg.data.find_photos import check_names, find_photos
    from pocketseg.report.masks import MASK_END, OVERLAY_END, shares, write_masks

    found = find_photos(photos, out, (MASK_END, OVERLAY_END))
    check_names(found.paths, out, (MASK_END, OVERLAY_END))
    for note in found.notes:
        stderr().print(f"note: {note}", markup=False)
    segmenter = open_segmenter(model, threads, given)
    say_assumed(segmenter.name, segmenter.assumed)
    lines: list[str] = []
    bad: list[DataError] = []
    try:
        with counted(f"segmenting with {segmenter.name}") as progress:
            for done, path in enumerate(found.paths):
                try:
                    photo = read_photo(path)
                except DataError as error:
                    bad.append(error)
                    continue
                mask = segmenter.segment_photo(photo)
                written = write_masks(out, path.stem, photo.pixels, mask, segmenter.classes)
                parts = [f"{n} {s:.1%}" for n, s in shares(mask, segmenter.classes).items()]
                if photo.is_smaller:
                    parts.append(f"(overlay {photo.pixels.shape[1]} x {photo.pixels.shape[0]} px, to save memory)")
                lines.append("  ".join([str(written), *parts]))
                progress(done + 1, len(found.paths))
    finally:  # what was finished is said, whatever ended the rest
        for line in lines:
            click.echo(line)
        for fault in bad:
            say_error(fault.message, fault.hint)
    if len(found.paths) > 1:
        left = f", {len(bad)} left out" if bad else ""
        stderr().print(f"{len(lines)} of {len(found.paths)} photos segmented{left}", markup=False)
    return DataError.exit_code if bad else 0
