"""`pocketseg segment`: masks and overlays of the user's own photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pocketseg.cli._network import model_options

if TYPE_CHECKING:
    import models

HELP = "Segment your own photos, or folders of them, with a model or an exported file: masks and overlays."
EXAMPLES = {
    "pocketseg segment photo.jpg --model u2netp --out masks": "one photo, by a released network",
    "pocketseg segment photos --model exported/u2netp.tflite --out masks": "a folder of photos, by an exported file",
}


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
    """Write two files per photo; one that cannot be read is named and left out, and the exit status is then 3."""
    from pocketseg import api
    from pocketseg.cli._error import say_error
    from pocketseg.cli._progress import phases, say_note, tell
    from pocketseg.core.errors import DataError

    lines: list[str] = []
    bad: list[DataError] = []
    try:
        with phases() as progress:
            found = api.segment(
                photos, model=model, out=out, given=given, threads=threads, unreadable=bad.append, note=say_note,
                progress=progress,
            )  # fmt: skip
            for one in found:
                parts = [f"{name} {share:.1%}" for name, share in one.shares.items()]
                if one.overlay_px is not None:
                    parts.append(f"(overlay {one.overlay_px[1]} x {one.overlay_px[0]} px, to save memory)")
                lines.append("  ".join([str(one.file), *parts]))
    finally:  # finished photos are reported, whatever ended the rest
        for line in lines:
            click.echo(line)
        for fault in bad:
            say_error(fault.message, fault.hint)
    count = len(lines) + len(bad)
    if count > 1:
        left = f", {len(bad)} left out" if bad else ""
        tell(f"{len(lines)} of {count} photos segmented{left}")
    return DataError.exit_code if bad else 0
